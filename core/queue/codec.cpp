#include "core/queue/codec.hpp"

#include <algorithm>
#include <cmath>

namespace menacedb {

namespace {

// The members of a line that mean something.
struct Members {
  std::uint32_t record = k_no_node;
  std::uint32_t data = k_no_node;
  std::uint32_t values = k_no_node;
  std::uint32_t table = k_no_node;
  std::uint32_t menace_id = k_no_node;
  std::uint32_t source_menace_id = k_no_node;
  std::uint32_t op = k_no_node;
  std::uint32_t id = k_no_node;
  std::uint32_t key = k_no_node;
  std::uint32_t key_fields = k_no_node;
  std::uint32_t hash_fields = k_no_node;
  std::uint32_t not_before = k_no_node;
  std::uint32_t created_at = k_no_node;
  std::uint32_t sql = k_no_node;
  std::uint32_t params = k_no_node;
  std::uint32_t db = k_no_node;
  std::uint32_t operation = k_no_node;
  std::uint32_t retries = k_no_node;
  std::uint32_t seq = k_no_node;

  // By length first: this runs for every member of every line.
  std::uint32_t* slot(std::string_view name) noexcept {
    switch (name.size()) {
    case 2:
      return name == "op" ? &op : name == "id" ? &id : name == "db" ? &db : nullptr;
    case 3:
      return name == "key" ? &key : name == "sql" ? &sql : name == "seq" ? &seq : nullptr;
    case 4:
      return name == "data" ? &data : nullptr;
    case 5:
      return name == "table" ? &table : nullptr;
    case 6:
      return name == "record"   ? &record
             : name == "values" ? &values
             : name == "params" ? &params
                                : nullptr;
    case 7:
      return name == "retries" ? &retries : nullptr;
    case 9:
      return name == "menace_id" ? &menace_id : name == "operation" ? &operation : nullptr;
    case 10:
      return name == "created_at"   ? &created_at
             : name == "key_fields" ? &key_fields
             : name == "not_before" ? &not_before
                                    : nullptr;
    case 11:
      return name == "hash_fields" ? &hash_fields : nullptr;
    case 16:
      return name == "source_menace_id" ? &source_menace_id : nullptr;
    default:
      return nullptr;
    }
  }
};

Members find_members(const JsonTape& tape, std::uint32_t root) {
  Members members;
  std::uint32_t node = root + 1;
  for (std::uint32_t i = 0; i < tape.at(root).child_count; ++i) {
    if (std::uint32_t* const slot = members.slot(tape.at(node).key)) {
      *slot = node;
    }
    node = tape.next_sibling(node);
  }
  return members;
}

// As Python sees it.
bool is_truthy(const JsonTape& tape, std::uint32_t node) {
  if (node == k_no_node) {
    return false;
  }
  const JsonValue& value = tape.at(node);
  switch (value.type) {
  case JsonType::null:
    return false;
  case JsonType::boolean:
    return value.boolean;
  case JsonType::integer:
    return value.integer != 0;
  case JsonType::big_integer:
    return true;
  case JsonType::real:
    return value.real != 0;
  case JsonType::string:
    return !value.text.empty();
  case JsonType::array:
  case JsonType::object:
    return value.child_count != 0 || !value.is_expanded;
  }
  return false;
}

bool is_number(const JsonValue& value) {
  return value.type == JsonType::integer || value.type == JsonType::big_integer ||
         value.type == JsonType::real;
}

// `record` if truthy, else `data`; the old reader knew no `values` and destroyed such lines.
std::uint32_t payload_of(const JsonTape& tape, const Members& members) {
  if (is_truthy(tape, members.record)) {
    return members.record;
  }
  if (is_truthy(tape, members.data) || members.values == k_no_node) {
    return members.data;
  }
  return members.values;
}

std::optional<Instant> instant_of(const JsonValue& value) {
  if (value.type == JsonType::string) {
    return parse_instant(value.text);
  }
  if (value.type == JsonType::integer) {
    constexpr std::int64_t k_latest = 253'402'300'799; // the last second of the year 9999
    if (value.integer < -k_latest || value.integer > k_latest) {
      return std::nullopt;
    }
    return Instant(std::chrono::seconds(value.integer));
  }
  if (value.type == JsonType::real && std::abs(value.real) < 253'402'300'800.0) {
    return Instant(Duration(std::llround(value.real * 1e6)));
  }
  return std::nullopt;
}

struct Problem {
  std::string_view code;
  std::string message;
};

Problem bad_field(std::string_view name, std::string_view expected) {
  std::string message = "'";
  message.append(name).append("' is not ").append(expected);
  return {"bad-field", std::move(message)};
}

// Reads the members into an entry, one after another; stops at the first problem.
class LineReading {
public:
  LineReading(const JsonTape& tape, const Members& members, Entry& entry)
      : m_tape(tape), m_members(members), m_entry(entry) {}

