#include "core/engine/replay/replay_dir.hpp"

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/engine/replay/replay_groups.hpp"
#include "core/queue/dir_entry.hpp"
#include "core/queue/dir_name.hpp"
#include "core/queue/dir_spool.hpp"

#include <algorithm>
#include <limits>

namespace menacedb {
namespace {

// One file of failed/, as far as it can be read.
struct Failure {
  std::string name;
  std::string text;
  std::string id;
  std::string table;
  std::string error;
  std::optional<Instant> failed_at;
  bool is_entry = false; // can be queued again
};

class DirReplay {
public:
  DirReplay(const Context& context, const std::string& directory, const ReplayOptions& options)
      : m_context(context),
        m_spool(context.fs, directory),
        m_options(options),
        m_left(options.limit.value_or(std::numeric_limits<std::uint64_t>::max())) {}

  ReplayReport run(bool is_listing);

private:
  [[nodiscard]] std::vector<std::string> names();
  [[nodiscard]] Failure read(const std::string& name);
  [[nodiscard]] bool is_chosen(const Failure& failure) const;
  void replay(const Failure& failure);
  void discard(const Failure& failure);

  const Context& m_context;
  DirSpool m_spool;
  const ReplayOptions& m_options;
  std::uint64_t m_left;
  ReplayReport m_report;
  ReplayGroups m_groups;
};

// In order, so that what is replayed first is what failed first.
std::vector<std::string> DirReplay::names() {
  std::vector<std::pair<DirPlace, std::string>> found;
  if (m_context.fs.stat(m_spool.failed())) {
    m_context.fs.visit(m_spool.failed(), [&](std::string_view name, FileType type) {
      const auto place = parse_dir_name(name);
      if (place && type != FileType::directory && type != FileType::symlink) {
        found.emplace_back(*place, name);
      }
      return true;
    });
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  for (auto& [place, name] : found) {
    names.push_back(std::move(name));
  }
  return names;
}

Failure DirReplay::read(const std::string& name) {
  Failure failure;
  failure.name = name;
  failure.text = read_file(m_context.fs, join_path(m_spool.failed(), name),
                           m_context.settings.bytes("queue.max_line") * 2);
  JsonTape tape;
  const JsonTape::Parsed parsed = tape.parse(trim(failure.text), 1);
  if (parsed.fault || tape.at(parsed.root).type != JsonType::object) {
    failure.error = "not readable";
    return failure;
  }
  const auto text = [&](std::string_view key) {
    const auto node = tape.find(parsed.root, key);
    const bool is_text = node && tape.at(*node).type == JsonType::string;
    return is_text ? std::string(tape.at(*node).text) : std::string();
  };
  failure.id = text("id");
  failure.table = text("table");
  failure.error = text("error");
  failure.failed_at = parse_instant(text("failed_at"));
  failure.is_entry = !text("sql").empty() || tape.find(parsed.root, "table").has_value();
  return failure;
}

bool DirReplay::is_chosen(const Failure& failure) const {
  if (!is_meant(m_options, failure.table, failure.error)) {
    return false;
  }
  return m_options.ids.empty() ||
         std::any_of(m_options.ids.begin(), m_options.ids.end(), [&](const std::string& id) {
           return id == failure.id || id == failure.name || id == sequence_of(failure.name);
         });
}

void DirReplay::replay(const Failure& failure) {
  const std::optional<std::string> text =
      failure.is_entry ? as_replayed(failure.text, m_context.clock.now()) : std::nullopt;
  if (!text) {
    ++m_report.skipped;
    return;
  }
  const std::string path = join_path(m_spool.failed(), failure.name);
  if (!m_options.is_dry_run) {
    replace_file(m_context.fs, path, *text);
    m_context.fs.reached(Step::dir_replayed);
    if (m_context.fs.rename_new(path, join_path(m_spool.pending(), failure.name)) != Moved::done) {
      ++m_report.skipped; // another one has its place
      return;
    }
  }
  ++m_report.replayed;
}

void DirReplay::discard(const Failure& failure) {
  if (!m_options.is_dry_run) {
    const std::string path = join_path(m_spool.failed(), failure.name);
    m_context.fs.unlink(path);
    m_context.fs.unlink(path + ".oversized");
  }
  ++m_report.replayed;
}

ReplayReport DirReplay::run(bool is_listing) {
  for (const std::string& name : names()) {
    const Failure failure = read(name);
    if (m_left == 0 || !is_chosen(failure)) {
      ++m_report.remaining;
      continue;
    }
    --m_left;
    m_groups.add(failure.error, failure.table, failure.failed_at, trim(failure.text));
    if (is_listing) {
      ++m_report.remaining;
    } else if (m_options.discards) {
      discard(failure);
    } else {
      replay(failure);
    }
  }
  m_report.remaining += m_report.skipped;
  m_report.groups = m_groups.list();
  return std::move(m_report);
}

} // namespace

ReplayReport replay_dir(const Context& context, const std::string& directory,
                        const ReplayOptions& options) {
  return DirReplay(context, directory, options).run(false);
}

ReplayReport list_dir_failures(const Context& context, const std::string& directory,
                               const ReplayOptions& options) {
  return DirReplay(context, directory, options).run(true);
}

} // namespace menacedb
