#include "core/queue/segment_reader.hpp"

#include "core/base/hash.hpp"
#include "core/queue/codec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {

namespace {

constexpr std::size_t k_large_text = 64u << 10;

Slice slice_at(const OpenSegment& segment, const Position& position) {
  Slice slice;
  slice.segment = segment.segment;
  slice.lane = segment.lane;
  slice.path = segment.path;
  slice.is_sealed = segment.is_sealed;
  slice.begin = slice.end = position.offset;
  slice.digest_before = position.digest;
  return slice;
}

std::string_view last_bytes(std::string_view text, Bytes count) {
  return text.substr(text.size() - std::min<Bytes>(text.size(), count));
}

} // namespace

std::uint64_t digest_before(std::string_view bytes) noexcept {
  return bytes.empty() ? 0 : digest64(last_bytes(bytes, k_digest_span));
}

struct SegmentReader::Reading {
  const OpenSegment& segment;
  const ReadRequest& request;
  Batch& batch;
  std::string_view origin; // of lines that name none
  Slice slice;

  // False: the line is of a table that is not wanted, and stays.
  bool take(std::string_view line, Bytes length) {
    const auto index = static_cast<std::uint32_t>(batch.slices.size());
    if (!decode_line(batch, line, slice.end, length, index, origin)) {
      ++slice.blank_lines;
    } else if (!request.table.empty() && batch.entries.back().table != request.table) {
      if (batch.entries.back().fault >= 0) {
        batch.faults.pop_back();
      }
      batch.entries.pop_back();
      return false;
    }
    slice.end += length;
    return true;
  }
};

void SegmentReader::recycle(Batch& batch) {
  for (auto& text : batch.texts) {
    give_back(std::move(text));
  }
}

// A large text stays as long as it ever was: filling it with zeros for each batch would be a
// noticeable part of a drain.
std::unique_ptr<std::string> SegmentReader::take_text(std::size_t size) {
  auto text =
      size >= k_large_text && m_spare ? std::move(m_spare) : std::make_unique<std::string>();
  if (text->size() < size) {
    text->resize(size);
  }
  return text;
}

void SegmentReader::give_back(std::unique_ptr<std::string> text) {
  constexpr std::size_t k_too_large = 8u << 20; // was for one long line
  if (text && text->size() >= k_large_text && text->size() <= k_too_large &&
      (!m_spare || m_spare->size() < text->size())) {
    m_spare = std::move(text);
  }
}

ReadEnd SegmentReader::read(const OpenSegment& segment, const Position& position,
                            const ReadRequest& request, Batch& batch) {
  ReadRequest with_room = request;
  for (;;) {
    if (const auto end = read_text(segment, position, with_room, batch)) {
      return *end;
    }
    if (!batch.slices.empty()) {
      return ReadEnd::full;
    }
    const LongLine& line = m_long_lines.scan(segment.segment, segment.file, position.offset);
    if (const auto end = take_long_line(segment, position, line, request, batch)) {
      return *end;
    }
    with_room.room = line.length() + 1;
  }
}

std::optional<ReadEnd> SegmentReader::read_text(const OpenSegment& segment,
                                                const Position& position,
                                                const ReadRequest& request, Batch& batch) {
  const Bytes size = m_fs.stat(segment.file).size;
  if (position.offset > size) {
    return ReadEnd::rewritten;
  }
  const Bytes span = std::min(position.offset, k_digest_span);
  const Bytes wanted = span + std::min(request.room, size - position.offset);
  auto text = take_text(wanted);
  const std::size_t count =
      m_fs.read_at(segment.file, text->data(), wanted, position.offset - span);
  const std::string_view read = std::string_view(*text).substr(0, count);
  if (count < span || digest_before(read.substr(0, span)) != position.digest) {
    give_back(std::move(text));
    return ReadEnd::rewritten;
  }
  const std::size_t text_index = batch.texts.size();
  batch.texts.push_back(std::move(text));
  batch.texts.push_back(std::make_unique<std::string>(lane_origin(segment.lane)));

  Reading reading{segment, request, batch, *batch.texts.back(), slice_at(segment, position)};
  const std::string_view data = read.substr(span);
  const auto end = take_lines(reading, data, position.offset + data.size() >= size);
  const Bytes taken = reading.slice.end - reading.slice.begin;
  if (taken == 0) {
    give_back(std::move(batch.texts[text_index]));
    batch.texts.resize(text_index);
    return end;
  }
  reading.slice.digest_after = digest_before(read.substr(0, span + taken));
  reading.slice.bytes = data.substr(0, taken);
  batch.slices.push_back(std::move(reading.slice));
  return end;
}