  std::optional<Problem> read() {
    // The table first: messages and filters name it even when the rest is wrong.
    const bool has_table = is_text(m_members.table) && is_truthy(m_tape, m_members.table);
    if (has_table) {
      m_entry.table = m_tape.at(m_members.table).text;
    }
    if (auto problem = read_texts()) {
      return problem;
    }
    if (is_present(m_members.sql)) {
      return read_sql();
    }
    const std::uint32_t payload = payload_of(m_tape, m_members);
    if (!has_table || payload == k_no_node || m_tape.at(payload).type != JsonType::object) {
      return Problem{"missing-table-or-record", "missing table or record"};
    }
    m_entry.data = payload;
    if (auto problem = read_op()) {
      return problem;
    }
    if (auto problem = read_names(m_members.hash_fields, "hash_fields", m_entry.hash_fields)) {
      return problem;
    }
    if (auto problem = read_names(m_members.key_fields, "key_fields", m_entry.key_fields)) {
      return problem;
    }
    return read_times();
  }

private:
  [[nodiscard]] bool is_present(std::uint32_t node) const {
    return node != k_no_node && m_tape.at(node).type != JsonType::null;
  }
  [[nodiscard]] bool is_text(std::uint32_t node) const {
    return node != k_no_node && m_tape.at(node).type == JsonType::string;
  }

  std::optional<Problem> read_text(std::uint32_t node, std::string_view name,
                                   std::string_view& text) {
    if (!is_present(node)) {
      return std::nullopt;
    }
    const JsonValue& value = m_tape.at(node);
    if (value.type != JsonType::string && !is_number(value)) {
      return bad_field(name, "text");
    }
    text = value.type == JsonType::string ? value.text : value.raw;
    return std::nullopt;
  }

  std::optional<Problem> read_texts() {
    if (auto problem = read_text(m_members.id, "id", m_entry.id)) {
      return problem;
    }
    if (auto problem = read_text(m_members.key, "key", m_entry.key)) {
      return problem;
    }
    read_marks();
    if (is_truthy(m_tape, m_members.menace_id)) {
      return read_text(m_members.menace_id, "menace_id", m_entry.origin);
    }
    if (is_truthy(m_tape, m_members.source_menace_id)) {
      return read_text(m_members.source_menace_id, "source_menace_id", m_entry.origin);
    }
    return std::nullopt;
  }

  // What says nothing about what to apply: a wrong one is passed over.
  void read_marks() {
    if (is_text(m_members.operation)) {
      m_entry.operation = m_tape.at(m_members.operation).text;
    }
    if (is_text(m_members.seq)) {
      m_entry.sequence = m_tape.at(m_members.seq).text;
    }
    if (m_members.retries != k_no_node) {
      const JsonValue& retries = m_tape.at(m_members.retries);
      if (retries.type == JsonType::integer && retries.integer > 0) {
        m_entry.attempts =
            static_cast<std::uint32_t>(std::min<std::int64_t>(retries.integer, 1'000'000));
      }
    }
  }

