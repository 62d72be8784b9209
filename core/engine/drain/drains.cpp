#include "core/engine/drain/drains.hpp"

#include "core/base/error.hpp"
#include "core/db/file_moved.hpp"
#include "core/queue/dir_spool.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

void add(PassReport& sum, PassReport&& part) {
  sum.applied += part.applied;
  sum.duplicates += part.duplicates;
  sum.failed += part.failed;
  sum.deferred += part.deferred;
  sum.dropped += part.dropped;
  sum.remaining += part.remaining;
  sum.is_remaining_approximate |= part.is_remaining_approximate;
  if (part.got_no_turn && !sum.got_no_turn) {
    sum.got_no_turn = true;
    sum.busy_reason = std::move(part.busy_reason);
    sum.busy_hint = std::move(part.busy_hint);
  }
  if (part.fault && !sum.fault) {
    sum.fault = std::move(part.fault);
  }
  sum.elapsed += part.elapsed;
  sum.queues.merge(part.queues);
}

std::uint64_t decided(const PassReport& report) {
  return report.applied + report.duplicates + report.failed + report.deferred + report.dropped;
}

} // namespace

Drains::Drains(const Context& context, const Router& router, const DrainsOptions& options)
    : m_hook_state(context) {
  if (options.rows) {
    m_hooks = options.rows->hooks;
    m_rows = std::make_unique<Drain>(context, router, *options.rows);
  }
  if (options.dir) {
    m_hooks = options.dir->hooks;
    m_dir = std::make_unique<DirDrain>(context, router, *options.dir);
    m_limit = options.dir->limit;
  }
  if (options.table) {
    m_hooks = options.table->hooks;
    m_table = std::make_unique<TableDrain>(context, router, *options.table);
    m_limit = options.table->limit;
  }
}

PassReport Drains::pass() {
  PassReport report = m_rows ? m_rows->pass() : PassReport();
  if (m_dir) {
    if (m_limit) {
      m_dir->set_limit(*m_limit - std::min(*m_limit, decided(report)));
    }
    add(report, m_dir->pass());
  }
  if (m_table) {
    if (m_limit) {
      m_table->set_limit(*m_limit - std::min(*m_limit, decided(report)));
    }
    add(report, m_table->pass());
  }
  m_hook_state.note(m_hooks);
  return report;
}

bool Drains::has_unfinished_write() {
  return !m_table || m_table->has_unfinished_write();
}

PassReport Drains::rehearse() {
  PassReport report = m_rows ? m_rows->rehearse() : PassReport();
  if (m_dir) {
    if (m_limit) {
      m_dir->set_limit(*m_limit - std::min(*m_limit, decided(report)));
    }
    add(report, m_dir->rehearse());
  }
  if (m_table) {
    if (m_limit) {
      m_table->set_limit(*m_limit - std::min(*m_limit, decided(report)));
    }
    add(report, m_table->rehearse());
  }
  return report;
}

bool Drains::has_moved() const {
  return (m_rows && menacedb::has_moved(m_rows->store().database())) ||
         (m_dir && m_dir->has_moved()) || (m_table && m_table->has_moved());
}

std::optional<Duration> Drains::next_due() {
  std::optional<Duration> next;
  const auto add = [&next](const std::optional<Duration>& due) {
    if (due) {
      next = std::min(next.value_or(*due), *due);
    }
  };
  add(m_rows ? m_rows->next_due() : std::nullopt);
  add(m_dir ? m_dir->next_due() : std::nullopt);
  add(m_table ? m_table->next_due() : std::nullopt);
  return next;
}

void use_hooks(DrainsOptions& options, Hooks* hooks) {
  if (options.rows) {
    options.rows->hooks = hooks;
  }
  if (options.dir) {
    options.dir->hooks = hooks;
  }
  if (options.table) {
    options.table->hooks = hooks;
  }
}

void try_database(const Context& context, const Router& router, const DrainsOptions& before,
                  DrainsOptions candidate) {
  const bool is_known =
      !candidate.rows || (before.rows && before.rows->database == candidate.rows->database);
  if (is_known) {
    return;
  }
  candidate.dir.reset();
  candidate.table.reset();
  try {
    const Drains tried(context, router, candidate);
  } catch (const Error& error) {
    if (!error.is_retryable()) {
      throw;
    }
  }
}

void record_generation(DrainsOptions& options, const GenerationMark& mark) {
  const std::string name =
      fmt::format("{}/{}/{}", format_instant(mark.loaded_at), mark.number, mark.content);
  if (options.rows) {
    options.rows->generation = name;
  }
  if (options.dir) {
    options.dir->generation = name;
  }
  if (options.table) {
    options.table->generation = name;
  }
}

std::vector<std::string> arrival_directories(const DrainsOptions& options) {
  std::vector<std::string> directories;
  if (options.rows) {
    directories = options.rows->queue_directories;
  }
  if (options.dir) {
    directories.push_back(join_path(options.dir->directory, DirSpool::k_folders[0]));
  }
  return directories;
}

} // namespace menacedb
