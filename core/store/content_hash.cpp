#include "core/store/content_hash.hpp"

#include "core/base/json_text.hpp"
#include "core/base/json_value_text.hpp"
#include "core/model/entry.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <vector>

namespace menacedb {

namespace {

// Indexes of the chosen members. Rows of usual width take no memory of their own.
class Members {
public:
  void push(std::uint32_t node) {
    if (m_many.empty() && m_size < m_few.size()) {
      m_few[m_size++] = node;
      return;
    }
    if (m_many.empty()) {
      m_many.assign(m_few.begin(), m_few.end());
    }
    m_many.push_back(node);
    ++m_size;
  }

  [[nodiscard]] std::span<std::uint32_t> all() {
    return {m_many.empty() ? m_few.data() : m_many.data(), m_size};
  }

private:
  std::array<std::uint32_t, 48> m_few;
  std::vector<std::uint32_t> m_many;
  std::size_t m_size = 0;
};

// All members of the object, in the order of their names.
void collect_members(Members& members, const JsonTape& tape, std::uint32_t object) {
  const std::uint32_t end = object + tape.at(object).node_count;
  for (std::uint32_t i = object + 1; i < end; i = tape.next_sibling(i)) {
    members.push(i);
  }
  const std::span<std::uint32_t> all = members.all();
  std::sort(all.begin(), all.end(),
            [&](std::uint32_t a, std::uint32_t b) { return tape.at(a).key < tape.at(b).key; });
}

// Which of the members, by their place in that order, are named. False when a field is none of
// them.
bool choose_members(Members& chosen, const JsonTape& tape, std::span<const std::uint32_t> members,
                    std::uint32_t fields) {
  const std::uint32_t end = fields + tape.at(fields).node_count;
  for (std::uint32_t i = fields + 1; i < end; i = tape.next_sibling(i)) {
    const JsonValue& field = tape.at(i);
    const auto found = std::lower_bound(
        members.begin(), members.end(), field.text,
        [&](std::uint32_t member, std::string_view name) { return tape.at(member).key < name; });
    const bool is_member = found != members.end() && tape.at(*found).key == field.text;
    if (field.type != JsonType::string || !is_member) {
      return false;
    }
    chosen.push(static_cast<std::uint32_t>(found - members.begin()));
  }
  return true;
}

void append_object(std::string& out, const JsonTape& tape, std::span<const std::uint32_t> members) {
  out += '{';
  for (const std::uint32_t member : members) {
    if (out.size() > 1) {
      out += ", ";
    }
    append_json_string(out, tape.at(member).key, true);
    out += ": ";
    append_canonical_value(out, tape.at(member));
  }
  out += '}';
}

// Keeps only the named members, still in order; a field named twice counts once.
bool keep_fields(Members& members, const JsonTape& tape, std::uint32_t fields) {
  Members chosen;
  const std::span<const std::uint32_t> all = members.all();
  if (!tape.at(fields).is_expanded || !choose_members(chosen, tape, all, fields)) {
    return false;
  }
  const std::span<std::uint32_t> places = chosen.all();
  std::sort(places.begin(), places.end());
  Members kept;
  for (auto place = places.begin(); place != places.end(); ++place) {
    if (place == places.begin() || *place != *std::prev(place)) {
      kept.push(all[*place]);
    }
  }
  members = std::move(kept);
  return true;
}

} // namespace

std::optional<Sha256::Digest> content_hash(const JsonTape& tape, std::uint32_t object,
                                           std::uint32_t fields, std::string& scratch) {
  Members members;
  collect_members(members, tape, object);
  // An empty list of fields means all, as the old worker reads it.
  const bool is_all =
      fields == k_no_node || (tape.at(fields).is_expanded && tape.at(fields).child_count == 0);
  if (!is_all && !keep_fields(members, tape, fields)) {
    return std::nullopt;
  }
  scratch.clear();
  append_object(scratch, tape, members.all());
  return sha256(scratch);
}

} // namespace menacedb