  std::optional<Problem> read_sql() {
    m_entry.table = {};
    if (!is_text(m_members.sql)) {
      return bad_field("sql", "text");
    }
    m_entry.sql = m_tape.at(m_members.sql).text;
    if (is_blank_line(m_entry.sql)) {
      return Problem{"sql-empty", "the SQL is empty"};
    }
    if (is_present(m_members.params)) {
      const JsonValue& list = m_tape.at(m_members.params);
      if (list.type != JsonType::array || !list.is_expanded) {
        return bad_field("params", "a list of values");
      }
      m_entry.params = m_members.params;
    }
    if (auto problem = read_text(m_members.db, "db", m_entry.db)) {
      return problem;
    }
    return read_times();
  }

  std::optional<Problem> read_op() {
    if (!is_present(m_members.op)) {
      return std::nullopt;
    }
    const auto op =
        is_text(m_members.op) ? parse_op(m_tape.at(m_members.op).text) : std::optional<Op>();
    if (!op) {
      std::string message = "unknown operation ";
      message.append(m_tape.at(m_members.op).raw.substr(0, 100));
      return Problem{"unknown-op", std::move(message)};
    }
    m_entry.op = *op;
    return std::nullopt;
  }

  // An empty list is none: the old reader takes all fields then.
  std::optional<Problem> read_names(std::uint32_t node, std::string_view name,
                                    std::uint32_t& target) {
    if (!is_truthy(m_tape, node)) {
      return std::nullopt;
    }
    const JsonValue& list = m_tape.at(node);
    if (list.type != JsonType::array || !list.is_expanded) {
      return bad_field(name, "a list of names");
    }
    std::uint32_t element = node + 1;
    for (std::uint32_t i = 0; i < list.child_count; ++i) {
      if (!is_text(element)) {
        return bad_field(name, "a list of names");
      }
      element = m_tape.next_sibling(element);
    }
    target = node;
    return std::nullopt;
  }

  std::optional<Problem> read_times() {
    if (is_present(m_members.created_at)) {
      m_entry.created_at = instant_of(m_tape.at(m_members.created_at));
    }
    if (is_present(m_members.not_before)) {
      m_entry.not_before = instant_of(m_tape.at(m_members.not_before));
      if (!m_entry.not_before) {
        return bad_field("not_before", "a time");
      }
    }
    return std::nullopt;
  }

  const JsonTape& m_tape;
  const Members& m_members;
  Entry& m_entry;
};

} // namespace

bool is_blank_line(std::string_view line) noexcept {
  return line.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

void set_fault(Batch& batch, Entry& entry, std::string_view code, std::string message) {
  entry.fault = static_cast<std::int32_t>(batch.faults.size());
  batch.faults.push_back({std::string(code), std::move(message)});
}

namespace {

void share(std::string_view& word, std::string_view like) {
  if (word == like) {
    word = like;
  }
}

// The words that rows have in common are looked at again for each row when it is applied, perhaps
// on another processor: those of the first row then stay in its cache, those of each line would
// not.
void share_words(JsonTape& tape, Entry& entry, const Entry& like) {
  share(entry.table, like.table);
  share(entry.origin, like.origin);
  if (entry.data != k_no_node && like.data != k_no_node) {
    tape.share_names(entry.data, like.data);
  }
}

} // namespace

bool decode_line(Batch& batch, std::string_view line, Bytes offset, Bytes length,
                 std::uint32_t slice, std::string_view lane_origin) {
  if (is_blank_line(line)) {
    return false;
  }
  Entry& entry = batch.entries.emplace_back();
  entry.line = line;
  entry.offset = offset;
  entry.length = length;
  entry.slice = slice;
  entry.origin = lane_origin;
  auto parsed = batch.tape.parse(line, 2);
  if (parsed.fault) {
    set_fault(batch, entry, parsed.fault->code, std::move(parsed.fault->message));
    return true;
  }
  if (batch.tape.at(parsed.root).type != JsonType::object) {
    set_fault(batch, entry, "not-an-object", "the line is JSON, but not an object");
    return true;
  }
  const Members members = find_members(batch.tape, parsed.root);
  if (auto problem = LineReading(batch.tape, members, entry).read()) {
    set_fault(batch, entry, problem->code, std::move(problem->message));
  } else if (batch.entries.size() > 1) {
    share_words(batch.tape, entry, batch.entries[batch.entries.size() - 2]);
  }
  return true;
}

} // namespace menacedb
