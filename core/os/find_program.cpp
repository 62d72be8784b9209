#include "core/os/find_program.hpp"

#include "core/os/fs.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace menacedb {
namespace {

constexpr std::string_view k_usual_path = "/bin:/usr/bin"; // of execvp without PATH

ProgramState look_at(const std::string& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) {
    return ProgramState::missing;
  }
  const bool is_program = S_ISREG(file.st_mode) && ::access(path.c_str(), X_OK) == 0;
  return is_program ? ProgramState::found : ProgramState::not_executable;
}

std::string within(const std::string& directory, const std::string& path) {
  return directory.empty() || path.starts_with('/') ? path : join_path(directory, path);
}

} // namespace

ProgramState find_program(const std::string& name, const std::string& directory) {
  if (name.find('/') != std::string::npos) {
    return look_at(within(directory, name));
  }
  const char* const variable = std::getenv("PATH");
  std::string_view folders = variable == nullptr ? k_usual_path : variable;
  ProgramState best = ProgramState::missing;
  for (bool is_last = false; !is_last && best != ProgramState::found;) {
    const std::size_t colon = folders.find(':');
    is_last = colon == std::string_view::npos;
    const std::string folder(folders.substr(0, colon)); // an empty one is the one we are in
    const ProgramState state =
        look_at(within(directory, join_path(folder.empty() ? "." : folder, name)));
    best = state == ProgramState::missing ? best : state;
    folders.remove_prefix(is_last ? folders.size() : colon + 1);
  }
  return best;
}

} // namespace menacedb
