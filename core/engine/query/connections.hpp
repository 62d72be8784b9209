#pragma once

#include "core/db/database.hpp"
#include "core/engine/access_trail.hpp"
#include "core/engine/context.hpp"
#include "core/policy/router.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>

namespace menacedb {

// What a connection is wanted for.
enum class ConnectionUse { read, write };

// Connections by table: the local database of the instance or the shared one, by the router. Each
// thread has one connection per database and use, which is open for as long as the thread holds a
// handle to it. Safe from many threads, but for the handles: each stays in its thread. Outlives its
// handles; context and router outlive it.
//
// A connection for writing creates the file with its folders; both kinds have foreign keys on and
// wait for locks as [databases] busy_timeout says. One for reading creates nothing and leaves
// nothing behind.
//
// This is the library's own door to the databases, for programs that link it and would otherwise
// open them directly. The commands do not come through it: drains and direct writes keep a ledger
// (SqliteStore), and a query attaches both databases to one connection.
class Connections {
public:
  class Handle;

  Connections(const Context& context, const Router& router);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Leaves a trail of the access. Throws Error "table-denied" (`Access to table 'x' is denied`),
  // "table-unknown", or what opening the database throws.
  [[nodiscard]] Handle get(std::string_view table, ConnectionUse use = ConnectionUse::read);
  // How many connections are open now, of all threads.
  [[nodiscard]] std::size_t active() const;

private:
  struct Open {
    std::unique_ptr<Database> database;
    std::size_t handles = 0;
  };
  using Key = std::tuple<std::thread::id, std::string, ConnectionUse>; // real path
  using Opened = std::map<Key, Open>;

  [[nodiscard]] std::unique_ptr<Database> open(const std::string& path, ConnectionUse use) const;
  void release(Opened::iterator opened);

  Context m_context;
  const Router& m_router;
  mutable std::mutex m_mutex; // of the members below
  AccessTrail m_trail;
  Opened m_opened;
};

// Borrows a connection; the last handle of a thread closes it. Used in the thread that got it.
class Connections::Handle {
public:
  Handle(Handle&& other) noexcept;
  Handle& operator=(Handle&&) = delete;
  ~Handle();

  [[nodiscard]] Database& operator*() const noexcept { return *m_opened->second.database; }
  [[nodiscard]] Database* operator->() const noexcept { return m_opened->second.database.get(); }

private:
  friend class Connections;
  Handle(Connections& owner, Opened::iterator opened) : m_owner(&owner), m_opened(opened) {}

  Connections* m_owner; // null when moved from
  Opened::iterator m_opened;
};

} // namespace menacedb
