#include "core/db/online_backup.hpp"

#include "core/base/error.hpp"
#include "core/db/connection.hpp"
#include "core/os/writeback.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>

namespace menacedb {
namespace {

constexpr Bytes k_step = 4u << 20; // between two looks at the stop flag
// Where the header says whether the file is in WAL mode (file format, section 1.3.3).
constexpr Bytes k_write_version_offset = 18;

int pages_per_step(Database& source) {
  const std::int64_t page_size = source.query_integer("PRAGMA page_size");
  return static_cast<int>(std::max<std::int64_t>(1, static_cast<std::int64_t>(k_step) / page_size));
}

// One sqlite3_backup. Unless finish() was called, what was copied is rolled back.
class Copy {
public:
  Copy(Connection& target, Database& source)
      : m_target(target),
        m_source(source),
        m_backup(sqlite3_backup_init(target.handle(), "main", source.handle(), "main")) {
    if (m_backup == nullptr) {
      throw target.error("begin a copy to");
    }
  }
  ~Copy() { sqlite3_backup_finish(m_backup); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  void run(const StopFlag& stop, const OnlineBackupOptions& options) {
    const int pages = pages_per_step(m_source);
    const auto page_size = static_cast<Bytes>(m_source.query_integer("PRAGMA page_size"));
    for (;;) {
      if (stop.is_requested()) {
        throw Error(ErrorKind::busy, "interrupted",
                    fmt::format("cannot copy '{}': interrupted", m_source.path()));
      }
      m_target.wait().restart();
      const int result = sqlite3_backup_step(m_backup, pages);
      if (options.on_progress) {
        const auto total = static_cast<Bytes>(sqlite3_backup_pagecount(m_backup));
        const auto left = static_cast<Bytes>(sqlite3_backup_remaining(m_backup));
        options.on_progress((total - std::min(left, total)) * page_size, total * page_size);
      }
      if (result == SQLITE_DONE) {
        return;
      }
      if (result != SQLITE_OK) {
        throw failure(result);
      }
    }
  }

private:
  [[nodiscard]] Error failure(int result) {
    if (result == SQLITE_READONLY) {
      return {ErrorKind::busy, "page-size",
              fmt::format("cannot copy into '{}': its pages have another size", m_target.path())};
    }
    static_cast<void>(sqlite3_backup_finish(m_backup)); // now the target's handle knows the fault
    m_backup = nullptr;
    return m_target.error(fmt::format("copy '{}' to", m_source.path()));
  }

  Connection& m_target;
  Database& m_source;
  sqlite3_backup* m_backup;
};

// Page one is a copy of the source's, which says that there is a WAL beside it.
void leave_wal_mode(Fs& fs, const Fd& file) {
  std::array<char, 2> versions{};
  const std::size_t size =
      fs.read_at(file, versions.data(), versions.size(), k_write_version_offset);
  if (size == versions.size() && (versions[0] == 2 || versions[1] == 2)) {
    fs.write_at(file, std::string_view("\x01\x01", 2), k_write_version_offset);
  }
}

} // namespace

Bytes back_up_to_file(Fs& fs, Database& source, const std::string& path, const StopFlag& stop,
                      const OnlineBackupOptions& options) {
  const Fd file = fs.open(path, {.mode = OpenMode::read_write});
  {
    SystemClock clock;
    Connection target(path, real_database_path(path), clock, stop, Duration::zero());
    target.open(SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE);
    // Nobody else knows the file, and it counts only once it is complete and synced.
    target.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
                   "PRAGMA locking_mode = EXCLUSIVE",
                   "prepare");
    OnlineBackupOptions with_writeback = options;
    with_writeback.on_progress = [&](Bytes done, Bytes total) {
      start_writeback(file);
      if (options.on_progress) {
        options.on_progress(done, total);
      }
    };
    Copy(target, source).run(stop, with_writeback);
  }
  leave_wal_mode(fs, file);
  fs.sync(file);
  return fs.stat(file).size;
}

void back_up_into(Database& source, Database& target, const StopFlag& stop,
                  const OnlineBackupOptions& options) {
  Copy(target.connection(), source).run(stop, options);
}

} // namespace menacedb
