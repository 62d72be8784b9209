#include "core/queue/scan.hpp"

#include "core/base/error.hpp"
#include "core/queue/codec.hpp"
#include "core/queue/seal.hpp"
#include "core/queue/segment_reader.hpp"
#include "core/queue/stray.hpp"

#include <algorithm>

namespace menacedb {

namespace {

constexpr std::size_t k_buffer = 256u << 10;
constexpr std::size_t k_first_line = 64u << 10; // as much of the first line is looked at
constexpr Bytes k_usual_line = 200;             // when not a single line was counted

} // namespace

QueueScan Scanner::scan(LedgerView& ledger) {
  for (const auto& [name, files] : find_files()) {
    QueueCount count;
    count.name = name;
    count.format = "jsonl";
    for (const File& file : files) {
      const auto descriptor = open(file.path);
      if (!descriptor) {
        continue;
      }
      const FileStat stat = m_fs.stat(*descriptor);
      const Bytes begin = decided(file, *descriptor, stat.size, ledger);
      if (begin < stat.size) {
        count_file(count, *descriptor, stat, begin);
      }
    }
    m_scan.queues.push_back(std::move(count));
  }
  std::sort(m_scan.strays.begin(), m_scan.strays.end(),
            [](const Stray& a, const Stray& b) { return a.path < b.path; });
  return std::move(m_scan);
}

// The active ones are looked for first, so that a file sealed meanwhile is not missed.
Scanner::Lanes Scanner::find_files() {
  Lanes lanes;
  if (!m_fs.stat(m_spool.directory())) {
    return lanes;
  }
  std::vector<std::string> active;
  for (const DirEntry& entry : m_fs.list(m_spool.directory())) {
    const std::string path = join_path(m_spool.directory(), entry.name);
    if (is_mistaken_lane_name(entry.name)) {
      add_stray(path, why_misnamed());
      continue;
    }
    const auto stat = parse_lane_file_name(entry.name) ? m_fs.stat(path) : std::nullopt;
    if (!stat) {
      continue;
    }
    if (const auto reason = why_stray(*stat)) {
      add_stray(path, *reason);
    } else {
      active.push_back(entry.name);
    }
  }
  for (Spool::Sealed& sealed : m_spool.sealed()) {
    lanes[lane_file_name(sealed.lane)].push_back(
        {std::move(sealed.path), std::move(sealed.segment)});
  }
  for (const std::string& name : active) {
    lanes[name].push_back({join_path(m_spool.directory(), name), std::nullopt});
  }
  return lanes;
}

std::optional<Fd> Scanner::open(const std::string& path) {
  try {
    auto file = m_fs.open_if_exists(path, {});
    if (!file) {
      return std::nullopt;
    }
    if (const auto reason = why_stray(m_fs.stat(*file))) {
      add_stray(path, *reason);
      return std::nullopt;
    }
    return file;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::denied) {
      throw;
    }
    const auto stat = m_fs.stat(path);
    const auto reason = stat ? why_stray(*stat) : std::nullopt;
    add_stray(path, reason ? std::string_view(*reason) : why_unreadable());
    return std::nullopt;
  }
}

void Scanner::add_stray(const std::string& path, std::string_view reason) {
  m_scan.strays.push_back({path, std::string(reason)});
}

Bytes Scanner::decided(const File& file, const Fd& descriptor, Bytes size, LedgerView& ledger) {
  const auto segment = file.segment ? file.segment : read_identity(m_fs, descriptor);
  if (!segment) {
    return 0;
  }
  const Position position = ledger.position(*segment);
  if (position.is_settled) {
    return file.segment ? size : 0;
  }
  if (position.offset > size) {
    return 0;
  }
  std::string bytes(std::min(position.offset, k_digest_span), '\0');
  bytes.resize(
      m_fs.read_at(descriptor, bytes.data(), bytes.size(), position.offset - bytes.size()));
  return digest_before(bytes) == position.digest ? position.offset : 0;
}

void Scanner::count_file(QueueCount& count, const Fd& descriptor, const FileStat& stat,
                         Bytes begin) {
  const std::uint64_t pending_before = count.pending;
  const Bytes end = std::min(stat.size, begin + std::min(m_budget, stat.size - begin));
  count_lines(count, descriptor, begin, end);
  m_budget -= end - begin;
  if (end < stat.size) {
    const Bytes line =
        m_counted_lines == 0 ? k_usual_line : std::max<Bytes>(1, m_counted_bytes / m_counted_lines);
    count.pending += std::max<Bytes>(1, (stat.size - end) / line);
    count.is_approximate = true;
  }
  if (count.pending > pending_before) {
    count.pending_bytes += stat.size - begin;
    if (!count.oldest_at) {
      count.oldest_at = first_time(descriptor, stat, begin);
    }
  }
}

// A last line without newline counts: it is queued, if not yet whole.
void Scanner::count_lines(QueueCount& count, const Fd& descriptor, Bytes begin, Bytes end) {
  m_buffer.resize(std::min<Bytes>(k_buffer, end - begin));
  bool has_content = false;
  std::uint64_t lines = 0;
  for (Bytes offset = begin; offset < end;) {
    const std::size_t wanted = std::min<Bytes>(m_buffer.size(), end - offset);
    const std::size_t size = m_fs.read_at(descriptor, m_buffer.data(), wanted, offset);
    std::string_view bytes = std::string_view(m_buffer).substr(0, size);
    offset += size == 0 ? end - offset : size;
    while (!bytes.empty()) {
      const std::size_t newline = bytes.find('\n');
      has_content = has_content || !is_blank_line(bytes.substr(0, newline));
      if (newline == std::string_view::npos) {
        break;
      }
      lines += has_content ? 1 : 0;
      has_content = false;
      bytes.remove_prefix(newline + 1);
    }
  }
  lines += has_content ? 1 : 0;
  count.pending += lines;
  m_counted_lines += lines;
  m_counted_bytes += end - begin;
}

Instant Scanner::first_time(const Fd& descriptor, const FileStat& stat, Bytes begin) {
  std::string text(std::min<Bytes>(k_first_line, stat.size - begin), '\0');
  text.resize(m_fs.read_at(descriptor, text.data(), text.size(), begin));
  Batch batch;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t newline = rest.find('\n');
    if (decode_line(batch, rest.substr(0, newline), 0, 0, 0, {})) {
      return batch.entries.front().created_at.value_or(stat.modified_at);
    }
    rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
  }
  return stat.modified_at;
}

} // namespace menacedb
