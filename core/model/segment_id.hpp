#pragma once

#include "core/model/priority.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// The identity of one append-only file of entries, whatever it is called and wherever it lies:
// `<spool-id>.<seq>`. Spool ids are 16 lower-case hex digits whose first eight are the second of
// the spool's birth, so that ids sort by age.
struct SegmentId {
  std::string spool;
  std::uint64_t sequence = 0;

  friend auto operator<=>(const SegmentId&, const SegmentId&) = default;
};

[[nodiscard]] std::string format_segment(const SegmentId& id); // "66f1c2d3a4b5c6d7.42"
[[nodiscard]] std::optional<SegmentId> parse_segment(std::string_view text);

// One priority of one origin: first in, first out. The file is `<name>.jsonl` for the default
// priority and `<name>@p<N>.jsonl` for the others. A file that somebody called `<name>@p5.jsonl` is
// a lane beside `<name>.jsonl`: its name is `<name>@p5`, so that each lane has one file only.
struct Lane {
  std::string name; // an origin, or an old producer's `<table>_queue`, `replay`, …
  int priority = k_default_priority;

  friend auto operator<=>(const Lane&, const Lane&) = default;
};

// "alpha@p3.jsonl". The inverse of parse_lane_file_name for every lane that function returns, and
// for every safe id (core/base/text.hpp) with any priority.
[[nodiscard]] std::string lane_file_name(const Lane& lane);
// Any `*.jsonl` but the failed file; none: not ours (hidden, over 200 bytes, `/` or control signs).
[[nodiscard]] std::optional<Lane> parse_lane_file_name(std::string_view name);
// Whether it looks like a queue file's name to whoever chose it, but cannot be one: it begins with
// a dot, is too long, or has control characters. Lines in such a file would wait for ever unseen.
[[nodiscard]] bool is_mistaken_lane_name(std::string_view name);
// The origin of lines that name none: the lane's name without `@p5`, or empty when that is reserved
// (`*_queue`, `replay`).
[[nodiscard]] std::string_view lane_origin(const Lane& lane) noexcept;

} // namespace menacedb
