#pragma once

#include "core/os/fs.hpp"

#include <string>

namespace menacedb {

// Creates the directory and its missing parents, and syncs the names of those it created, so that a
// file synced inside cannot vanish with its directory in a power cut.
void create_directories_durably(Fs& fs, const std::string& path);

} // namespace menacedb
