#include "core/config/toml_job_handlers.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/base/units.hpp"
#include "core/config/suggestions.hpp"
#include "core/model/cron.hpp"
#include "core/model/priority.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace menacedb {
namespace {

constexpr std::size_t k_depth = 3; // of jobs.handlers.TYPE
constexpr std::string_view k_own_types = "menacedb-";
constexpr std::uint64_t k_most = 1'000'000;
constexpr Duration k_shortest_interval = std::chrono::seconds(1);

class HandlerReader {
public:
  HandlerReader(const TomlKey& key, TomlProblems& problems, JobHandlerSettings& handler)
      : m_key(key), m_problems(problems), m_handler(handler) {}

  // Whether something was set.
  bool read();

private:
  using Read = bool (HandlerReader::*)();
  struct Key {
    std::string_view name;
    Read read;
  };
  static const std::array<Key, 16> k_keys;

  bool refuse(std::string_view reason) {
    m_problems.refuse(m_key, m_key.value, reason);
    return false;
  }
  bool refuse_kind(std::string_view expected) {
    m_problems.refuse_kind(m_key, m_key.value, expected);
    return false;
  }
  bool read_text(std::string& text);
  bool read_duration(Duration& duration);
  bool read_count(std::uint64_t& count, std::uint64_t least);

  bool read_exec();
  bool read_plugin() {
    return refuse("no plugin that is loaded brings handlers of jobs; use exec or lua");
  }
  bool read_lua() { return read_text(m_handler.lua); }
  bool read_function();
  bool read_timeout() { return read_duration(m_handler.timeout); }
  bool read_max_attempts() { return read_count(m_handler.max_attempts, 1); }
  bool read_retry_delay() { return read_duration(m_handler.retry_delay); }
  bool read_max_retry_delay() { return read_duration(m_handler.max_retry_delay); }
  bool read_concurrency() { return read_count(m_handler.concurrency, 0); }
  bool read_cwd() { return read_text(m_handler.cwd); }
  bool read_env();
  bool read_every();
  bool read_cron();
  bool read_time_zone() { return read_text(m_handler.time_zone); }
  bool read_payload();
  bool read_priority();

  const TomlKey& m_key;
  TomlProblems& m_problems;
  JobHandlerSettings& m_handler;
};

const std::array<HandlerReader::Key, 16> HandlerReader::k_keys{{
    {"exec", &HandlerReader::read_exec},
    {"lua", &HandlerReader::read_lua},
    {"function", &HandlerReader::read_function},
    {"plugin", &HandlerReader::read_plugin},
    {"timeout", &HandlerReader::read_timeout},
    {"max_attempts", &HandlerReader::read_max_attempts},
    {"retry_delay", &HandlerReader::read_retry_delay},
    {"max_retry_delay", &HandlerReader::read_max_retry_delay},
    {"concurrency", &HandlerReader::read_concurrency},
    {"cwd", &HandlerReader::read_cwd},
    {"env", &HandlerReader::read_env},
    {"every", &HandlerReader::read_every},
    {"cron", &HandlerReader::read_cron},
    {"time_zone", &HandlerReader::read_time_zone},
    {"payload", &HandlerReader::read_payload},
    {"priority", &HandlerReader::read_priority},
}};

bool HandlerReader::read() {
  const std::string_view name = m_key.path[k_depth];
  const auto known = std::ranges::find(k_keys, name, &Key::name);
  if (known == k_keys.end()) {
    std::array<std::string_view, k_keys.size()> names;
    std::ranges::transform(k_keys, names.begin(), &Key::name);
    m_problems.report_unknown(m_key, did_you_mean(nearest(name, names)));
    return false;
  }
  const bool is_part = m_key.path.size() > k_depth + 1;
  if (is_part && name != "env") {
    return false; // its kind was refused
  }
  return (this->*known->read)();
}

bool HandlerReader::read_text(std::string& text) {
  if (m_key.value.kind != TomlKind::text || m_key.value.text.empty() ||
      m_key.value.text.find('\0') != std::string::npos) {
    return refuse("expected a text that is not empty");
  }
  text = m_key.value.text;
  return true;
}

bool HandlerReader::read_duration(Duration& duration) {
  const bool is_kind = m_key.value.kind == TomlKind::text ||
                       m_key.value.kind == TomlKind::integer || m_key.value.kind == TomlKind::real;
  const auto read = is_kind ? parse_duration(m_key.value.text) : std::nullopt;
  if (!read) {
    return refuse("expected a duration such as '5s'");
  }
  duration = *read;
  return true;
}

bool HandlerReader::read_count(std::uint64_t& count, std::uint64_t least) {
  const std::string_view text = m_key.value.text;
  std::uint64_t read = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), read);
  if (m_key.value.kind != TomlKind::integer || failure != std::errc{} || read < least ||
      read > k_most) {
    return refuse(fmt::format("expected a whole number from {} to {}", least, k_most));
  }
  count = read;
  return true;
}

