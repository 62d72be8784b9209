#include "core/queue/dir_claimer.hpp"

#include "core/base/error.hpp"
#include "core/queue/codec.hpp"
#include "core/queue/dir_entry.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr std::size_t k_most_files = 4000;     // a batch: what a crash puts back, and what waits
constexpr std::size_t k_text_bytes = 1u << 16; // of many small files in one piece of memory
constexpr Bytes k_prefix_bytes = 4096;         // kept of a file that is too large
constexpr int k_listing_share = 40;            // reading the folder takes a fortieth of the time
constexpr std::size_t k_most_passed_over = 100'000;

} // namespace

DirClaimer::DirClaimer(Fs& fs, Clock& clock, StrayReporter& strays, DirSpool& spool,
                       const DirClaimOptions& options)
    : m_fs(fs),
      m_clock(clock),
      m_strays(strays),
      m_spool(spool),
      m_settler(fs, clock, spool),
      m_options(options),
      m_listing(fs, spool.pending(), {.age_boost = options.age_boost}) {}

std::size_t DirClaimer::return_orphans() {
  std::size_t count = 0;
  for (const DirEntry& entry : m_fs.list(m_spool.processing())) {
    const bool may_be_entry = entry.type != FileType::directory &&
                              entry.type != FileType::symlink &&
                              parse_dir_name(entry.name).has_value();
    if (!may_be_entry) {
      m_strays.report(join_path(m_spool.processing(), entry.name), "is not an entry");
      continue;
    }
    m_settler.give_back(entry.name);
    m_fs.reached(Step::dir_orphan_returned);
    ++count;
  }
  return count;
}

void DirClaimer::claim(const ClaimLimits& limits, Batch& batch) {
  batch.clear();
  if (!m_spool.exists()) {
    return;
  }
  if (return_orphans() > 0) {
    m_is_listed = false;
  }
  claim_more(limits, batch);
}

void DirClaimer::claim_more(const ClaimLimits& limits, Batch& batch) {
  batch.clear();
  batch.file_spool = m_spool.id();
  forget_due();
  fill(Mode::claim, limits, batch);
  m_fs.reached(Step::dir_claimed);
}

void DirClaimer::preview(const ClaimLimits& limits, Batch& batch) {
  batch.clear();
  if (m_spool.exists()) {
    batch.file_spool = "preview";
    fill(Mode::preview, limits, batch);
  }
}

void DirClaimer::fill(Mode mode, const ClaimLimits& limits, Batch& batch) {
  const Duration now = m_clock.monotonic();
  const bool is_stale =
      mode == Mode::claim && now - m_listed_at >= k_listing_share * m_listing_took;
  if (!m_is_listed || is_stale) {
    refresh();
  }
  bool may_refresh = mode == Mode::claim && !is_stale;
  m_room_left = 0;
  const Folders folders{m_fs.open_directory(m_spool.pending()),
                        mode == Mode::claim ? m_fs.open_directory(m_spool.processing()) : Fd()};
  Bytes bytes = 0;
  while (batch.entries.size() < std::min<std::uint64_t>(limits.entries, k_most_files) &&
         has_next(may_refresh && batch.entries.empty())) {
    const std::string name(m_listing.next());
    if (bytes > 0 && bytes >= limits.bytes) {
      m_listing.step_back();
      return;
    }
    const Bytes size = take(folders, name, limits, batch);
    bytes += size;
    if (bytes > limits.bytes && batch.entries.size() > 1 && size > 0) {
      // It belongs to the next batch: one entry may pass the limit alone, not behind others.
      batch.entries.pop_back();
      batch.files.pop_back();
      leave(folders, name);
      m_listing.step_back();
      return;
    }
  }
}

bool DirClaimer::has_next(bool may_refresh) {
  if (m_listing.is_at_end() && may_refresh) {
    refresh();
  }
  return !m_listing.is_at_end();
}

void DirClaimer::refresh() {
  const Duration began = m_clock.monotonic();
  m_listing.refresh(m_clock.now(), m_passed_over,
                    [this](std::string_view name, std::string_view reason) {
                      m_strays.report(join_path(m_spool.pending(), name), reason);
                    });
  m_listed_at = m_clock.monotonic();
  m_listing_took = m_listed_at - began;
  m_is_listed = true;
}

