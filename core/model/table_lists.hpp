#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace menacedb {

enum class Placement { shared, local, deny, unknown };
[[nodiscard]] std::string_view placement_word(Placement placement) noexcept;
// "shared", "local", "deny"; anything else is unknown.
[[nodiscard]] Placement placement_from_word(std::string_view word) noexcept;

// What one source says about one table.
struct ListedTable {
  std::string_view name;
  Placement placement = Placement::unknown; // shared, local or deny
  // The source speaks of just this table: it beats the lists before it, though not a denial.
  bool is_explicit = false;
  std::string_view kind;   // file|json|env|flag
  std::string_view source; // "config/db_router_tables.json", or the name of a variable
  int line = 0;            // from 1; 0: the source has none
  int column = 0;
};

// All that is said about tables, in the order of reading. A policy may list thousands of them and
// a process may ask for one: nothing is copied here, and nothing is merged before it is asked for.
// Immutable once it is filled, so safe from all threads.
class TableLists {
public:
  // `texts` holds what the views of the tables point into, and lives as long as the lists.
  explicit TableLists(std::shared_ptr<const void> texts) noexcept : m_texts(std::move(texts)) {}

  void add(const ListedTable& table);
  [[nodiscard]] const std::vector<ListedTable>& all() const noexcept { return m_tables; }

  // Walks over what is said about one table, first to last:
  //   for (auto at = lists.first(name); at; at = lists.next(*at)) { lists.all()[*at] … }
  [[nodiscard]] std::optional<std::uint32_t> first(std::string_view name) const noexcept;
  [[nodiscard]] std::optional<std::uint32_t> next(std::uint32_t at) const noexcept;

private:
  static constexpr std::uint32_t k_none = ~std::uint32_t{0};
  struct Slot {
    std::uint32_t first = k_none;
    std::uint32_t last = k_none;
  };

  [[nodiscard]] std::size_t slot_of(std::string_view name) const noexcept;
  void grow();

  std::shared_ptr<const void> m_texts;
  std::vector<ListedTable> m_tables;
  std::vector<std::uint32_t> m_next; // beside m_tables: the next one of the same name
  std::vector<Slot> m_slots;         // by the hash of the name, the next free one on a collision
  std::size_t m_names = 0;
};

} // namespace menacedb
