#include "cli/json_parts.hpp"

#include "core/base/text.hpp"

namespace menacedb {

std::string json_name(const std::string& name) {
  return is_valid_utf8(name) ? name : printable(name);
}

void add_time(JsonWriter& json, const std::optional<Instant>& when) {
  if (when) {
    json.value(format_instant(*when));
  } else {
    json.null();
  }
}

void add_process(JsonWriter& json, int pid, std::string_view command) {
  json.key("pid");
  if (pid > 0) {
    json.value(pid);
  } else {
    json.null();
  }
  json.key("command");
  if (command.empty()) {
    json.null();
  } else {
    json.value(command);
  }
}

} // namespace menacedb
