#include "core/queue/spool.hpp"

#include "core/base/error.hpp"
#include "core/os/process.hpp"
#include "core/queue/durable_directories.hpp"
#include "core/queue/spool_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

namespace menacedb {

namespace {

constexpr std::size_t k_spool_id_digits = 16;
constexpr Bytes k_largest_state = 4096;
constexpr const char* k_synced_attribute = "synced"; // of the state file

std::string segment_file_name(const SegmentId& segment, const Lane& lane) {
  return format_segment(segment) + "." + lane_file_name(lane);
}

std::string read_state(Fs& fs, const Fd& file) {
  std::string text(k_largest_state, '\0');
  text.resize(fs.read_at(file, text.data(), text.size(), 0));
  // A power cut while it was created may leave it empty, on some file systems filled with zeros.
  if (text.find_first_not_of('\0') == std::string::npos) {
    text.clear();
  }
  return text;
}

// The second in which the spool with this id was born.
std::uint32_t birth_of(std::string_view spool_id) {
  std::uint32_t seconds = 0;
  std::from_chars(spool_id.data(), spool_id.data() + 8, seconds, 16);
  return seconds;
}

} // namespace

std::optional<SegmentFileName> parse_segment_file_name(std::string_view name) {
  const auto first_dot = name.find('.');
  const auto second_dot = name.find('.', first_dot + 1);
  if (first_dot != k_spool_id_digits || second_dot == std::string_view::npos) {
    return std::nullopt;
  }
  auto segment = parse_segment(name.substr(0, second_dot));
  auto lane = parse_lane_file_name(name.substr(second_dot + 1));
  if (!segment || !lane) {
    return std::nullopt;
  }
  return SegmentFileName{std::move(*segment), std::move(*lane)};
}

Spool::Spool(Fs& fs, Clock& clock, std::string directory)
    : m_fs(fs),
      m_clock(clock),
      m_directory(std::move(directory)),
      m_sealed(join_path(m_directory, "sealed")),
      m_archive(join_path(m_directory, "archive")) {}

std::string Spool::active_path(const Lane& lane) const {
  return join_path(m_directory, lane_file_name(lane));
}

std::string Spool::sealed_path(const SegmentId& segment, const Lane& lane) const {
  return join_path(m_sealed, segment_file_name(segment, lane));
}

std::string Spool::archive_path(const SegmentId& segment, const Lane& lane) const {
  return join_path(m_archive, segment_file_name(segment, lane));
}

std::string Spool::failed_path() const {
  return join_path(m_directory, "queue.failed.jsonl");
}

std::string Spool::flat_archive_path() const {
  return join_path(m_directory, "queue.log.bak");
}

std::string Spool::drain_lock_path() const {
  return join_path(m_sealed, ".drain.lock");
}

void Spool::create_directory() {
  create_directories_durably(m_fs, m_directory);
}

void Spool::create_sealed_directory() {
  create_directories_durably(m_fs, m_sealed);
}

void Spool::create_archive_directory() {
  create_directories_durably(m_fs, m_archive);
}

// The file is locked and still the one of that name: somebody may have deleted it meanwhile.
Fd Spool::lock_state() {
  const std::string path = join_path(m_sealed, ".spool");
  OpenOptions options;
  options.mode = OpenMode::read_write;
  for (;;) {
    auto file = m_fs.open_if_exists(path, options);
    if (!file) {
      create_sealed_directory();
      options.create = true;
      continue;
    }
    m_fs.lock(*file, LockMode::exclusive);
    const auto named = m_fs.stat(path);
    if (named && named->id == m_fs.stat(*file).id) {
      return std::move(*file);
    }
  }
}

std::string Spool::new_spool_id() const {
  const auto since_epoch = m_clock.now().time_since_epoch();
  auto seconds = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count());
  // Its segments come after those that an earlier spool id left behind, whatever the clock says.
  for (const Sealed& left : sealed()) {
    const std::uint32_t birth = birth_of(left.segment.spool);
    seconds = std::max(seconds, birth == UINT32_MAX ? birth : birth + 1);
  }
  return fmt::format("{:08x}{}", seconds, random_hex(4));
}

std::optional<std::string> Spool::id() const {
  const auto file = m_fs.open_if_exists(join_path(m_sealed, ".spool"), {});
  if (!file) {
    return std::nullopt;
  }
  const std::optional<SpoolState> state = decode_spool_state(read_state(m_fs, *file));
  return state ? std::optional(state->spool) : std::nullopt;
}

// Whoever made the spool or reserved the numbers may have died before its syncs, so it is not
// enough that the state is there: the file itself says up to which number it is known to survive.
// The mark is made after the syncs it speaks of, and may be lost, never early.
void Spool::sync_state(const Fd& file, const SpoolState& state) {
  const std::string mark =
      fmt::format("{}:{}:{}", m_fs.stat(file).id.inode, state.spool, state.reserved);
  if (m_synced == mark) {
    return;
  }
  if (m_fs.attribute(file, k_synced_attribute) != mark) {
    m_fs.sync_data(file);
    m_fs.sync_directory(m_sealed);
    m_fs.set_attribute(file, k_synced_attribute, mark);
  }
  m_synced = mark;
}

std::uint64_t Spool::highest_sealed(std::string_view spool) const {
  std::uint64_t highest = 0;
  for (const Sealed& one : sealed()) {
    highest = one.segment.spool == spool ? std::max(highest, one.segment.sequence) : highest;
  }
  return highest;
}

SegmentId Spool::next_segment(GivenNumbers* given) {
  const std::string path = join_path(m_sealed, ".spool");
  const Fd file = lock_state();
  const std::string text = read_state(m_fs, file);
  std::optional<SpoolState> state;
  if (text.empty()) {
    state.emplace();
    state->spool = new_spool_id();
  } else {
    state = decode_spool_state(text);
  }
  if (!state) {
    throw Error(ErrorKind::io, "spool-damaged",
                fmt::format("cannot read '{}': it is damaged", path))
        .with_hint("remove that file: a new one is made, and no segment is lost");
  }
  const std::uint64_t known =
      given != nullptr ? given->highest(state->spool) : highest_sealed(state->spool);
  state->next = std::max(state->next, known + 1);
  const std::uint64_t sequence = take_number(*state, boot_id());
  m_fs.write_at(file, encode_spool_state(*state), 0);
  sync_state(file, *state);
  return {state->spool, sequence};
}

std::vector<Spool::Sealed> Spool::sealed() const {
  std::vector<Sealed> found;
  if (!m_fs.stat(m_sealed)) {
    return found;
  }
  for (const DirEntry& entry : m_fs.list(m_sealed)) {
    if (auto name = parse_segment_file_name(entry.name)) {
      found.push_back(
          {std::move(name->segment), std::move(name->lane), join_path(m_sealed, entry.name)});
    }
  }
  std::sort(found.begin(), found.end(), [](const Sealed& a, const Sealed& b) {
    return std::tie(a.lane, a.segment) < std::tie(b.lane, b.segment);
  });
  return found;
}

} // namespace menacedb
