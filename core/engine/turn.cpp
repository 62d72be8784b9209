#include "core/engine/turn.hpp"

#include <fmt/format.h>

#include <string_view>

namespace menacedb {
namespace {

constexpr std::string_view k_doorway_suffix = ".next";

FileLock take_turn(const Context& context, const std::string& path, Duration patience) {
  context.fs.make_directories(parent_directory(path));
  const FileLock doorway =
      FileLock::acquire(context.fs, context.clock, fmt::format("{}{}", path, k_doorway_suffix),
                        patience, context.stop);
  return FileLock::acquire(context.fs, context.clock, path, patience, context.stop);
}

} // namespace

Turn::Turn(const Context& context, const std::string& lock_path, Duration patience)
    : m_fs(context.fs),
      m_doorway(fmt::format("{}{}", lock_path, k_doorway_suffix)),
      m_lock(take_turn(context, lock_path, patience)) {}

bool Turn::is_wanted() {
  return find_holder(m_fs, m_doorway).has_value();
}

} // namespace menacedb
