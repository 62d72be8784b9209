#pragma once

#include "core/model/batch.hpp"
#include "core/model/ledger_view.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>

namespace menacedb::test {

// A ledger without a database: compares and sets as the home store's transaction does.
class MemoryLedger : public LedgerView {
public:
  Position position(const SegmentId& segment) override {
    ++questions;
    const auto found = m_positions.find(segment);
    return found == m_positions.end() ? Position() : found->second;
  }

  std::uint64_t highest(std::string_view spool) override {
    std::uint64_t highest = 0;
    for (const auto& [segment, position] : m_positions) {
      highest = segment.spool == spool ? std::max(highest, segment.sequence) : highest;
    }
    return highest;
  }

  // False, and nothing is changed, when somebody else decided a part of it first.
  [[nodiscard]] bool decide(const Batch& batch) {
    auto positions = m_positions;
    for (const Slice& slice : batch.slices) {
      Position& position = positions[slice.segment];
      if (position.is_settled || position.offset != slice.begin ||
          position.digest != slice.digest_before) {
        return false;
      }
      position.offset = slice.end;
      position.digest = slice.digest_after;
    }
    std::set<std::string> files = m_files;
    for (const EntryFile& file : batch.files) {
      if (!files.insert(file.ledger_id).second) {
        return false;
      }
    }
    m_positions = std::move(positions);
    m_files = std::move(files);
    return true;
  }
  void fold(std::span<const SegmentId> segments) {
    for (const SegmentId& segment : segments) {
      m_positions[segment].is_settled = true;
    }
  }
  [[nodiscard]] std::size_t size() const { return m_positions.size(); }

  unsigned questions = 0;

private:
  std::map<SegmentId, Position> m_positions;
  std::set<std::string> m_files; // ledger ids
};

} // namespace menacedb::test
