#include "core/engine/drain/destinations.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/db/database.hpp"
#include "core/engine/places.hpp"
#include "core/engine/sql_places.hpp"

#include <fmt/format.h>

namespace menacedb {
namespace {

// More tables and origins than any fleet has; a flood of made-up names must not fill the memory.
constexpr std::size_t k_most_known = 4096;

Destination refused(std::string code, std::string message) {
  Destination destination;
  destination.kind = Destination::Kind::refused;
  destination.fault = {std::move(code), std::move(message)};
  return destination;
}

Destination forward_to(std::string path) {
  Destination destination;
  destination.kind = Destination::Kind::forward;
  destination.store = std::move(path);
  return destination;
}

} // namespace

Destinations::Destinations(const Context& context, const Router& router, Options options)
    : m_context(context),
      m_router(router),
      m_options(std::move(options)),
      m_transform(m_options.hooks) {}

Destinations::~Destinations() = default;

void Destinations::forget() {
  m_known.clear();
  m_sql.reset();
}

bool Destinations::asks_hook() const {
  return m_options.hooks != nullptr && m_options.hooks->has(HookName::route);
}

Destination Destinations::decide(const Entry& entry) const {
  const std::string_view table = entry.table;
  const Route route =
      route_by_policy(m_router, m_options.hooks, {table, op_word(entry.op), entry.origin});
  if (route.placement == Placement::deny) {
    return refused("table-denied", fmt::format("Access to table '{}' is denied", table));
  }
  if (m_options.takes_any_table && m_options.has_table(table)) {
    return {};
  }
  switch (route.placement) {
  case Placement::shared:
    return m_options.shared_path.empty() ? Destination() : forward_to(m_options.shared_path);
  case Placement::local:
    break;
  case Placement::deny:
  case Placement::unknown:
    return m_options.takes_any_table
               ? refused("table-missing", fmt::format("no such table: {}", table))
               : refused("table-unknown", fmt::format("Unknown table: {}", table));
  }
  try {
    std::string path = local_database_path(m_context.settings, entry.origin);
    if (real_database_path(path) == m_options.home_path) {
      return {};
    }
    return forward_to(std::move(path));
  } catch (const Error& error) { // the origin cannot name a file: the entry's fault, as data
    return refused(error.code(), error.message());
  }
}

std::uint32_t Destinations::index_of(Batch& batch, const Entry& entry) {
  Key key{std::string(entry.table), std::string(entry.origin), asks_hook() ? entry.op : Op::insert};
  auto known = m_known.find(key);
  if (known == m_known.end()) {
    if (m_known.size() >= k_most_known) {
      m_known.clear();
    }
    known = m_known.emplace(std::move(key), decide(entry)).first;
  }
  return add(batch, known->second);
}

std::uint32_t Destinations::add(Batch& batch, Destination destination) const {
  if (destination.kind == Destination::Kind::home) {
    return 0;
  }
  batch.destinations.push_back(std::move(destination));
  return static_cast<std::uint32_t>(batch.destinations.size() - 1);
}

std::uint32_t Destinations::index_of_sql(Batch& batch, const Entry& entry) {
  if (!m_sql) {
    m_sql = std::make_unique<SqlPlaces>(m_context, m_router, m_options.home_path,
                                        m_options.home_content);
  }
  return add(batch, m_sql->place(entry));
}

void Destinations::assign(Batch& batch) {
  m_transform.run(batch);
  batch.destinations.assign(1, Destination{});
  const bool with_op = asks_hook();
  if (with_op) {
    m_known.clear();
  }
  const Entry* previous = nullptr;
  for (Entry& entry : batch.entries) {
    if (entry.fault >= 0) {
      continue;
    }
    if (entry.is_sql()) {
      entry.destination = index_of_sql(batch, entry);
      continue;
    }
    if (previous != nullptr && previous->table == entry.table && previous->origin == entry.origin &&
        (!with_op || previous->op == entry.op)) {
      entry.destination = previous->destination;
    } else {
      entry.destination = index_of(batch, entry);
    }
    previous = &entry;
  }
  m_transform.finish(batch);
}

} // namespace menacedb
