#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace menacedb::fuzz {

// What RapidJSON makes of a text, under the rules of JsonTape that RapidJSON does not have.
struct Reference {
  bool is_accepted = false; // by the grammar, the encoding and the range of numbers
  // RapidJSON refuses any large exponent, also that of a zero: nothing follows from it.
  bool is_undecided = false;
  bool has_equal_names = false;
  std::size_t levels = 0;
  // The outermost level on which two names differ only in ASCII case, or none.
  static constexpr std::size_t k_no_level = SIZE_MAX;
  std::size_t case_level = k_no_level;
  std::string values; // all of them in a plain notation: see ValueNotes
};

[[nodiscard]] Reference read_by_rapidjson(std::string_view text);

// The notation in which the values of two parsers are compared.
class ValueNotes {
public:
  void word(std::string_view word);
  void word(char kind, std::string_view text);
  void real(double value); // by its bits
  void string(std::string_view text);
  void name(std::string_view text);

  [[nodiscard]] std::string& text() noexcept { return m_text; }

private:
  std::string m_text;
};

} // namespace menacedb::fuzz