bool HandlerReader::read_exec() {
  if (m_key.value.kind == TomlKind::text) {
    std::string command;
    if (!read_text(command)) {
      return false;
    }
    m_handler.exec = {std::move(command)};
    m_handler.is_exec_shell = true;
    return true;
  }
  std::vector<std::string> words;
  for (const TomlValue& element : m_key.elements) {
    if (element.kind != TomlKind::text || element.text.find('\0') != std::string::npos) {
      m_problems.refuse_kind(m_key, element, "a text");
      return false;
    }
    words.emplace_back(element.text);
  }
  if (words.empty() || words[0].empty()) {
    return refuse("expected a program and its arguments, or one text for the shell");
  }
  m_handler.exec = std::move(words);
  m_handler.is_exec_shell = false;
  return true;
}

bool HandlerReader::read_function() {
  std::string name;
  if (!read_text(name)) {
    return false;
  }
  if (!name.starts_with("job_")) {
    return refuse("expected the name of a function that begins with 'job_'");
  }
  m_handler.function = std::move(name);
  return true;
}

bool HandlerReader::read_env() {
  if (m_key.path.size() == k_depth + 1) {
    return m_key.value.kind == TomlKind::table || refuse_kind("a table such as {LANG = \"C\"}");
  }
  const std::string_view name = m_key.path[k_depth + 1];
  if (m_key.path.size() > k_depth + 2 || m_key.value.kind != TomlKind::text ||
      m_key.value.text.find('\0') != std::string::npos) {
    return refuse("expected a text");
  }
  if (name.empty() || name.find_first_of(std::string_view("=\0", 2)) != std::string::npos) {
    return refuse("no variable can have such a name");
  }
  m_handler.env[std::string(name)] = m_key.value.text;
  return true;
}

bool HandlerReader::read_every() {
  Duration every{};
  if (!read_duration(every)) {
    return false;
  }
  if (every < k_shortest_interval) {
    return refuse("expected at least 1s");
  }
  m_handler.every = every;
  return true;
}

bool HandlerReader::read_cron() {
  std::string cron;
  if (!read_text(cron)) {
    return false;
  }
  try {
    (void)Cron::parse(cron);
  } catch (const Error& error) {
    return refuse(error.message());
  }
  m_handler.cron = std::move(cron);
  return true;
}

bool HandlerReader::read_payload() {
  std::string payload;
  if (!read_text(payload)) {
    return false;
  }
  if (const auto parsed = JsonTape().parse(payload); parsed.fault) {
    return refuse(parsed.fault->message);
  }
  m_handler.payload = std::move(payload);
  return true;
}

bool HandlerReader::read_priority() {
  std::uint64_t priority = 0;
  if (!read_count(priority, k_first_priority)) {
    return false;
  }
  if (priority > k_last_priority) {
    return refuse("expected a whole number from 1 (first) to 10 (last)");
  }
  m_handler.priority = static_cast<int>(priority);
  return true;
}

// Its keys are only read when it may have them.
void read_type(const TomlKey& key, TomlProblems& problems, SettingsBuilder& builder) {
  const std::string_view type = key.path[2];
  if (type.empty() || !is_valid_utf8(type) || type.find('\0') != std::string::npos) {
    problems.refuse(key, key.value, "no type of jobs can have such a name");
  } else if (type.starts_with(k_own_types)) {
    problems.refuse(key, key.value,
                    fmt::format("types that begin with '{}' are menacedb's own", k_own_types));
  } else {
    (void)builder.job_handler(type, problems.place(key));
  }
}

} // namespace

void read_job_handler_key(const TomlKey& key, TomlProblems& problems, SettingsBuilder& builder) {
  const bool is_table = key.value.kind == TomlKind::table;
  if (key.path.size() == k_depth && is_table) {
    read_type(key, problems, builder);
  } else if (key.path.size() <= k_depth) {
    if (!is_table) {
      problems.refuse_kind(key, key.value, "a table");
    }
  } else if (builder.settings().job_handlers().contains(key.path[2])) {
    JobHandlerSettings& handler = builder.job_handler(key.path[2], problems.place(key));
    if (HandlerReader(key, problems, handler).read()) {
      handler.origins.set(key.path[k_depth], problems.place(key.value));
    }
  }
}

void check_job_handlers(SettingsBuilder& builder) {
  for (const auto& [type, place] : builder.job_handler_places()) {
    const JobHandlerSettings& handler = builder.settings().job_handlers().find(type)->second;
    const std::string name = printable(fmt::format("jobs.handlers.{}", type));
    const auto report = [&, &at = place](std::string_view reason, std::string hint) {
      builder.problem(at, name, fmt::format("cannot use '{}': {}", name, reason), std::move(hint));
    };
    if (handler.exec.empty() == handler.lua.empty()) {
      report(handler.lua.empty() ? "it has neither exec nor lua" : "it has both exec and lua",
             "exec = [\"program\", \"argument\"] runs a program");
    }
    if (handler.every && !handler.cron.empty()) {
      report("it has both every and cron", "keep one of them");
    }
  }
}

} // namespace menacedb
