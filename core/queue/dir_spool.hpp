#pragma once

#include "core/os/clock.hpp"
#include "core/os/fs.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// The folders and files of a directory queue, whose layout old scripts know. Paths only; everything
// that is claimed, settled or counted is said by the types around it. Not thread-safe.
class DirSpool {
public:
  static constexpr std::array<std::string_view, 5> k_folders = {"pending", "processing",
                                                                "completed", "failed", ".tmp"};

  DirSpool(Fs& fs, std::string directory);

  [[nodiscard]] const std::string& directory() const noexcept { return m_directory; }
  [[nodiscard]] const std::string& pending() const noexcept { return m_pending; }
  [[nodiscard]] const std::string& processing() const noexcept { return m_processing; }
  [[nodiscard]] const std::string& completed() const noexcept { return m_completed; }
  [[nodiscard]] const std::string& failed() const noexcept { return m_failed; }
  [[nodiscard]] const std::string& temporary() const noexcept { return m_temporary; }
  // The old worker's lock: whoever holds it owns processing/.
  [[nodiscard]] std::string lock_path() const { return join_path(m_directory, ".lock"); }
  [[nodiscard]] std::string counter_path() const { return join_path(m_directory, ".seq"); }
  [[nodiscard]] std::string stats_path() const { return join_path(m_directory, "stats.json"); }

  [[nodiscard]] bool exists(); // it can hold entries
  // All folders; with `durable` they survive a power cut.
  void create(bool durable);
  // 16 hex digits that tell this spool from others in a ledger; made by the first drain, which
  // holds the lock.
  [[nodiscard]] const std::string& id();
  [[nodiscard]] std::optional<std::string> known_id(); // none: no drain has been here yet

private:
  Fs& m_fs;
  std::string m_directory;
  std::string m_pending;
  std::string m_processing;
  std::string m_completed;
  std::string m_failed;
  std::string m_temporary;
  std::string m_id;
};

} // namespace menacedb