std::optional<ReadEnd> SegmentReader::take_lines(Reading& reading, std::string_view data,
                                                 bool reaches_end) {
  const Bytes begin = reading.slice.begin;
  for (;;) {
    const std::string_view rest = data.substr(reading.slice.end - begin);
    if (rest.empty()) {
      return reaches_end ? ReadEnd::complete : ReadEnd::full;
    }
    if (reading.batch.entries.size() >= reading.request.most_entries) {
      return ReadEnd::full;
    }
    const std::size_t newline = rest.find('\n');
    if (newline == std::string_view::npos) {
      return take_rest(reading, rest, reaches_end);
    }
    if (newline > reading.request.max_line) {
      return reading.slice.end == begin ? std::optional<ReadEnd>() : ReadEnd::full;
    }
    if (!reading.take(rest.substr(0, newline), newline + 1)) {
      return ReadEnd::other_table;
    }
  }
}

std::optional<ReadEnd> SegmentReader::take_rest(Reading& reading, std::string_view rest,
                                                bool reaches_end) {
  if (!reaches_end || rest.size() > reading.request.max_line) {
    return reading.slice.end == reading.slice.begin ? std::optional<ReadEnd>() : ReadEnd::full;
  }
  if (!is_final(reading, reading.slice.end + rest.size())) {
    return ReadEnd::unterminated;
  }
  const std::size_t faults = reading.batch.faults.size();
  if (!reading.take(rest, rest.size())) {
    return ReadEnd::other_table;
  }
  if (reading.batch.faults.size() > faults &&
      reading.batch.faults.back().code.starts_with("json")) {
    reading.batch.faults.back() = {"torn-line", "unterminated last line"};
  }
  return ReadEnd::complete;
}

// Nobody can write any more, and nobody wrote between our reading and that.
bool SegmentReader::is_final(const Reading& reading, Bytes end_of_file) {
  return reading.request.is_final && reading.request.is_final() &&
         m_fs.stat(reading.segment.file).size == end_of_file;
}

// None: it is long, but not too long, and to be taken as text.
std::optional<ReadEnd> SegmentReader::take_long_line(const OpenSegment& segment,
                                                     const Position& position, const LongLine& line,
                                                     const ReadRequest& request, Batch& batch) {
  Reading reading{segment, request, batch, {}, slice_at(segment, position)};
  if (!line.is_terminated && !is_final(reading, line.scanned_to)) {
    return ReadEnd::unterminated;
  }
  if (line.length() <= request.max_line) {
    return std::nullopt;
  }
  if (!request.table.empty()) {
    return ReadEnd::other_table;
  }
  const std::size_t text_index = batch.texts.size();
  batch.texts.push_back(std::make_unique<std::string>(line.prefix));
  batch.texts.push_back(std::make_unique<std::string>(lane_origin(segment.lane)));
  Entry& entry = batch.entries.emplace_back();
  entry.line = *batch.texts[text_index];
  entry.origin = *batch.texts[text_index + 1];
  entry.offset = position.offset;
  entry.length = line.length() + (line.is_terminated ? 1 : 0);
  entry.slice = static_cast<std::uint32_t>(batch.slices.size());
  set_fault(batch, entry, "line-too-long",
            fmt::format("the line of {} bytes is longer than {} (SHA-256 {})", line.length(),
                        request.max_line, to_hex(Sha256(line.hash).finish())));
  reading.slice.end += entry.length;
  reading.slice.digest_after = digest_at(segment.file, reading.slice.end);
  batch.slices.push_back(std::move(reading.slice));
  return ReadEnd::full;
}

std::uint64_t SegmentReader::digest_at(const Fd& file, Bytes offset) {
  std::string bytes(std::min(offset, k_digest_span), '\0');
  bytes.resize(m_fs.read_at(file, bytes.data(), bytes.size(), offset - bytes.size()));
  return digest_before(bytes);
}

} // namespace menacedb
