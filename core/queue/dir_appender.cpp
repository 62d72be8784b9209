#include "core/queue/dir_appender.hpp"

#include "core/base/error.hpp"
#include "core/os/process.hpp"
#include "core/queue/dir_name.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

namespace menacedb {
namespace {

constexpr std::uint64_t k_own_counters = 1'000'000; // per process, when `.seq` cannot be used
constexpr int k_lock_tries = 50;
constexpr Duration k_lock_pause = std::chrono::microseconds(200);

bool try_lock_soon(Fs& fs, Clock& clock, const Fd& file) {
  for (int i = 0; i < k_lock_tries; ++i) {
    if (fs.try_lock(file, LockMode::exclusive)) {
      return true;
    }
    clock.sleep(k_lock_pause);
  }
  return false; // its holder was stopped; no producer waits for that
}

} // namespace

std::string DirAppender::next_sequence() {
  const std::uint64_t counter = take_counter(); // before the time, so that both grow together
  return fmt::format("{}000_{}", m_clock.now().time_since_epoch().count(), counter);
}

std::string DirAppender::next_sequence(Instant when) {
  return fmt::format("{}000_{}", when.time_since_epoch().count(), take_counter());
}

std::uint64_t DirAppender::take_counter() {
  try {
    return take_shared_counter();
  } catch (const Error&) {
    // Only the order of entries of one nanosecond hangs on it; whether anything can be queued at
    // all shows in a moment.
    return static_cast<std::uint64_t>(process_id()) * k_own_counters + ++m_own_counter;
  }
}

std::uint64_t DirAppender::take_shared_counter() {
  OpenOptions options{.mode = OpenMode::read_write, .create = true};
  const std::string path = m_spool.counter_path();
  std::optional<Fd> file;
  try {
    file = m_fs.open(path, options);
  } catch (const Error& error) {
    if (error.code() != "not-found") {
      throw;
    }
    m_spool.create(false);
    file = m_fs.open(path, options);
  }
  if (!try_lock_soon(m_fs, m_clock, *file)) {
    throw Error(ErrorKind::busy, "lock-timeout", "cannot lock the counter");
  }
  std::array<char, 32> text{};
  const std::size_t size = m_fs.read_at(*file, text.data(), text.size(), 0);
  std::uint64_t counter = 0;
  std::from_chars(text.data(), text.data() + size, counter); // what is no number counts as 0
  ++counter;
  const std::string written = fmt::format("{}\n", counter);
  m_fs.write_at(*file, written, 0);
  if (size > written.size()) {
    m_fs.truncate(*file, written.size());
  }
  return counter;
}

std::string DirAppender::append(const File& file) {
  const std::string name = format_dir_name(file.priority, file.sequence);
  const std::string temporary = write_temporary(name, file);
  try {
    return publish(temporary, name, file);
  } catch (const Error& error) {
    if (error.code() != "append-unsynced") {
      try {
        m_fs.unlink(temporary);
      } catch (const Error&) {
        // The error that brought us here is the one worth telling.
      }
    }
    throw;
  }
}

std::string DirAppender::write_temporary(const std::string& name, const File& file) {
  const OpenOptions options{.mode = OpenMode::append, .create = true, .exclusive = true};
  std::string path = join_path(m_spool.temporary(), name);
  Fd descriptor;
  for (int attempt = 0; !descriptor; ++attempt) {
    try {
      descriptor = m_fs.open(path, options);
    } catch (const Error& error) {
      if (attempt > 2 || (error.code() != "not-found" && error.code() != "exists")) {
        throw;
      }
      if (error.code() == "not-found") {
        m_spool.create(file.durable);
      } else {
        path = join_path(m_spool.temporary(), fmt::format("{}.{}", name, random_hex(4)));
      }
    }
  }
  try {
    m_fs.write_all(descriptor, file.content);
    if (file.durable) {
      m_fs.sync(descriptor);
    }
  } catch (const Error&) {
    try {
      m_fs.unlink(path);
    } catch (const Error&) {
      // as above
    }
    throw;
  }
  m_fs.reached(Step::dir_written);
  return path;
}

std::string DirAppender::publish(const std::string& temporary, const std::string& name,
                                 const File& file) {
  std::string path = join_path(m_spool.pending(), name);
  Moved moved = m_fs.rename_new(temporary, path);
  for (int attempt = 0; attempt < 3 && moved == Moved::target_exists; ++attempt) {
    // Behind the one that has the name: a producer without the counter was as fast as we were.
    path = join_path(
        m_spool.pending(),
        format_dir_name(file.priority, fmt::format("{}_{}", file.sequence, random_hex(4))));
    moved = m_fs.rename_new(temporary, path);
  }
  if (moved != Moved::done) {
    throw Error(ErrorKind::io, "io-error",
                fmt::format("cannot rename '{}' to '{}': {}", temporary, path,
                            moved == Moved::source_missing ? "it was deleted"
                                                           : "the name is always taken"));
  }
  m_fs.reached(Step::dir_queued);
  if (file.durable) {
    try {
      m_fs.sync_directory(m_spool.pending());
    } catch (const Error& error) {
      throw Error(ErrorKind::io, "append-unsynced",
                  fmt::format("{} (the entry is queued, but may not survive a power cut)",
                              error.message()));
    }
    m_fs.reached(Step::dir_queued_synced);
  }
  return path;
}

} // namespace menacedb
