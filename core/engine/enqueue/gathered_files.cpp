#include "core/engine/enqueue/gathered_files.hpp"

#include "core/base/error.hpp"
#include "core/base/json_text.hpp"
#include "core/engine/enqueue/enqueue_sql.hpp"
#include "core/queue/dir_appender.hpp"
#include "core/queue/dir_entry.hpp"

#include <fmt/format.h>

namespace menacedb {

GatheredFiles::Queued GatheredFiles::append(const Context& context, bool durable,
                                            std::map<std::string, std::string>& written) const {
  DirSpool spool(context.fs, context.settings.text("dir_queue.dir"));
  DirAppender appender(context.fs, context.clock, spool);
  Queued queued;
  for (const File& file : m_files) {
    try {
      std::string sequence = appender.next_sequence();
      const std::string text = encode_dir_row(sequence, file.priority, file.line);
      queued.path = appender.append({file.priority, sequence, text, durable});
      queued.sequence = std::move(sequence);
    } catch (const Error& error) {
      if (error.code() == "append-unsynced" || !context.settings.boolean("queue.fallback")) {
        throw;
      }
      queued.note = fmt::format("written directly: {}", error.message());
      const std::string database =
          file.database.empty() ? sql_target(context, file.line) : file.database;
      written[database].append(file.line);
    }
  }
  return queued;
}

std::string complete_sql_line(std::string_view line, const Entry& read, std::string_view id,
                              Instant now, std::string_view origin) {
  std::string text = "{";
  const auto add = [&](std::string_view name, std::string_view value) {
    const std::string quoted = fmt::format("\"{}\"", name);
    if (line.find(quoted) == std::string_view::npos) {
      text.append(quoted).push_back(':');
      append_json_string(text, value);
      text.push_back(',');
    }
  };
  add("operation", "generic");
  if (read.id.empty()) {
    add("id", id);
  }
  add("created_at", format_instant(now));
  if (line.find("menace_id\"") == std::string_view::npos) {
    add("source_menace_id", origin);
  }
  return text.append(without_marks(line)).append("\n");
}

} // namespace menacedb
