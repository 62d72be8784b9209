#pragma once

#include "core/engine/care/archive_recovery.hpp"
#include "core/engine/context.hpp"
#include "core/policy/router.hpp"
#include "core/queue/dir_name.hpp"
#include "core/queue/dir_spool.hpp"
#include "core/store/sqlite_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace menacedb {

struct DirRecoveryOptions {
  std::string directory;        // the spool
  std::string home;             // the path of the home store whose place the copy will take
  Instant backup_at;            // when the copy was taken
  std::optional<Instant> until; // entries created later are left out
  std::function<void(Bytes done, Bytes total)> on_progress;
};

// What a directory queue decided after a copy of its home store was taken, by the entries' files:
// those in completed/ and archive/<date>/, and as far as the store's own ledger says those that a
// drain left in processing/ when it died.
//
// The copy's ledger says what was applied before the copy. It remembers a day at least, so that a
// file it does not know and that was completed before the copy was applied longer ago, or by an old
// worker. Without the present store, the order is that in which the files were completed.
class DirRecovery {
public:
  // `present` is the store as it is now; null: it cannot be read, or there is none. Both are
  // borrowed.
  DirRecovery(const Context& context, Database* present, SqliteStore& copy,
              DirRecoveryOptions options);

  // How many entries that would be: nothing is applied.
  [[nodiscard]] std::uint64_t count();
  // Applies them again in the copy, and adds to the report what became of them. Entries that went
  // to other stores are not sent there again. The files stay where they are.
  void run(const Router& router, RecoveryReport& report);
  // Makes the copy know of entries that were decided and still wait for their file to be moved, so
  // that no drain applies them: what is not replayed stays away. Answers how many files wait so.
  std::uint64_t adopt();

private:
  struct File {
    std::string path;
    std::string name; // as it was in the queue
    DirPlace place;
    Instant when; // it was decided
    Bytes size = 0;
    bool is_packed = false;
  };
  class Run;

  void read_present(Database& present);
  [[nodiscard]] std::optional<Instant> decided_since(const std::string& name) const;
  [[nodiscard]] std::vector<File> files();
  void add_folder(const std::string& folder, std::optional<Instant> completed_by,
                  std::vector<File>& found);
  void add_archive(std::vector<File>& found);
  void add_unsettled(const std::string& folder, std::vector<File>& found);

  Context m_context;
  SqliteStore& m_copy;
  DirRecoveryOptions m_options;
  DirSpool m_spool;
  std::string m_id; // of the spool; empty: no drain has been here, so that nothing was decided
  // By ledger id: applied in the present store, and not in the copy.
  std::map<std::string, Instant, std::less<>> m_since;
  std::multiset<std::string, std::less<>> m_undelivered; // lines in the present store's outbox
};

} // namespace menacedb
