#include "tests/fuzz/reference_json.hpp"

#include "core/base/text.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <vector>

namespace menacedb::fuzz {

void ValueNotes::word(std::string_view word) {
  m_text.append(word).push_back(' ');
}

void ValueNotes::word(char kind, std::string_view text) {
  m_text += kind;
  word(text);
}

void ValueNotes::real(double value) {
  word('r', std::to_string(std::bit_cast<std::uint64_t>(value)));
}

void ValueNotes::string(std::string_view text) {
  word('s', encode_base64(text));
}

void ValueNotes::name(std::string_view text) {
  word('k', encode_base64(text));
}

namespace {

// Takes RapidJSON's events. Numbers come as text, since its own reading of them is not the
// reference: strtod is.
class Handler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Handler> {
public:
  explicit Handler(Reference& reference) : m_reference(reference) {}

  bool Null() { return note("null"); }
  bool Bool(bool truth) { return note(truth ? "true" : "false"); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    const std::string number(text, length);
    if (number.find_first_of(".eE") == std::string::npos) {
      return note(number == "-0" ? "0" : number);
    }
    const double value = std::strtod(number.c_str(), nullptr);
    m_notes.real(value);
    return std::isfinite(value);
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    m_notes.string({text, length});
    return is_valid_utf8({text, length}); // it lets half a surrogate pair pass
  }
  bool StartObject() { return open("{"); }
  bool EndObject(rapidjson::SizeType) { return close("}"); }
  bool StartArray() { return open("["); }
  bool EndArray(rapidjson::SizeType) { return close("]"); }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    const std::string name(text, length);
    m_notes.name(name);
    Names& names = m_names.back();
    if (!names.exact.insert(name).second) {
      m_reference.has_equal_names = true;
    }
    if (!names.folded.insert(to_lower(name)).second) {
      m_reference.case_level = std::min(m_reference.case_level, m_names.size() - 1);
    }
    return is_valid_utf8(name);
  }

  std::string& notes() { return m_notes.text(); }

private:
  struct Names {
    std::set<std::string> exact;
    std::set<std::string> folded;
  };

  bool note(std::string_view word) {
    m_notes.word(word);
    return true;
  }
  bool open(std::string_view bracket) {
    m_names.emplace_back();
    m_reference.levels = std::max(m_reference.levels, m_names.size());
    return note(bracket);
  }
  bool close(std::string_view bracket) {
    m_names.pop_back();
    return note(bracket);
  }

  Reference& m_reference;
  ValueNotes m_notes;
  std::vector<Names> m_names;
};

} // namespace

Reference read_by_rapidjson(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  constexpr unsigned flags = rapidjson::kParseValidateEncodingFlag |
                             rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag;
  Reference reference;
  if (text.find('\0') != std::string_view::npos) {
    return reference; // for RapidJSON it is the end; JSON has no place for it
  }
  if (text.starts_with(byte_order_mark)) {
    text.remove_prefix(byte_order_mark.size());
  }
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  Handler handler(reference);
  const rapidjson::ParseResult result = reader.Parse<flags>(stream, handler);
  reference.is_accepted = !result.IsError();
  reference.is_undecided = result.Code() == rapidjson::kParseErrorNumberTooBig;
  reference.values = std::move(handler.notes());
  return reference;
}

} // namespace menacedb::fuzz
