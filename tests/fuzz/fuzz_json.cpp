// Compares JsonTape with RapidJSON over mutated texts, and checks what holds for every accepted
// text. usage: fuzz_json [ITERATIONS [SEED]]
#include "core/base/json.hpp"
#include "core/base/json_text.hpp"
#include "core/base/text.hpp"
#include "tests/fuzz/json_mutator.hpp"
#include "tests/fuzz/reference_json.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace menacedb;
using namespace menacedb::fuzz;

constexpr unsigned k_everything = 1000;

void note_value(ValueNotes& notes, const JsonTape& tape, std::uint32_t index);

void note_children(ValueNotes& notes, const JsonTape& tape, std::uint32_t index) {
  const JsonValue& container = tape.at(index);
  const bool is_object = container.type == JsonType::object;
  notes.word(is_object ? "{" : "[");
  const std::uint32_t end = index + container.node_count;
  for (std::uint32_t i = index + 1; i < end; i = tape.next_sibling(i)) {
    if (is_object) {
      notes.name(tape.at(i).key);
    }
    note_value(notes, tape, i);
  }
  notes.word(is_object ? "}" : "]");
}

void note_value(ValueNotes& notes, const JsonTape& tape, std::uint32_t index) {
  const JsonValue& value = tape.at(index);
  switch (value.type) {
  case JsonType::null:
    return notes.word("null");
  case JsonType::boolean:
    return notes.word(value.boolean ? "true" : "false");
  case JsonType::integer:
    return notes.word(fmt::format("{}", value.integer));
  case JsonType::big_integer:
    return notes.word(value.raw);
  case JsonType::real:
    return notes.real(value.real);
  case JsonType::string:
    return notes.string(value.text);
  case JsonType::array:
  case JsonType::object:
    return note_children(notes, tape, index);
  }
}

// The values of a text, or the fault's code.
std::string values_of(JsonTape& tape, std::string_view text) {
  tape.clear();
  const auto parsed = tape.parse(text, k_everything);
  if (parsed.fault) {
    return std::string(parsed.fault->code);
  }
  ValueNotes notes;
  note_value(notes, tape, parsed.root);
  return std::move(notes.text());
}

bool should_accept(const Reference& reference, unsigned expand_depth) {
  return reference.is_accepted && !reference.has_equal_names && reference.levels <= 1000 &&
         (reference.case_level == Reference::k_no_level || reference.case_level >= expand_depth);
}

// Why the two do not agree, or nothing.
std::string disagreement(JsonTape& tape, std::string_view text, const Reference& reference) {
  for (const unsigned depth : {0U, 1U, 2U, k_everything}) {
    tape.clear();
    const auto parsed = tape.parse(text, depth);
    if (parsed.fault.has_value() == should_accept(reference, depth)) {
      return fmt::format("depth {}: {}", depth, parsed.fault ? parsed.fault->message : "accepted");
    }
    if (parsed.fault && parsed.fault->offset > text.size()) {
      return "fault beyond the text";
    }
  }
  if (should_accept(reference, k_everything) && values_of(tape, text) != reference.values) {
    return fmt::format("values {} for {}", values_of(tape, text), reference.values);
  }
  return {};
}

std::string broken_promise(JsonTape& tape, std::string_view text) {
  std::string python;
  append_python_json(python, text);
  std::string again;
  append_python_json(again, python);
  if (again != python) {
    return fmt::format("Python form of {} is {}", python, again);
  }
  std::string canonical;
  append_canonical_json(canonical, text);
  std::string from_python;
  append_canonical_json(from_python, python);
  if (from_python != canonical) {
    return fmt::format("canonical form {} but by way of Python's {}", canonical, from_python);
  }
  tape.clear();
  if (const auto fault = tape.parse(canonical, 0).fault) {
    return fmt::format("canonical form {}: {}", canonical, fault->message);
  }
  return {};
}

// Any bytes survive the way into a JSON string and out again when they are UTF-8.
std::string broken_string(JsonTape& tape, std::string_view text) {
  for (const bool ascii : {true, false}) {
    std::string json;
    append_json_string(json, text, ascii);
    tape.clear();
    const auto parsed = tape.parse(json);
    if (parsed.fault || (is_valid_utf8(text) && tape.at(parsed.root).text != text)) {
      return fmt::format("as a string it is {}", json);
    }
  }
  return {};
}

std::string trouble_with(JsonTape& tape, std::string_view text, const Reference& reference) {
  std::string trouble = reference.is_undecided ? "" : disagreement(tape, text, reference);
  if (trouble.empty()) {
    trouble = broken_string(tape, text);
  }
  if (trouble.empty() && should_accept(reference, 0)) {
    trouble = broken_promise(tape, text);
  }
  return trouble;
}

} // namespace

int main(int argc, char** argv) {
  const std::uint64_t iterations = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  JsonMutator mutator(seed);
  JsonTape tape;
  std::uint64_t accepted = 0;
  for (std::uint64_t i = 0; i < iterations; ++i) {
    const std::string text = mutator.next();
    // A copy of exactly this size, so that a sanitizer sees a read beyond it.
    const std::vector<char> exact(text.begin(), text.end());
    const std::string_view view(exact.data(), exact.size());
    const Reference reference = read_by_rapidjson(view);
    const std::string trouble = trouble_with(tape, view, reference);
    if (!trouble.empty()) {
      fmt::print(stderr, "seed {}, text {}: {}\n{}\nbase64: {}\n", seed, i, printable(trouble),
                 printable(text), encode_base64(text));
      return EXIT_FAILURE;
    }
    accepted += reference.is_accepted ? 1 : 0;
  }
  fmt::print("{} texts agree, {} of them JSON, seed {}\n", iterations, accepted, seed);
  return EXIT_SUCCESS;
}
