#include "core/engine/worker/pinned_items.hpp"

#include "core/config/items.hpp"

#include <algorithm>

namespace menacedb {
namespace {

bool is_of_a_file(const Origin& origin) {
  return origin.kind == "file" || origin.kind == "json" || origin.kind == "default";
}

// What the files say, whatever stands above them.
std::string in_files(const Settings& settings, std::string_view key) {
  for (const Settings::Layer& layer : settings.layers(key)) {
    if (is_of_a_file(layer.origin)) {
      return layer.value;
    }
  }
  return {};
}

} // namespace

std::vector<std::string> pinned_items(const Settings& before, const Settings& after) {
  std::vector<std::string> keys;
  for (const Item& item : config_items()) {
    const bool is_pinned = item.type != ItemType::text_list && // lists are joined, not replaced
                           !is_of_a_file(before.origin(item.key)) &&
                           !is_of_a_file(after.origin(item.key));
    if (is_pinned && in_files(before, item.key) != in_files(after, item.key)) {
      keys.emplace_back(item.key);
    }
  }
  return keys;
}

} // namespace menacedb
