#include "core/queue/dir_settler.hpp"

#include "core/base/error.hpp"
#include "core/os/process.hpp"
#include "core/queue/dir_entry.hpp"
#include "core/queue/dir_name.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

// Another name of the same place in the order, for a folder where the first one is taken.
std::string other_name(const std::string& name) {
  return fmt::format("{}_{}.json", name.substr(0, name.size() - 5), random_hex(4));
}

} // namespace

std::string DirSettler::move_out(const std::string& name, const std::string& folder) {
  const std::string from = join_path(m_spool.processing(), name);
  std::string target = name;
  for (int attempt = 0; attempt < 4; ++attempt) {
    switch (m_fs.rename_new(from, join_path(folder, target))) {
    case Moved::done:
      return target;
    case Moved::source_missing:
      return {};
    case Moved::target_exists:
      target = other_name(name);
      break;
    }
  }
  throw Error(ErrorKind::io, "io-error",
              fmt::format("cannot rename '{}' into '{}': the names are taken", from, folder));
}

void DirSettler::give_back(const std::string& name) {
  static_cast<void>(move_out(name, m_spool.pending()));
}

void DirSettler::give_back(const Batch& batch) {
  for (const EntryFile& file : batch.files) {
    give_back(file.name);
  }
}

void DirSettler::rewrite(const std::string& name, std::string_view text, const std::string& path) {
  const std::string temporary = join_path(m_spool.temporary(), name + ".rewrite");
  m_fs.unlink(temporary); // of a drain that died
  {
    const Fd file =
        m_fs.open(temporary, {.mode = OpenMode::append, .create = true, .exclusive = true});
    if (const auto old = m_fs.stat(join_path(m_spool.processing(), name))) {
      m_fs.set_owner_and_mode(file, *old);
    }
    m_fs.write_all(file, text);
    m_fs.sync_data(file); // else a power cut could leave neither the old text nor the new one
  }
  m_fs.reached(Step::dir_failure_written);
  m_fs.rename(temporary, path);
}

void DirSettler::set_retries(const Batch& batch, const Entry& entry, std::uint32_t retries) {
  const std::string& name = batch.files[entry.file].name;
  const std::optional<std::string> text = with_retries(entry.line, retries);
  if (text && m_fs.stat(join_path(m_spool.processing(), name))) {
    rewrite(name, *text, join_path(m_spool.processing(), name));
  }
}

void DirSettler::put_off(const Batch& batch, const Entry& entry) {
  const std::string& name = batch.files[entry.file].name;
  const std::optional<std::string> text =
      with_retries(entry.line, entry.attempts + 1, entry.not_before);
  if (text && m_fs.stat(join_path(m_spool.processing(), name))) {
    rewrite(name, *text, join_path(m_spool.processing(), name));
  }
  give_back(name);
}

void DirSettler::fail(const Batch& batch, const Entry& entry, const Fault& fault) {
  const EntryFile& file = batch.files[entry.file];
  const std::string path = join_path(m_spool.processing(), file.name);
  const std::optional<FileStat> stat = m_fs.stat(path);
  if (!stat) {
    return;
  }
  DirFailure failure{file.name, entry.line, fault, m_clock.now(), {}};
  if (file.is_oversized) { // the whole file stays beside what is said of it
    failure.full_size = stat->size;
    const std::string letter = join_path(m_spool.failed(), file.name);
    rewrite(file.name, encode_dir_failure(failure), letter);
    m_fs.rename(path, letter + ".oversized");
    return;
  }
  rewrite(file.name, encode_dir_failure(failure), path);
  static_cast<void>(move_out(file.name, m_spool.failed()));
}

void DirSettler::revoke(const std::string& name, std::string_view text, const Fault& fault) {
  const DirFailure failure{name, text, fault, m_clock.now(), {}};
  m_spool.create(false);
  rewrite(name, encode_dir_failure(failure), join_path(m_spool.failed(), name));
  m_fs.unlink(join_path(m_spool.completed(), name));
}

void DirSettler::settle(const Batch& batch, const Outcomes& outcomes) {
  if (batch.files.empty()) {
    return;
  }
  const Fd processing = m_fs.open_directory(m_spool.processing());
  const Fd completed = m_fs.open_directory(m_spool.completed());
  std::size_t failure = 0;
  for (std::size_t i = 0; i < batch.entries.size(); ++i) {
    const Entry& entry = batch.entries[i];
    const bool is_dead = outcomes.verdicts[i] == Verdict::dead;
    const Fault* fault = is_dead ? &outcomes.failures[failure++].fault : nullptr;
    if (entry.file >= batch.files.size()) {
      continue;
    }
    const std::string& name = batch.files[entry.file].name;
    if (fault != nullptr) {
      fail(batch, entry, *fault);
    } else if (outcomes.verdicts[i] == Verdict::deferred) {
      put_off(batch, entry);
    } else if (m_fs.move_new(processing, completed, name) == Moved::target_exists) {
      static_cast<void>(move_out(name, m_spool.completed()));
    }
    m_fs.reached(Step::dir_settled);
  }
}

} // namespace menacedb
