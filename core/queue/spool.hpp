#pragma once

#include "core/model/segment_id.hpp"
#include "core/os/clock.hpp"
#include "core/os/fs.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

struct SpoolState;

// What knows of numbers that were given, besides the spool's own state: that may be an old one, put
// back by somebody, or by a file system that lost its last writes without a reboot.
class GivenNumbers {
public:
  virtual ~GivenNumbers() = default;
  [[nodiscard]] virtual std::uint64_t highest(std::string_view spool) = 0; // 0: none
  [[nodiscard]] virtual bool is_settled(const SegmentId& segment) = 0;
};

// The names and numbers of one jsonl spool directory:
//
//   <lane>.jsonl, <lane>@p<N>.jsonl               active segments
//   sealed/.spool                                 spool id, next sequence number
//   sealed/.drain.lock                            held by the drain that is at work
//   sealed/<spool-id>.<seq>.<lane file name>      sealed, oldest sequence first within a lane
//   archive/<spool-id>.<seq>.<lane file name>     decided and settled
//   queue.failed.jsonl, queue.log.bak             exported views
//
// The directories are created by the first call that needs them.
class Spool {
public:
  Spool(Fs& fs, Clock& clock, std::string directory);

  [[nodiscard]] const std::string& directory() const noexcept { return m_directory; }
  [[nodiscard]] const std::string& sealed_directory() const noexcept { return m_sealed; }
  [[nodiscard]] const std::string& archive_directory() const noexcept { return m_archive; }
  [[nodiscard]] std::string active_path(const Lane& lane) const;
  [[nodiscard]] std::string sealed_path(const SegmentId& segment, const Lane& lane) const;
  [[nodiscard]] std::string archive_path(const SegmentId& segment, const Lane& lane) const;
  [[nodiscard]] std::string failed_path() const;
  [[nodiscard]] std::string flat_archive_path() const;
  [[nodiscard]] std::string drain_lock_path() const;

  void create_directory();         // the spool itself
  void create_sealed_directory();  // and the spool
  void create_archive_directory(); // and the spool

  // A number never given before, not even across a power cut: numbers are reserved ahead and
  // synced. Without `given`, the names in sealed/ are asked what numbers were.
  [[nodiscard]] SegmentId next_segment(GivenNumbers* given = nullptr);

  // The spool's id, once it has one. Creates nothing.
  [[nodiscard]] std::optional<std::string> id() const;

  struct Sealed {
    SegmentId segment;
    Lane lane;
    std::string path;
  };
  // Of all spool ids found there, in order of lane, spool id and sequence. Names that are not a
  // segment's are left out; what a name stands for is not looked at.
  [[nodiscard]] std::vector<Sealed> sealed() const;

private:
  [[nodiscard]] Fd lock_state();
  void sync_state(const Fd& file, const SpoolState& state);
  [[nodiscard]] std::string new_spool_id() const;
  [[nodiscard]] std::uint64_t highest_sealed(std::string_view spool) const;

  Fs& m_fs;
  Clock& m_clock;
  std::string m_directory;
  std::string m_sealed;
  std::string m_archive;
  std::string m_synced; // the mark of the state that we know to be on disk
};

// "66f1c2d3a4b5c6d7.42.alpha@p3.jsonl" as its parts; none when it is not such a name.
struct SegmentFileName {
  SegmentId segment;
  Lane lane;
};
[[nodiscard]] std::optional<SegmentFileName> parse_segment_file_name(std::string_view name);

} // namespace menacedb
