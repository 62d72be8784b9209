#include "core/engine/drain/replay_line.hpp"

#include "core/base/json.hpp"
#include "core/base/json_text.hpp"
#include "core/model/batch.hpp"
#include "core/queue/codec.hpp"

namespace menacedb {
namespace {

bool is_key(const JsonValue& member) {
  return member.key == "key" && member.type == JsonType::string && !member.text.empty();
}

// All members but `key`, their values as they were written; then the new key, unless it is empty.
std::string rewrite(const JsonTape& tape, std::uint32_t root, std::string_view key) {
  JsonWriter line;
  line.begin_object();
  std::uint32_t node = root + 1;
  for (std::uint32_t i = 0; i < tape.at(root).child_count; ++i, node = tape.next_sibling(node)) {
    if (tape.at(node).key != "key") {
      line.key(tape.at(node).key).raw(tape.at(node).raw);
    }
  }
  if (!key.empty()) {
    line.member("key", key);
  }
  return line.end_object().take();
}

} // namespace

std::optional<ReplayLine> read_replay_line(std::string_view line) {
  Batch batch;
  if (!decode_line(batch, line, 0, line.size() + 1, k_no_slice, {})) {
    return std::nullopt;
  }
  const Entry& entry = batch.entries.front();
  if (entry.fault >= 0) {
    return std::nullopt;
  }
  return ReplayLine{std::string(entry.id), std::string(entry.table), std::string(entry.origin)};
}

std::string with_replay_key(std::string_view line, std::string_view key) {
  JsonTape tape;
  const std::uint32_t root = tape.parse(line, 1).root;
  std::uint32_t node = root + 1;
  for (std::uint32_t i = 0; i < tape.at(root).child_count; ++i, node = tape.next_sibling(node)) {
    if (is_key(tape.at(node))) {
      return std::string(tape.at(root).raw);
    }
  }
  return rewrite(tape, root, key);
}

std::string without_key(std::string_view line) {
  JsonTape tape;
  return rewrite(tape, tape.parse(line, 1).root, {});
}

} // namespace menacedb
