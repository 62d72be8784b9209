#pragma once

#include "core/engine/context.hpp"
#include "core/engine/retention.hpp"
#include "core/queue/dead_letters.hpp"

#include <string>
#include <string_view>

namespace menacedb {

// What the `retain` hook is told of an entry beside name and times: the members of the entry that
// it has, under the names that other hooks know them by (id, key, table, op, sql, operation,
// origin, priority, attempts, created_at in seconds), with `error` and `code` of one that failed. A
// text that is no entry's says nothing.
void add_entry_facts(JsonWriter& json, std::string_view text);
// The same of a dead letter, whose own members say it better than its line.
void add_letter_facts(JsonWriter& json, const DeadLetter& letter);

// The same of an entry's file, which is read when a hook asks. One that cannot be read, or is
// larger than an entry may be, says nothing.
[[nodiscard]] Retention::Facts entry_file_facts(const Context& context, std::string path);

} // namespace menacedb
