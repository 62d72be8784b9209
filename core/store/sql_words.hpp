#pragma once

#include <cstddef>
#include <string_view>

namespace menacedb {

// How often a word or name stands in SQL, in any case and however it is quoted, but not in
// comments. A name that qualifies another one (bots.name) is not counted.
[[nodiscard]] std::size_t count_sql_word(std::string_view sql, std::string_view word);

} // namespace menacedb
