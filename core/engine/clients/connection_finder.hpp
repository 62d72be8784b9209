#pragma once

#include "core/engine/clients/source_language.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// A place in a source file that opens a SQLite database itself.
struct DirectConnection {
  std::size_t offset = 0;
  std::string pattern; // what was recognised: "sqlite3.connect"
};

// In the order of the text, several on a line. `masked` is the text as mask_source() made it.
[[nodiscard]] std::vector<DirectConnection>
find_connections(std::string_view text, std::string_view masked, Language language);

// A quick look that never misses: false means that there is none.
[[nodiscard]] bool may_connect(std::string_view text) noexcept;

// One language each; used by find_connections().
void find_in_python(std::string_view text, std::string_view masked,
                    std::vector<DirectConnection>& found);
void find_in_shell(std::string_view text, std::string_view masked,
                   std::vector<DirectConnection>& found);

} // namespace menacedb
