#include "core/queue/dir_listing.hpp"

#include <algorithm>

namespace menacedb {
namespace {

std::uint64_t to_nanoseconds(Duration duration) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count());
}

} // namespace

DirListing::DirListing(Fs& fs, std::string folder, const Options& options)
    : m_fs(fs), m_folder(std::move(folder)), m_options(options) {}

std::string_view DirListing::name_of(const Item& item) const noexcept {
  return std::string_view(m_names).substr(item.name, item.size);
}

bool DirListing::is_before(const Item& a, const Item& b) const noexcept {
  const auto order = a.place <=> b.place;
  return order != 0 ? order < 0 : name_of(a) < name_of(b);
}

// With the boost, the priority that counts is that of the entry's age. Nothing overtakes among
// those that have come to the first: there the oldest is first.
void DirListing::add(std::string_view name, DirPlace place, std::uint64_t now) {
  const std::uint64_t period = to_nanoseconds(m_options.age_boost);
  if (period > 0 && place.time > 0 && place.time < now && place.priority > 1) {
    const std::uint64_t steps = (now - place.time) / period;
    place.priority -=
        static_cast<std::uint32_t>(std::min<std::uint64_t>(steps, place.priority - 1));
  }
  m_items.push_back(
      {place, static_cast<std::uint32_t>(m_names.size()), static_cast<std::uint16_t>(name.size())});
  m_names.append(name);
}

// Keeps the first half of what may be held: cutting is then rare.
void DirListing::cut() {
  const auto middle = m_items.begin() + static_cast<std::ptrdiff_t>(m_options.most);
  std::nth_element(m_items.begin(), middle, m_items.end(),
                   [this](const Item& a, const Item& b) { return is_before(a, b); });
  m_items.erase(middle, m_items.end());
  std::string names;
  for (Item& item : m_items) {
    const std::string_view name = name_of(item);
    item.name = static_cast<std::uint32_t>(names.size());
    names.append(name);
  }
  m_names = std::move(names);
  m_is_cut = true;
}

void DirListing::refresh(Instant now, const std::set<std::string, std::less<>>& passed_over,
                         const OnStray& on_stray) {
  m_items.clear();
  m_names.clear();
  m_next = 0;
  m_is_cut = false;
  const std::uint64_t time = to_nanoseconds(now.time_since_epoch());
  m_fs.visit(m_folder, [&](std::string_view name, FileType type) {
    const std::optional<DirPlace> place = parse_dir_name(name);
    if (!place) {
      on_stray(name, "has a name that is not {priority}_{sequence}.json");
    } else if (type == FileType::directory) {
      on_stray(name, "is a directory");
    } else if (type == FileType::symlink) {
      on_stray(name, "is a symbolic link");
    } else if (!passed_over.contains(name)) {
      add(name, *place, time);
      if (m_items.size() >= 2 * m_options.most) {
        cut();
      }
    }
    return true;
  });
  if (m_items.size() > m_options.most) {
    cut();
  }
  std::sort(m_items.begin(), m_items.end(),
            [this](const Item& a, const Item& b) { return is_before(a, b); });
}

std::string_view DirListing::next() noexcept {
  return name_of(m_items[m_next++]);
}

} // namespace menacedb
