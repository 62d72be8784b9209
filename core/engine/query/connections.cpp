#include "core/engine/query/connections.hpp"

#include "core/engine/places.hpp"

#include <cassert>
#include <utility>

namespace menacedb {
namespace {

constexpr Bytes k_cache_size = 64'000ull * 1024;

} // namespace

Connections::Connections(const Context& context, const Router& router)
    : m_context(context), m_router(router), m_trail(m_context) {}

Connections::~Connections() {
  assert(m_opened.empty());
}

Connections::Handle Connections::get(std::string_view table, ConnectionUse use) {
  const Placement placement = m_router.route_or_throw(table).placement;
  const std::string& origin = m_context.settings.text("instance.id");
  const std::string path = placement == Placement::shared
                               ? shared_database_path(m_context.settings)
                               : local_database_path(m_context.settings, origin);
  const Key key{std::this_thread::get_id(), real_database_path(path), use};
  std::unique_lock lock(m_mutex);
  auto found = m_opened.find(key);
  if (found == m_opened.end()) {
    lock.unlock(); // opening may wait for the database; nobody else opens what this thread uses
    std::unique_ptr<Database> opened = open(path, use);
    lock.lock();
    found = m_opened.emplace(key, Open{std::move(opened), 0}).first;
  }
  ++found->second.handles;
  const Access access{origin, table, use == ConnectionUse::write ? "write" : "read", placement,
                      std::nullopt};
  m_trail.note({&access, 1});
  return Handle(*this, found);
}

std::unique_ptr<Database> Connections::open(const std::string& path, ConnectionUse use) const {
  DatabaseOptions options;
  options.create = use == ConnectionUse::write;
  options.read_only = use == ConnectionUse::read;
  options.accepts_snapshot = true;
  options.busy_timeout = m_context.settings.duration("databases.busy_timeout");
  options.cache_size = k_cache_size;
  return std::make_unique<Database>(path, options, m_context.clock, m_context.stop);
}

std::size_t Connections::active() const {
  const std::lock_guard lock(m_mutex);
  return m_opened.size();
}

void Connections::release(Opened::iterator opened) {
  Opened::node_type last; // closed without the lock
  const std::lock_guard lock(m_mutex);
  if (--opened->second.handles == 0) {
    last = m_opened.extract(opened);
  }
}

Connections::Handle::Handle(Handle&& other) noexcept
    : m_owner(std::exchange(other.m_owner, nullptr)), m_opened(other.m_opened) {}

Connections::Handle::~Handle() {
  if (m_owner != nullptr) {
    m_owner->release(m_opened);
  }
}

} // namespace menacedb
