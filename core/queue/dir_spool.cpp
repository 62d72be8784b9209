#include "core/queue/dir_spool.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/process.hpp"
#include "core/queue/durable_directories.hpp"

#include <algorithm>

namespace menacedb {
namespace {

constexpr std::size_t k_id_digits = 16;
constexpr Bytes k_most_id_bytes = 4096;

bool is_id(std::string_view text) {
  return text.size() == k_id_digits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

} // namespace

DirSpool::DirSpool(Fs& fs, std::string directory)
    : m_fs(fs),
      m_directory(std::move(directory)),
      m_pending(join_path(m_directory, k_folders[0])),
      m_processing(join_path(m_directory, k_folders[1])),
      m_completed(join_path(m_directory, k_folders[2])),
      m_failed(join_path(m_directory, k_folders[3])),
      m_temporary(join_path(m_directory, k_folders[4])) {}

bool DirSpool::exists() {
  return m_fs.stat(m_pending).has_value();
}

void DirSpool::create(bool durable) {
  for (const std::string_view folder : k_folders) {
    const std::string path = join_path(m_directory, folder);
    if (durable) {
      create_directories_durably(m_fs, path);
    } else {
      m_fs.make_directories(path);
    }
  }
}

std::optional<std::string> DirSpool::known_id() {
  const std::string path = join_path(m_directory, ".spool");
  if (!m_fs.stat(path)) {
    return std::nullopt;
  }
  const std::string text = read_file(m_fs, path, k_most_id_bytes);
  return is_id(trim(text)) ? std::optional(std::string(trim(text))) : std::nullopt;
}

const std::string& DirSpool::id() {
  if (m_id.empty()) {
    m_id = known_id().value_or("");
  }
  if (m_id.empty()) {
    std::string id = random_hex(k_id_digits / 2);
    replace_file(m_fs, join_path(m_directory, ".spool"), id + "\n");
    m_id = std::move(id);
  }
  return m_id;
}

} // namespace menacedb
