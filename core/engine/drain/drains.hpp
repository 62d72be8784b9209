#pragma once

#include "core/engine/drain/dir_drain.hpp"
#include "core/engine/drain/drain.hpp"
#include "core/engine/drain/hook_state.hpp"
#include "core/engine/drain/table_drain.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace menacedb {

struct DrainsOptions {
  std::optional<DrainOptions> rows;       // the row queues
  std::optional<DirDrainOptions> dir;     // the queue of SQL writes
  std::optional<TableDrainOptions> table; // entries in the job table
};

// The drains of all formats that one command or worker serves, one after the other. Not
// thread-safe.
class Drains {
public:
  Drains(const Context& context, const Router& router, const DrainsOptions& options);

  // As Drain::pass(), for all of them; a limit is one for all. Leaves the counts of the hooks.
  PassReport pass();
  PassReport rehearse();
  // Of the job table, as TableDrain; true without one.
  [[nodiscard]] bool has_unfinished_write();
  [[nodiscard]] std::optional<Duration> next_due();
  // Whether a database that is open here is no longer the file of its path.
  [[nodiscard]] bool has_moved() const;

private:
  std::unique_ptr<Drain> m_rows;
  std::unique_ptr<DirDrain> m_dir;
  std::unique_ptr<TableDrain> m_table;
  std::optional<std::uint64_t> m_limit;
  const Hooks* m_hooks = nullptr; // one set for all
  HookState m_hook_state;
};

void use_hooks(DrainsOptions& options, Hooks* hooks);

// For a candidate: throws what would keep a drain of the row queues from ever opening its database,
// when that is another one than before. A lock that somebody holds does not.
void try_database(const Context& context, const Router& router, const DrainsOptions& before,
                  DrainsOptions candidate);

// One generation of a policy, as the home store remembers it with the number of entries that it
// decided.
struct GenerationMark {
  Instant loaded_at;
  std::uint64_t number = 0;
  std::string content; // the digest of its files
};
void record_generation(DrainsOptions& options, const GenerationMark& mark);

// The folders where entries arrive, for whoever waits for them.
[[nodiscard]] std::vector<std::string> arrival_directories(const DrainsOptions& options);

} // namespace menacedb
