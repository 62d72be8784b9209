#pragma once

#include "core/os/fs.hpp"
#include "core/queue/spool.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace menacedb {

// The user attribute of an active file that is decided in place: its SegmentId.
inline constexpr const char* k_identity_attribute = "segment";
[[nodiscard]] std::optional<SegmentId> read_identity(Fs& fs, const Fd& file);

// Takes active files out of their producers' way (DESIGN section 3, "Seal"). The bytes stay in
// their file, whoever still holds it open: only names change. seal() alone does not survive a power
// cut; no commit may name what it returns before sync().
class Sealer {
public:
  // `given` is borrowed; null: see Spool::next_segment().
  explicit Sealer(Fs& fs, Spool& spool, GivenNumbers* given = nullptr)
      : m_fs(fs), m_spool(spool), m_given(given) {}

  struct Sealed {
    SegmentId segment;
    std::string path;
  };
  // `file` is the lane's active file: the caller locked it exclusively, then saw that the lane's
  // path is still this file, and keeps the lock until sync() is done. An identity that the file has
  // already is kept, unless it stands for something else by now. None when somebody else is at work
  // on it, or it was removed.
  [[nodiscard]] std::optional<Sealed> seal(const Lane& lane, const Fd& file);
  void sync();

private:
  [[nodiscard]] bool is_anothers(const SegmentId& segment, const Lane& lane);
  [[nodiscard]] std::optional<Fd> create_successor(const std::string& path, const FileStat& like);
  [[nodiscard]] bool swap(const std::string& active, const std::string& sealed,
                          const FileStat& like);

  Fs& m_fs;
  Spool& m_spool;
  GivenNumbers* m_given;
};

} // namespace menacedb
