#pragma once

#include <string>

namespace menacedb {

// Scripts that complete menacedb's command line in a shell, made from the same specs that the
// command line is read by. Where a table's or an item's name belongs, they ask
// `menacedb completion --names KIND` at the time, so they know what is configured there.
[[nodiscard]] std::string bash_completion(); // zsh, too, through bashcompinit
[[nodiscard]] std::string fish_completion();

} // namespace menacedb
