#pragma once

#include "core/engine/context.hpp"
#include "core/engine/drain/transform.hpp"
#include "core/model/batch.hpp"
#include "core/policy/hooks.hpp"
#include "core/policy/router.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace menacedb {

class SqlPlaces;

// Decides for each entry of a batch where it goes, by the router: the home store, the local
// database of its origin, or nowhere (denied, not declared). Answers are kept for as long as the
// object lives, so it must not outlive the policy it was made from. Not thread-safe.
class Destinations {
public:
  // `has_table` asks the home store; with `takes_any_table` (an explicit --db-path) every table
  // that exists there and is not denied is applied there, as the old script did.
  struct Options {
    std::string home_path;      // real path of the home store
    std::string home_content{}; // a copy that is going to take its place; empty: it is in its place
    std::string shared_path;    // of the shared store; empty: it is the home store
    bool takes_any_table = false;
    std::function<bool(std::string_view table)> has_table;
    // Borrowed; null: none. A `route` hook is asked once per batch, table, op and origin: it is a
    // pure function, but for the time of day.
    Hooks* hooks = nullptr;
  };
  Destinations(const Context& context, const Router& router, Options options);
  ~Destinations();

  // Fills Batch::destinations and each Entry::destination, after the `transform` hook had its say.
  // Entries with a fault are passed over. Not to be called in a transaction when there are hooks.
  void assign(Batch& batch);
  // Forgets what it learned about the home store's tables.
  void forget();

private:
  struct Key {
    std::string table;
    std::string origin;
    Op op = Op::insert; // only a hook asks for it
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  [[nodiscard]] bool asks_hook() const;
  [[nodiscard]] Destination decide(const Entry& entry) const;
  [[nodiscard]] std::uint32_t add(Batch& batch, Destination destination) const;
  [[nodiscard]] std::uint32_t index_of_sql(Batch& batch, const Entry& entry);
  [[nodiscard]] std::uint32_t index_of(Batch& batch, const Entry& entry);

  Context m_context;
  const Router& m_router;
  Options m_options;
  Transform m_transform;
  std::map<Key, Destination> m_known;
  std::unique_ptr<SqlPlaces> m_sql; // made when the first SQL entry comes
};

} // namespace menacedb
