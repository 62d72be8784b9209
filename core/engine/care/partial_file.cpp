#include "core/engine/care/partial_file.hpp"

#include "core/base/error.hpp"
#include "core/os/process.hpp"

#include <fmt/format.h>

#include <array>

namespace menacedb {
namespace {

constexpr std::string_view k_extension = ".menacedb-partial";
constexpr std::size_t k_longest_name = 150; // of 255; the rest is ours and SQLite's

std::string partial_path(const std::string& directory, std::string_view name) {
  return join_path(directory, fmt::format(".{}.{}{}", name.substr(0, k_longest_name), random_hex(6),
                                          k_extension));
}

// Never throws: what brought us here is the better story.
void remove_with_companions(Fs& fs, const std::string& path) noexcept {
  constexpr std::array<std::string_view, 5> k_companions = {"-wal", "-shm", "-journal",
                                                            "-menacedb.lock", ""};
  for (const std::string_view companion : k_companions) {
    try {
      static_cast<void>(fs.unlink(path + std::string(companion)));
    } catch (const Error&) {
      continue;
    }
  }
}

// Without the file itself, what lies beside it is stale, too: the file was published.
void remove_if_stale(Fs& fs, const std::string& path) {
  const auto file = fs.open_if_exists(path, {.mode = OpenMode::read_append});
  if (!file || fs.try_lock(*file, LockMode::exclusive)) {
    remove_with_companions(fs, path);
  }
}

} // namespace

// Somebody may take the file for a stale one between its creation and its lock; then it is gone.
PartialFile::PartialFile(Fs& fs, const std::string& directory, std::string_view name,
                         const FileStat& like)
    : m_fs(fs) {
  std::optional<FileStat> named;
  do {
    m_path = partial_path(directory, name);
    m_file = fs.open(m_path, {.mode = OpenMode::read_append, .create = true, .exclusive = true});
    fs.lock(m_file, LockMode::exclusive);
    named = fs.stat(m_path);
  } while (!named || named->id != fs.stat(m_file).id);
  try {
    fs.set_owner_and_mode(m_file, like);
  } catch (const Error&) {
    remove_with_companions(fs, m_path);
    throw;
  }
}

PartialFile::~PartialFile() {
  if (!m_is_published) {
    remove_with_companions(m_fs, m_path);
  }
}

void PartialFile::publish(const std::string& path) {
  m_fs.rename(m_path, path);
  m_is_published = true;
  remove_with_companions(m_fs, m_path); // only those: the file has its new name
}

void PartialFile::remove_stale(Fs& fs, const std::string& directory) {
  if (!fs.stat(directory)) {
    return;
  }
  for (const DirEntry& entry : fs.list(directory)) {
    const std::size_t extension = entry.name.find(k_extension);
    if (entry.name.starts_with('.') && extension != std::string::npos) {
      const std::string name = entry.name.substr(0, extension + k_extension.size());
      try {
        remove_if_stale(fs, join_path(directory, name));
      } catch (const Error&) {
        continue; // another user's: no reason to fail
      }
    }
  }
}

} // namespace menacedb
