#include "core/engine/sql_places.hpp"

#include "core/db/database.hpp"
#include "core/engine/places.hpp"

#include <fmt/format.h>

#include <set>

namespace menacedb {
namespace {

constexpr std::size_t k_most_looks = 16; // local databases of as many origins
constexpr std::size_t k_most_known = 1000;

Destination refused(Fault fault) {
  Destination destination;
  destination.kind = Destination::Kind::refused;
  destination.fault = std::move(fault);
  return destination;
}

} // namespace

// A connection that only learns which tables statements touch.
struct SqlPlaces::Look {
  Look(const std::string& path, const Context& context)
      : database(path, DatabaseOptions{}, context.clock, context.stop) {
    database.set_rule([this](const SqlAction& action) -> std::optional<Error> {
      switch (action.kind) {
      case SqlActionKind::read:
      case SqlActionKind::insert:
      case SqlActionKind::update:
      case SqlActionKind::remove:
        tables.emplace(action.name);
        break;
      default:
        break;
      }
      return std::nullopt;
    });
  }

  // Whether all statements mean something here; then `tables` has what they touch.
  bool understands(std::string_view sql) {
    tables.clear();
    try {
      while (!sql.empty() && database.prepare_first(sql)) {
      }
      return true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::sql) {
        throw;
      }
      return false;
    }
  }

  Database database;
  std::set<std::string> tables;
};

SqlPlaces::SqlPlaces(const Context& context, const Router& router, std::string home_path,
                     std::string home_content)
    : m_context(context),
      m_router(router),
      m_home_path(std::move(home_path)),
      m_home_content(std::move(home_content)) {}

SqlPlaces::~SqlPlaces() = default;

void SqlPlaces::forget() {
  m_looks.clear();
  m_known.clear();
  m_own.reset();
}

// Asked for each entry, and answered by a dozen system calls.
const std::optional<std::string>& SqlPlaces::own() {
  if (!m_own) {
    m_own = own_database_path(m_context.settings);
  }
  return *m_own;
}

Destination SqlPlaces::at(const std::string& path) {
  if (const auto known = m_known.find(path); known != m_known.end()) {
    return known->second;
  }
  Destination destination;
  if (real_database_path(path) != m_home_path) {
    destination.kind = Destination::Kind::forward;
    destination.store = path;
  }
  if (m_known.size() >= k_most_known) {
    m_known.clear();
  }
  m_known.emplace(path, destination);
  return destination;
}

// None: nobody says it, or nobody may (then `fault` is set).
std::optional<std::string> SqlPlaces::named(const Entry& entry, Fault& fault) {
  const Settings& settings = m_context.settings;
  if (entry.db.empty()) {
    return own();
  }
  if (entry.db == "shared") {
    return shared_database_path(settings);
  }
  if (entry.db == "local") {
    return local_database_path(settings, entry.origin);
  }
  if (own() && (entry.db == *own() ||
                real_database_path(std::string(entry.db)) == real_database_path(*own()))) {
    return own();
  }
  fault = {"db-unknown",
           fmt::format("no database is called '{}': it is shared, local or the path of [dir_queue] "
                       "database",
                       entry.db)};
  return std::nullopt;
}

Destination SqlPlaces::place(const Entry& entry) {
  try {
    Fault fault;
    if (std::optional<std::string> path = named(entry, fault)) {
      return at(*path);
    }
    return fault.code.empty() ? place_by_tables(entry) : refused(std::move(fault));
  } catch (const Error& error) {
    if (error.code() != "unsafe-id") {
      throw;
    }
    return refused({error.code(), error.message()}); // the origin cannot name a file
  }
}

SqlPlaces::Look* SqlPlaces::look_at(const std::string& path) {
  const auto known = m_looks.find(path);
  if (known != m_looks.end()) {
    return known->second.get();
  }
  const bool is_replaced = !m_home_content.empty() && real_database_path(path) == m_home_path;
  const std::string& content = is_replaced ? m_home_content : path;
  if (!m_context.fs.stat(content)) {
    return nullptr;
  }
  if (m_looks.size() >= k_most_looks) {
    m_looks.clear();
  }
  return m_looks.emplace(path, std::make_unique<Look>(content, m_context)).first->second.get();
}

// What neither store understands goes to the shared one, which will say why.
Destination SqlPlaces::place_by_tables(const Entry& entry) {
  const std::string shared = shared_database_path(m_context.settings);
  Look* look = look_at(shared);
  if (look == nullptr || !look->understands(entry.sql)) {
    const std::string local = local_database_path(m_context.settings, entry.origin);
    look = look_at(local);
    return at(look != nullptr && look->understands(entry.sql) ? local : shared);
  }
  bool has_local = false;
  bool has_other = false;
  for (const std::string& table : look->tables) {
    const bool is_local = m_router.route(table).placement == Placement::local;
    has_local = has_local || is_local;
    has_other = has_other || !is_local;
  }
  if (has_local && has_other) {
    return refused({"tables-apart", "the statements touch tables of the shared and of the local "
                                    "store"});
  }
  return at(has_local ? local_database_path(m_context.settings, entry.origin) : shared);
}

} // namespace menacedb
