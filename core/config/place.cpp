#include "core/config/place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace menacedb {

std::string place_text(const Place& place) {
  return place.line == 0 ? std::string(place.file)
                         : fmt::format("{}:{}:{}", place.file, place.line, place.column);
}

void KeyPlaces::set(std::string_view key, const Place& place) {
  const auto found = std::ranges::find(m_entries, key, &Entry::key);
  if (found == m_entries.end()) {
    m_entries.push_back({key, place});
  } else {
    found->place = place;
  }
}

Origin KeyPlaces::at(std::string_view key) const {
  const Entry* const entry = find(key);
  assert(entry != nullptr);
  return {"file", place_text(entry->place)};
}

const KeyPlaces::Entry* KeyPlaces::find(std::string_view key) const noexcept {
  const auto found = std::ranges::find(m_entries, key, &Entry::key);
  return found == m_entries.end() ? nullptr : &*found;
}

} // namespace menacedb
