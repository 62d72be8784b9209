#pragma once

#include "core/base/time.hpp"
#include "core/os/fs.hpp"
#include "core/queue/dir_name.hpp"
#include "core/queue/stray.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// The names of a folder of entries in the order of their service, as a drain works them off. Holds
// the first `most` only, with nothing but their names and numbers, so that its memory is bounded
// however many files there are. Not thread-safe.
class DirListing {
public:
  struct Options {
    std::size_t most = 1u << 19;
    Duration age_boost{}; // an entry gains one step of priority per period; zero: none
  };
  using OnStray = std::function<void(std::string_view name, std::string_view reason)>;

  DirListing(Fs& fs, std::string folder, const Options& options);

  // Reads the folder again. Names in `passed_over` and files that are no entries are left out.
  void refresh(Instant now, const std::set<std::string, std::less<>>& passed_over,
               const OnStray& on_stray);
  [[nodiscard]] bool is_at_end() const noexcept { return m_next == m_items.size(); }
  // Whether there were more names than are held.
  [[nodiscard]] bool is_cut() const noexcept { return m_is_cut; }
  // The name is valid until the next refresh.
  std::string_view next() noexcept;
  // The one that next() gave last comes again.
  void step_back() noexcept { --m_next; }

private:
  struct Item {
    DirPlace place;
    std::uint32_t name = 0; // where it begins in m_names
    std::uint16_t size = 0;
  };

  void add(std::string_view name, DirPlace place, std::uint64_t now);
  void cut();
  [[nodiscard]] bool is_before(const Item& a, const Item& b) const noexcept;
  [[nodiscard]] std::string_view name_of(const Item& item) const noexcept;

  Fs& m_fs;
  std::string m_folder;
  Options m_options;
  std::string m_names;
  std::vector<Item> m_items;
  std::size_t m_next = 0;
  bool m_is_cut = false;
};

} // namespace menacedb
