#pragma once

#include "core/os/fs.hpp"
#include "core/queue/spool.hpp"
#include "core/queue/stray.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

// A file looks the same: nobody wrote to it since. (The change time also shows a rewrite in place.)
struct FileLook {
  FileId id;
  Bytes size = 0;
  Instant changed_at;

  friend bool operator==(const FileLook&, const FileLook&) = default;
};
[[nodiscard]] FileLook look_of(const FileStat& stat) noexcept;

// What this process knows about a sealed segment.
struct SealedFile {
  SegmentId segment;
  std::string path;
  bool is_name_synced = false;  // its name survives a power cut
  Bytes synced = 0;             // bytes that survive a power cut
  std::optional<FileLook> done; // decided to its end while it looks like this
  FileLook look;                // when it was listed
  [[nodiscard]] bool is_done() const noexcept { return done == look; }
};

// What this process knows about a lane.
struct LaneFiles {
  Lane lane;
  std::optional<FileStat> active; // as of the last survey; none: no such file, or a stray
  FileId known_active;            // the sealed segments older than this file are in `sealed`
  std::optional<SegmentId> mark;  // the number the active file carries, when it was looked at
  FileId synced_active; // of this active file the attributes and `synced` bytes are synced
  Bytes synced = 0;
  std::optional<FileLook> idle;     // nothing to take while the active file looks like this
  std::optional<FileId> unmarkable; // this active file takes no attribute
  bool must_check_twin = true;
  bool is_failed = false;         // a sync failed: its bytes may be lost, nothing more is taken
  std::vector<SealedFile> sealed; // in order

  [[nodiscard]] bool is_idle() const { return !active || idle == look_of(*active); }
};

// Which lanes there are, with one listing of the spool and one stat per lane each time, and a
// listing of sealed/ only when that can have changed. Never looks at archive/.
class Survey {
public:
  Survey(Fs& fs, Spool& spool, StrayReporter& strays);

  // `thorough` lists the sealed segments in any case.
  void refresh(bool thorough);

  struct ByPriority {
    bool operator()(const Lane& a, const Lane& b) const noexcept {
      return a.priority != b.priority ? a.priority < b.priority : a.name < b.name;
    }
  };
  using Lanes = std::map<Lane, LaneFiles, ByPriority>;
  [[nodiscard]] Lanes& lanes() noexcept { return m_lanes; }

private:
  [[nodiscard]] bool stat_active_files(); // true when one is another file than before
  [[nodiscard]] std::optional<FileStat> examine(const std::string& path);
  [[nodiscard]] bool has_undecided() const;
  void list_sealed();
  void drop_empty_lanes();

  Fs& m_fs;
  Spool& m_spool;
  StrayReporter& m_strays;
  Lanes m_lanes;
};

} // namespace menacedb
