#pragma once

#include "core/base/log.hpp"
#include "core/os/clock.hpp"
#include "core/os/fs.hpp"
#include "core/queue/dir_listing.hpp"
#include "core/queue/dir_settler.hpp"
#include "core/queue/dir_spool.hpp"
#include "core/queue/queue.hpp"
#include "core/queue/stray.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace menacedb {

struct DirClaimOptions {
  Bytes max_line = 16u << 20; // a larger file becomes a dead letter
  Duration age_boost{};
};

// Takes the next entries of a directory queue: each file is renamed into processing/ before it is
// read, so that nobody else has it. The caller holds the spool's lock, so what lies in processing/
// belongs to nobody alive and goes back first. The sorted names are kept between claims; the folder
// is read again when they are used up, and when reading it is cheap beside the time since the last
// time, so that urgent entries do not wait behind a backlog. Not thread-safe.
class DirClaimer {
public:
  DirClaimer(Fs& fs, Clock& clock, StrayReporter& strays, DirSpool& spool,
             const DirClaimOptions& options);

  void claim(const ClaimLimits& limits, Batch& batch);
  // The same while batches of this claimer are still under way: nothing goes back.
  void claim_more(const ClaimLimits& limits, Batch& batch);
  // What claim() would take, one batch after another, without moving anything.
  void preview(const ClaimLimits& limits, Batch& batch);
  // Whether all was claimed that the folder held when it was read last.
  [[nodiscard]] bool is_used_up() const noexcept {
    return m_listing.is_at_end() && !m_listing.is_cut();
  }
  // When the first of the entries that were put back for their time is due.
  [[nodiscard]] std::optional<Instant> next_due() const;
  // Puts the files of a dead drain back; answers how many.
  std::size_t return_orphans();

private:
  enum class Mode { claim, preview };
  struct Folders {
    Fd pending;
    Fd processing; // open when files are claimed; else they stay where they are
  };
  struct Text {
    std::string_view bytes;
    bool is_oversized = false;
  };

  void fill(Mode mode, const ClaimLimits& limits, Batch& batch);
  [[nodiscard]] bool has_next(bool may_refresh);
  void refresh();
  // Takes the file; answers its size, 0 when it is none of this batch.
  Bytes take(const Folders& folders, const std::string& name, const ClaimLimits& limits,
             Batch& batch);
  [[nodiscard]] std::optional<Text> read(const Fd& folder, const std::string& name, Batch& batch);
  [[nodiscard]] char* room_for(Batch& batch, std::size_t size);
  void leave(const Folders& folders, const std::string& name);
  void pass_over(const std::string& name, std::string_view reason);
  void forget_due();

  Fs& m_fs;
  Clock& m_clock;
  StrayReporter& m_strays;
  DirSpool& m_spool;
  DirSettler m_settler;
  DirClaimOptions m_options;
  DirListing m_listing;
  Duration m_listed_at{};
  Duration m_listing_took{};
  bool m_is_listed = false;
  std::set<std::string, std::less<>> m_passed_over; // what is no entry, and what is not due
  std::map<std::string, Instant> m_due;             // of the latter
  std::size_t m_room_left = 0;                      // in the batch's last text
};

} // namespace menacedb
