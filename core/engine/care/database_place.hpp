#pragma once

#include "core/engine/care/backup.hpp"
#include "core/engine/care/partial_file.hpp"
#include "core/engine/context.hpp"

#include <optional>
#include <string>

namespace menacedb {

enum class PlaceState {
  missing, // no file (a -wal of an earlier one may lie there)
  empty,   // a database without tables
  sound,
  broken, // SQLite cannot read it, or finds it damaged
};

struct PlaceLook {
  PlaceState state = PlaceState::missing;
  std::string damage; // why it is broken
};

// The place where a database lives, while another content is put there.
class DatabasePlace {
public:
  // `path` as it was named; links are followed.
  DatabasePlace(const Context& context, const std::string& path);

  // Reads the whole database. Throws when it is no file, or for a reason that says nothing about
  // the content (locked, no permission).
  [[nodiscard]] PlaceLook look();
  [[nodiscard]] const std::string& real_path() const noexcept { return m_real_path; }

  // Overwrites a readable database in one transaction. False when its pages have another size.
  [[nodiscard]] bool overwrite(const std::string& content, const CareProgress& on_progress);
  // Takes a readable database out of WAL mode, so that its file is complete without another; throws
  // busy while others have it open.
  void leave_wal_mode();
  // Renames a broken or missing database's files out of the way, as `<path>.corrupted_<time>` with
  // -wal, -shm and -journal; the file itself keeps its name beside the new one, until it is
  // replaced. Returns the new name, empty when there was nothing.
  [[nodiscard]] std::string set_aside();
  // Renames the content, which is complete and synced, to the place.
  void replace(PartialFile& content);
  // What is wrong with it now, or none. Then the WAL of an overwritten one is carried over.
  [[nodiscard]] std::optional<std::string> check();
  void carry_over_wal();

private:
  [[nodiscard]] Database open();
  [[nodiscard]] std::string free_name() const;

  Context m_context;
  std::string m_path;
  std::string m_real_path;
};

} // namespace menacedb
