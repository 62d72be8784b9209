#include "core/engine/turn.hpp"

namespace menacedb {
namespace {

FileLock take_turn(const Context& context, const std::string& path, Duration patience) {
  context.fs.make_directories(parent_directory(path));
  const FileLock doorway =
      FileLock::acquire(context.fs, context.clock, path + ".next", patience, context.stop);
  return FileLock::acquire(context.fs, context.clock, path, patience, context.stop);
}

} // namespace

Turn::Turn(const Context& context, const std::string& lock_path, Duration patience)
    : m_lock(take_turn(context, lock_path, patience)) {}

} // namespace menacedb
