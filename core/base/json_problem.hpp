#pragma once

#include <string_view>

namespace menacedb {

// What can be wrong with a JSON text. Scanning functions return a pointer to one of these, or none.
struct JsonProblem {
  std::string_view code;
  std::string_view text;
};

namespace json_problem {

inline constexpr JsonProblem k_value{"json-syntax", "expected a value"};
inline constexpr JsonProblem k_name{"json-syntax", "expected a member name in quotes"};
inline constexpr JsonProblem k_colon{"json-syntax", "expected ':'"};
inline constexpr JsonProblem k_object_end{"json-syntax", "expected ',' or '}'"};
inline constexpr JsonProblem k_array_end{"json-syntax", "expected ',' or ']'"};
inline constexpr JsonProblem k_cut{"json-syntax", "the text ends too early"};
inline constexpr JsonProblem k_cut_string{"json-syntax", "the text ends inside a string"};
inline constexpr JsonProblem k_control{"json-syntax", "control character in a string"};
inline constexpr JsonProblem k_escape{"json-syntax", "bad escape in a string"};
inline constexpr JsonProblem k_digit{"json-syntax", "expected a digit"};
inline constexpr JsonProblem k_leading_zero{"json-syntax", "number with a leading zero"};
inline constexpr JsonProblem k_nul{"json-syntax", "NUL byte after the value"};
inline constexpr JsonProblem k_too_long{"json-syntax", "the text is longer than 512 MiB"};
inline constexpr JsonProblem k_utf8{"json-utf8", "bytes that are not UTF-8"};
inline constexpr JsonProblem k_surrogate{"json-utf8", "half of a surrogate pair"};
inline constexpr JsonProblem k_range{"json-number", "number beyond the range of a double"};
inline constexpr JsonProblem k_duplicate{"json-duplicate-key", "member name appears twice"};
inline constexpr JsonProblem k_depth{"json-depth", "more than 1000 levels"};
inline constexpr JsonProblem k_trailing{"json-trailing", "bytes after the value"};
inline constexpr JsonProblem k_members{"json-members", "more than 32766 members or elements"};

} // namespace json_problem

} // namespace menacedb
