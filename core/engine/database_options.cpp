#include "core/engine/database_options.hpp"

namespace menacedb {

DatabaseOptions reader_options(const Settings& settings) {
  DatabaseOptions options;
  options.read_only = true;
  options.accepts_snapshot = true;
  options.busy_timeout = settings.duration("databases.busy_timeout");
  options.cache_size = 2u << 20;
  return options;
}

namespace {

bool is_read_only_if_locked(const Settings& settings) {
  return settings.text("databases.mode") == "read-only-if-locked";
}

} // namespace

Duration writer_patience(const Settings& settings) {
  return is_read_only_if_locked(settings) ? Duration::zero() : std::chrono::seconds(10);
}

Error explain_mode(const Settings& settings, Error error) {
  if (error.code() != "writer-locked" || !is_read_only_if_locked(settings)) {
    return error;
  }
  return std::move(error).within("read-only for now, by [databases] mode");
}

} // namespace menacedb
