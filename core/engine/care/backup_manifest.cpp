#include "core/engine/care/backup_manifest.hpp"

#include "core/base/json.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <functional>

namespace menacedb {
namespace {

constexpr std::string_view k_schema = "menacedb.backup-manifest/1";
constexpr unsigned k_depth = 6; // of the deepest member, a number in an interval of the ledger

void write_ledger(JsonWriter& json, const std::vector<SpoolPosition>& ledger) {
  json.key("ledger").begin_array();
  for (const SpoolPosition& position : ledger) {
    json.begin_object().member("spool", std::string_view(position.spool));
    json.key("settled").begin_array();
    for (const SpoolPosition::Interval& interval : position.settled) {
      json.begin_array().value(interval.first).value(interval.last).end_array();
    }
    json.end_array().key("segments").begin_array();
    for (const SpoolPosition::UnderWay& segment : position.under_way) {
      json.begin_object().member("segment", segment.segment);
      json.member("decided", segment.decided).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

// Reads members of JSON objects; what is missing or of another type reads as nothing.
class Reader {
public:
  explicit Reader(const JsonTape& tape) : m_tape(tape) {}

  [[nodiscard]] std::string text(std::uint32_t object, std::string_view name) const {
    const auto node = member(object, name, JsonType::string);
    return node ? std::string(m_tape.at(*node).text) : std::string();
  }
  [[nodiscard]] std::uint64_t number(std::uint32_t object, std::string_view name) const {
    const auto node = member(object, name, JsonType::integer);
    return node ? number_at(*node) : 0;
  }
  [[nodiscard]] bool truth(std::uint32_t object, std::string_view name) const {
    const auto node = member(object, name, JsonType::boolean);
    return node && m_tape.at(*node).boolean;
  }
  void each(std::uint32_t object, std::string_view name,
            const std::function<void(std::uint32_t node)>& visit) const {
    if (const auto array = member(object, name, JsonType::array)) {
      each_element(*array, visit);
    }
  }
  [[nodiscard]] SpoolPosition position(std::uint32_t object) const {
    SpoolPosition position;
    position.spool = text(object, "spool");
    each(object, "settled", [&](std::uint32_t interval) {
      std::vector<std::uint64_t> ends;
      each_element(interval, [&](std::uint32_t end) { ends.push_back(number_at(end)); });
      if (ends.size() == 2) {
        position.settled.push_back({ends[0], ends[1]});
      }
    });
    each(object, "segments", [&](std::uint32_t segment) {
      position.under_way.push_back({number(segment, "segment"), number(segment, "decided"), 0});
    });
    return position;
  }

private:
  [[nodiscard]] std::optional<std::uint32_t> member(std::uint32_t object, std::string_view name,
                                                    JsonType type) const {
    if (m_tape.at(object).type != JsonType::object || !m_tape.at(object).is_expanded) {
      return std::nullopt;
    }
    const auto node = m_tape.find(object, name);
    return node && m_tape.at(*node).type == type ? node : std::nullopt;
  }
  void each_element(std::uint32_t array,
                    const std::function<void(std::uint32_t node)>& visit) const {
    const JsonValue& value = m_tape.at(array);
    if (value.type != JsonType::array || !value.is_expanded) {
      return;
    }
    std::uint32_t node = array + 1;
    for (std::uint32_t i = 0; i < value.child_count; ++i, node = m_tape.next_sibling(node)) {
      visit(node);
    }
  }
  [[nodiscard]] std::uint64_t number_at(std::uint32_t node) const {
    const JsonValue& value = m_tape.at(node);
    return value.type == JsonType::integer
               ? static_cast<std::uint64_t>(std::max<std::int64_t>(value.integer, 0))
               : 0;
  }

  const JsonTape& m_tape;
};

std::optional<BackupManifest> decode_json(std::string_view text) {
  JsonTape tape;
  const JsonTape::Parsed parsed = tape.parse(text, k_depth);
  const Reader reader(tape);
  if (parsed.fault ||
      !reader.text(parsed.root, "schema").starts_with("menacedb.backup-manifest/")) {
    return std::nullopt;
  }
  const std::uint32_t root = parsed.root;
  BackupManifest manifest;
  manifest.files.push_back(reader.text(root, "file"));
  manifest.source = reader.text(root, "source");
  manifest.reason = reader.text(root, "reason");
  manifest.created_at = parse_instant(reader.text(root, "created_at"));
  manifest.is_verified = reader.truth(root, "verified");
  manifest.bytes = reader.number(root, "bytes");
  manifest.sha256 = reader.text(root, "sha256");
  if (const std::string hash = reader.text(root, "content_sha256"); !hash.empty()) {
    manifest.content = {reader.number(root, "content_bytes"), hash};
  }
  manifest.sqlite_version = reader.text(root, "sqlite_version");
  reader.each(root, "ledger",
              [&](std::uint32_t node) { manifest.ledger.push_back(reader.position(node)); });
  return manifest;
}

// "# Reason: manual" as its word and the rest.
void read_old_comment(std::string_view line, BackupManifest& manifest) {
  line.remove_prefix(1);
  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string word = to_lower(trim(line.substr(0, colon)));
  const std::string_view rest = trim(line.substr(std::min(colon + 1, line.size())));
  if (word.find("created") != std::string::npos) {
    manifest.created_at = parse_instant(rest);
  } else if (word.find("reason") != std::string::npos) {
    manifest.reason = rest;
  } else if (word.find("source") != std::string::npos) {
    manifest.source = rest;
  }
}

std::optional<BackupManifest> decode_old(std::string_view text) {
  BackupManifest manifest;
  manifest.is_old = true;
  for (const std::string& line : split_list(text, '\n')) {
    if (line.starts_with('#')) {
      read_old_comment(line, manifest);
    } else if (line.find('/') != std::string::npos || !is_valid_utf8(line)) {
      return std::nullopt; // it names files beside itself, and nothing else
    } else {
      manifest.files.push_back(line);
    }
  }
  return manifest.files.empty() ? std::nullopt : std::optional(std::move(manifest));
}

} // namespace

std::string manifest_path(const std::string& backup_path) {
  return backup_path + ".manifest";
}

std::string encode_manifest(const BackupManifest& manifest) {
  JsonWriter json;
  json.begin_object().member("schema", k_schema);
  json.member("file", std::string_view(manifest.files.front()));
  json.member("source", std::string_view(manifest.source));
  json.member("reason", std::string_view(manifest.reason));
  json.key("created_at");
  manifest.created_at ? json.value(std::string_view(format_instant(*manifest.created_at)))
                      : json.null();
  json.member("verified", manifest.is_verified);
  json.member("bytes", manifest.bytes);
  json.member("sha256", std::string_view(manifest.sha256));
  if (manifest.content) {
    json.member("content_bytes", manifest.content->bytes);
    json.member("content_sha256", std::string_view(manifest.content->sha256));
  }
  json.member("sqlite_version", std::string_view(manifest.sqlite_version));
  write_ledger(json, manifest.ledger);
  json.end_object();
  return json.take() + '\n';
}

std::optional<BackupManifest> decode_manifest(std::string_view text) {
  const std::string_view content = trim(text);
  if (content.starts_with('{')) {
    return decode_json(content);
  }
  return content.starts_with('#') ? decode_old(content) : std::nullopt;
}

} // namespace menacedb
