// Reads JSON texts, one a line, and prints for each its canonical form, the SHA-256 of that and its
// Python form, TAB-separated, or "fault" and the code. differential_python.py compares them with
// what Python itself makes of the same lines.
#include "core/base/hash.hpp"
#include "core/base/json.hpp"
#include "core/base/json_text.hpp"
#include "core/model/entry.hpp"
#include "core/store/content_hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace menacedb;

std::string read_all(std::FILE* file) {
  std::string text;
  std::array<char, 65536> buffer;
  std::size_t count = 0;
  while ((count = std::fread(buffer.data(), 1, buffer.size(), file)) > 0) {
    text.append(buffer.data(), count);
  }
  return text;
}

std::string answer_to(JsonTape& tape, std::string_view line) {
  tape.clear();
  const auto parsed = tape.parse(line);
  if (parsed.fault) {
    return fmt::format("fault\t{}\t{}", parsed.fault->code, parsed.fault->message);
  }
  std::string canonical;
  append_canonical_json(canonical, line);
  std::string python;
  append_python_json(python, line);
  const std::string hex = sha256_hex(canonical);
  if (tape.at(parsed.root).type == JsonType::object) {
    // The hash is made from the tape, not from the text: it has to see the same.
    std::string hashed;
    const auto digest = content_hash(tape, parsed.root, k_no_node, hashed);
    if (!digest || to_hex(*digest) != hex || hashed != canonical) {
      return fmt::format("mismatch\t{}\t{}", hashed, canonical);
    }
  }
  return fmt::format("{}\t{}\t{}", canonical, hex, python);
}

} // namespace

int main() {
  const std::string input = read_all(stdin);
  std::string_view left = input;
  JsonTape tape;
  std::string output;
  while (!left.empty()) {
    const std::string_view line = left.substr(0, left.find('\n'));
    output += answer_to(tape, line);
    output += '\n';
    left.remove_prefix(std::min(left.size(), line.size() + 1));
  }
  const bool is_written = std::fwrite(output.data(), 1, output.size(), stdout) == output.size();
  return is_written && std::fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