Bytes DirClaimer::take(const Folders& folders, const std::string& name, const ClaimLimits& limits,
                       Batch& batch) {
  const bool is_claim = static_cast<bool>(folders.processing);
  if (is_claim && m_fs.move_new(folders.pending, folders.processing, name) != Moved::done) {
    return 0; // gone, or somebody put another one of this name there: for the next time
  }
  const std::optional<Text> text =
      read(is_claim ? folders.processing : folders.pending, name, batch);
  if (!text) {
    leave(folders, name);
    return 0;
  }
  const std::optional<DirPlace> place = parse_dir_name(name);
  EntryFile file{.name = name, .ledger_id = {}, .priority = shown_priority(place->priority)};
  file.is_oversized = text->is_oversized;
  decode_dir_entry(batch, text->bytes, std::move(file));
  Entry& entry = batch.entries.back();
  if (text->is_oversized) {
    set_fault(batch, entry, "line-too-long",
              fmt::format("the entry is longer than {}", format_bytes(m_options.max_line)));
  }
  const bool is_early = entry.not_before && *entry.not_before > m_clock.now();
  const bool is_of_other_table = !limits.table.empty() && entry.table != limits.table;
  if (is_early || is_of_other_table) {
    if (is_early && m_passed_over.size() < k_most_passed_over) {
      m_passed_over.insert(name);
      m_due.emplace(name, *entry.not_before);
    }
    batch.entries.pop_back();
    batch.files.pop_back();
    leave(folders, name);
    return 0;
  }
  entry.not_before.reset(); // its time has come
  return text->bytes.size();
}

std::optional<DirClaimer::Text> DirClaimer::read(const Fd& folder, const std::string& name,
                                                 Batch& batch) {
  std::optional<Fd> file;
  try {
    file = m_fs.open_in(folder, name, {.mode = OpenMode::read, .is_fleeting = true});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::denied && error.code() != "symlink") {
      throw;
    }
    pass_over(name, why_unreadable());
    return std::nullopt;
  }
  if (!file) {
    return std::nullopt;
  }
  const FileStat stat = m_fs.stat(*file);
  if (const auto reason = why_stray(stat)) {
    pass_over(name, *reason);
    return std::nullopt;
  }
  Text text;
  text.is_oversized = stat.size > m_options.max_line;
  const auto wanted =
      static_cast<std::size_t>(text.is_oversized ? std::min(k_prefix_bytes, stat.size) : stat.size);
  char* const room = room_for(batch, wanted);
  text.bytes = std::string_view(room, m_fs.read_at(*file, room, wanted, 0));
  return text;
}

// Many small texts share one allocation, whose address stays.
char* DirClaimer::room_for(Batch& batch, std::size_t size) {
  if (size > m_room_left || batch.texts.empty()) {
    m_room_left = std::max(size, k_text_bytes);
    batch.texts.push_back(std::make_unique<std::string>(m_room_left, '\0'));
  }
  std::string& text = *batch.texts.back();
  char* const room = text.data() + (text.size() - m_room_left);
  m_room_left -= size;
  return room;
}

void DirClaimer::leave(const Folders& folders, const std::string& name) {
  if (folders.processing) {
    m_settler.give_back(name);
  }
}

void DirClaimer::pass_over(const std::string& name, std::string_view reason) {
  m_strays.report(join_path(m_spool.pending(), name), reason);
  if (m_passed_over.size() < k_most_passed_over) {
    m_passed_over.insert(name);
  }
}

void DirClaimer::forget_due() {
  const Instant now = m_clock.now();
  for (auto due = m_due.begin(); due != m_due.end();) {
    if (due->second <= now) {
      m_passed_over.erase(due->first);
      due = m_due.erase(due);
      m_is_listed = false;
    } else {
      ++due;
    }
  }
}

std::optional<Instant> DirClaimer::next_due() const {
  std::optional<Instant> next;
  for (const auto& [name, due] : m_due) {
    next = std::min(next.value_or(due), due);
  }
  return next;
}

} // namespace menacedb
