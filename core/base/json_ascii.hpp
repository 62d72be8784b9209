#pragma once

#include <string>
#include <string_view>

namespace menacedb {

// \uXXXX in lower case; two of them for code points beyond 16 bits.
void append_json_escape(std::string& out, char32_t code);
// The escape of a quote, a backslash or a control character: the short form where there is one.
void append_json_ascii_escape(std::string& out, char c);
// The digits of a finite number d.ddd × 10^exponent in the layout of Python's repr.
void append_python_layout(std::string& out, std::string_view digits, int exponent);

} // namespace menacedb
