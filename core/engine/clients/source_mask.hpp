#pragma once

#include "core/engine/clients/source_language.hpp"

#include <string>
#include <string_view>

namespace menacedb {

// In masked text: a byte of a string's content, and one of a comment.
inline constexpr char k_in_string = '\x01';
inline constexpr char k_in_comment = '\x02';

// The text with the content of strings and comments replaced byte by byte, so that what is left is
// code and stands where it stood. Newlines and quotes stay. This is no parser: where a language is
// ambiguous (a regular expression with a quote in it), the mistake ends with the line.
[[nodiscard]] std::string mask_source(std::string_view text, Language language);

} // namespace menacedb
