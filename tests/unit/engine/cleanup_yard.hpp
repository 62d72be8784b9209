#pragma once

#include "core/engine/cleanup/cleanup.hpp"
#include "core/os/posix_fs.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>

namespace menacedb::test {

namespace stdfs = std::filesystem;

constexpr std::string_view k_entry = "5_1767328963123456789_42.json";

using Items = std::map<std::string, std::string>;

// A directory queue and a row queue with files of today, on a clock that tests set ahead: nobody
// can set the time of a file's last change.
class Yard {
public:
  explicit Yard(Items more = {}) : m_more(std::move(more)), m_settings(load(m_more)) {
    for (const char* folder : {"dir/pending", "dir/processing", "dir/completed", "dir/failed",
                               "dir/.tmp", "queue/sealed"}) {
      stdfs::create_directories(m_folder / folder);
    }
  }

  [[nodiscard]] std::string path(const std::string& name) const { return m_folder / name; }
  [[nodiscard]] PosixFs& fs() noexcept { return m_fs; }
  [[nodiscard]] FakeClock& clock() noexcept { return m_clock; }

  void make(const std::string& name, std::size_t size = 2) {
    std::ofstream(path(name)) << std::string(size, 'x');
  }
  void make_large(const std::string& name, std::uintmax_t size) {
    make(name);
    stdfs::resize_file(path(name), size);
  }
  void set_audit_log(const std::string& name) {
    m_more["audit.path"] = path(name);
    m_settings = load(m_more);
  }
  void link(const std::string& to, const std::string& name) {
    stdfs::create_symlink(path(to), path(name));
  }
  CleanupResult clean(std::string_view action, CleanupOptions options = {}) {
    const auto all = cleanup_actions();
    const auto found = std::ranges::find(all, action, &CleanupAction::name);
    REQUIRE(found != all.end());
    return found->run({m_fs, m_clock, m_log, m_stop, m_settings}, options);
  }
  // Name → size of everything there is.
  [[nodiscard]] std::map<std::string, std::uintmax_t> files() const {
    std::map<std::string, std::uintmax_t> found;
    for (const auto& entry : stdfs::recursive_directory_iterator(m_folder.path())) {
      if (entry.is_symlink() || entry.is_regular_file()) {
        found[stdfs::relative(entry.path().parent_path(), m_folder.path()) /
              entry.path().filename()] = entry.is_symlink() ? 0 : entry.file_size();
      }
    }
    return found;
  }
  [[nodiscard]] bool has(const std::string& name) const { return files().contains(name); }
  [[nodiscard]] std::string archive_of(const std::string& name) {
    const std::string date = format_instant(m_fs.stat(path(name)).value().changed_at).substr(0, 10);
    return "dir/archive/" + date;
  }

private:
  Settings load(Items flags) {
    flags.emplace("queue.dir", m_folder / "queue");
    flags.emplace("dir_queue.dir", m_folder / "dir");
    flags.emplace("databases.shared", m_folder / "shared.db");
    flags.emplace("worker.max_log", "1KiB");
    ConfigSources sources;
    sources.flags = std::move(flags);
    sources.system_directory = m_folder / "etc";
    return Settings::load(m_fs, sources);
  }

  TempDir m_folder;
  PosixFs m_fs;
  FakeClock m_clock{std::chrono::floor<Duration>(std::chrono::system_clock::now())};
  Log m_log{LogLevel::error};
  StopFlag m_stop;
  Items m_more;
  Settings m_settings;
};

inline std::string in(const std::string& folder, std::string_view name = k_entry) {
  return folder + "/" + std::string(name);
}

} // namespace menacedb::test
