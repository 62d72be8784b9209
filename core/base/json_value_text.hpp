#pragma once

#include "core/base/json.hpp"

#include <string>

namespace menacedb {

// A parsed value as append_python_json or append_canonical_json writes its text; what the tape
// knows of it already is not parsed again.
void append_python_value(std::string& out, const JsonValue& value);
void append_canonical_value(std::string& out, const JsonValue& value);

} // namespace menacedb
