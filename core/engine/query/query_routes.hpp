#pragma once

#include "core/policy/hooks.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace menacedb {

// Where the tables of one query live, by the settings and by the `route` hook. The hook is asked
// while the query is planned, once for each table and use. From seal() on it is asked nothing more:
// no hook runs inside a transaction. Borrowed: router and hooks must outlive it. Not thread-safe.
class QueryRoutes {
public:
  enum class Use { read, write };

  // `hooks` may be null: then the settings decide alone.
  QueryRoutes(const Router& router, Hooks* hooks, std::string origin)
      : m_router(router), m_hooks(hooks), m_origin(std::move(origin)) {}

  [[nodiscard]] Route route(std::string_view table, Use use);
  // Why the table may not be used; none when it may.
  [[nodiscard]] std::optional<Error> refusal(std::string_view table, Use use);
  // Before the first transaction. What nobody asked for by then is unknown afterwards: it came into
  // the schema meanwhile, and the hook may have something against it.
  void seal() noexcept { m_is_sealed = true; }

  [[nodiscard]] const Router& router() const noexcept { return m_router; }

private:
  const Router& m_router;
  Hooks* m_hooks;
  std::string m_origin;
  bool m_is_sealed = false;
  std::map<std::pair<std::string, Use>, Route> m_answers; // of the hook
};

} // namespace menacedb
