#pragma once

#include "core/base/time.hpp"
#include "core/base/units.hpp"
#include "core/config/place.hpp"
#include "core/model/table_lists.hpp"
#include "core/os/fs.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

struct ConfigProblem {
  std::string file; // or the name of the variable or option
  int line = 0;     // 0: not known
  int column = 0;
  std::string key;
  std::string message;
  std::string hint;
};

// "menacedb.toml:12:3: cannot set 'queue.dri': unknown key".
[[nodiscard]] std::string problem_text(const ConfigProblem& problem);

// Where settings are read from. Tests fill it by hand; cli fills it from the process.
struct ConfigSources {
  std::string config_file;                  // --config or MENACEDB_CONFIG: this file and no other
  std::map<std::string, std::string> flags; // by item key, from the command line
  std::function<const char*(const char*)> environment; // getenv; empty: no environment at all
  // All variables (environ), to find mistyped MENACEDB_* names; null: they are not looked for.
  const char* const* variables = nullptr;
  std::string system_directory = "/etc/menacedb";
};

// A file that settings may come from.
struct ConfigFile {
  std::string path;
  std::string kind; // system|user|project|drop-in|explicit|tables
  bool is_read = false;
};

// How long the rows of a table are kept: as long as the time in `column` is not older than `keep`.
struct RowRetention {
  std::string column;
  Duration keep{};
  Duration unit = std::chrono::seconds(1); // of numbers in the column
};

// The policy of one table, from [tables.NAME].
struct TableSettings {
  std::string placement;          // "", "shared", "local", "deny"
  std::vector<std::string> dedup; // empty: auto; else {"content"}, {"none"} or column names
  bool dedup_is_columns = false;
  std::optional<int> priority;
  bool creates = false; // makes the table when it is missing
  bool alters = false;  // adds the columns that a row has and the table lacks
  std::optional<RowRetention> retention;
  KeyPlaces origins{}; // by key: "dedup"
};

// How the jobs of one type are run, from [jobs.handlers.TYPE]: by exactly one of `exec` and `lua`.
struct JobHandlerSettings {
  std::vector<std::string> exec; // a program and its arguments; empty: not by a program
  bool is_exec_shell = false;    // it is one text, for the shell
  std::string lua;               // a file, or a folder whose init.lua is loaded
  std::string function;          // in it; empty: job_<type>
  Duration timeout = std::chrono::minutes(5);     // 0: none
  std::uint64_t max_attempts = 3;                 // of jobs that say none themselves
  Duration retry_delay = std::chrono::minutes(1); // before the second attempt; then it doubles
  Duration max_retry_delay = std::chrono::hours(1);
  std::uint64_t concurrency = 0;          // at a time, in all processes together; 0: no limit
  std::string cwd;                        // of its program; empty: ours
  std::map<std::string, std::string> env; // of its program, beside ours

  // When it is run without anybody asking: at most one of these.
  std::optional<Duration> every;
  std::string cron;
  std::string time_zone = "UTC"; // of `cron`
  std::string payload = "{}";    // of the jobs that the schedule makes
  int priority = 5;              // likewise

  KeyPlaces origins{}; // by key: "timeout"

  [[nodiscard]] bool has_schedule() const noexcept { return every || !cron.empty(); }
};

// All settings with their origins, from (later wins) defaults, /etc, XDG, project file and
// drop-ins, the JSON table file, the old systems' variables, MENACEDB_*, flags. Immutable after
// load, so safe from all threads. Loading never throws for bad content: it collects problems and
// keeps the value below; check() throws the first one as Error kind config (exit 78), or kind usage
// when an option of the command line is at fault. Only files that exist are parsed.
class Settings {
public:
  [[nodiscard]] static Settings load(Fs& fs, const ConfigSources& sources);

  void check() const;
  [[nodiscard]] const std::vector<ConfigProblem>& problems() const noexcept { return m_problems; }
  // Where was looked, in the order of reading, whether the file exists or not.
  [[nodiscard]] const std::vector<ConfigFile>& files() const noexcept { return m_files; }

  // By key ("queue.dir"); asserts that the item exists and has this type. text() serves texts,
  // paths, words and counts ("startup=7,manual=20").
  [[nodiscard]] const std::string& text(std::string_view key) const;
  [[nodiscard]] bool boolean(std::string_view key) const;
  [[nodiscard]] std::int64_t integer(std::string_view key) const;
  [[nodiscard]] Duration duration(std::string_view key) const;
  [[nodiscard]] Bytes bytes(std::string_view key) const;
  // The lists of [routing]: the union of what all sources say, in the order of reading.
  [[nodiscard]] std::vector<std::string> list(std::string_view key) const;

  // The value of any item as text; lists are joined by commas.
  [[nodiscard]] std::string display(std::string_view key) const;
  [[nodiscard]] Origin origin(std::string_view key) const;
  // What lower sources said, highest first; the default is the last.
  struct Layer {
    std::string value{};
    Origin origin{};
    std::vector<std::string> list{}; // the value of a list
  };
  [[nodiscard]] std::vector<Layer> layers(std::string_view key) const;

  // The spools a drain reads: queue.dir and, when an old system's variable named it and
  // SHARED_QUEUE_DIR (or an older name of it) names another one, that one too.
  [[nodiscard]] std::vector<std::string> drain_queue_dirs() const;

  [[nodiscard]] const std::map<std::string, TableSettings, std::less<>>& tables() const noexcept {
    return m_table_settings;
  }

  // By type of jobs.
  [[nodiscard]] const std::map<std::string, JobHandlerSettings, std::less<>>&
  job_handlers() const noexcept {
    return m_job_handlers;
  }

  // All that the files and variables say about where tables live; what asks it may outlive the
  // settings.
  [[nodiscard]] std::shared_ptr<const TableLists> table_lists() const noexcept { return m_tables; }

private:
  friend class SettingsBuilder;

  // What one source said about an item.
  struct Said {
    std::string value; // not of a list
    std::string_view kind;
    Place place;
    std::size_t first_table = 0; // a list: its tables in table_lists()
    std::size_t table_count = 0;
  };
  // One per item, in the order of config_items().
  struct Slot {
    std::string value;      // the one that counts
    std::vector<Said> said; // highest last; empty: the default counts
  };

  Settings();
  [[nodiscard]] const Slot& slot(std::string_view key) const;
  [[nodiscard]] Layer layer_of(const Said& said) const;

  std::shared_ptr<SourceTexts> m_texts; // what the views of all below point into
  std::vector<Slot> m_slots;
  std::map<std::string, TableSettings, std::less<>> m_table_settings;
  std::map<std::string, JobHandlerSettings, std::less<>> m_job_handlers;
  std::shared_ptr<TableLists> m_tables;
  std::string m_second_queue_dir;
  std::vector<ConfigProblem> m_problems;
  std::vector<ConfigFile> m_files;
};

// The problems of one file alone: a TOML file, or a JSON table file when its name ends in .json.
[[nodiscard]] std::vector<ConfigProblem> check_config_file(Fs& fs, const std::string& path);

} // namespace menacedb
