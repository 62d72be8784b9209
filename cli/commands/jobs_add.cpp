#include "cli/commands/jobs.hpp"
#include "cli/line_input.hpp"
#include "cli/text_input.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"

#include <fmt/format.h>

#include <optional>
#include <unistd.h>

namespace menacedb {
namespace {

constexpr std::size_t k_flush_jobs = 1000; // added in one transaction
constexpr std::size_t k_flush_bytes = 1u << 20;
constexpr std::size_t k_most_errors = 1000; // listed; all of them are counted

struct Addition {
  std::string path;
  std::string type;
  std::string unique_key;
  bool is_dry_run = false;
  bool is_durable = false;
  std::optional<JobStore> store{};

  std::vector<std::optional<std::int64_t>> add(App& app, const std::vector<NewJob>& jobs) {
    if (!store) {
      const Context context = app.context();
      JobStoreOptions options = job_store_options(context.settings, path);
      options.is_durable |= is_durable;
      store.emplace(context.fs, context.clock, context.stop, options);
    }
    std::vector<std::optional<std::int64_t>> ids = add_jobs(app.context(), *store, jobs);
    store->checkpoint_if_large(jobs.size() == 1);
    return ids;
  }
};

void print_added(App& app, Addition& addition, const std::optional<std::int64_t>& id) {
  Printer& printer = app.printer();
  if (app.wants_json()) {
    JsonWriter json = begin_jobs_json();
    if (const auto job = id ? JobList(addition.store->database()).find(*id) : std::nullopt) {
      add_job_json(json, *job);
    }
    json.end_array().member("added", std::uint64_t{id ? 1U : 0U});
    json.member("ignored", std::uint64_t{id || addition.is_dry_run ? 0U : 1U});
    if (addition.is_dry_run) {
      json.member("dry_run", true);
    }
    printer.line(json.end_object().text());
  } else if (id) {
    printer.line(std::to_string(*id));
  } else if (!addition.is_dry_run) {
    printer.note("menacedb: note: a job of this type with this key is pending; nothing was added");
  }
  printer.flush(WhenBroken::fail);
}

int add_one(App& app, const Arguments& arguments, Addition& addition,
            const std::vector<std::string>& words) {
  const std::string payload =
      words.size() < 2
          ? "{}"
          : read_text_argument(words[1], app.settings().bytes("queue.max_line"), "add the job");
  require_job_payload(payload);
  NewJob job = job_from_options(app, arguments, addition.unique_key);
  job.type = addition.type;
  job.payload = trim(payload);
  print_added(app, addition, addition.is_dry_run ? std::nullopt : addition.add(app, {job}).front());
  return 0;
}

struct StreamReport {
  struct Rejected {
    std::uint64_t line = 0;
    std::string message;
  };
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::vector<Rejected> errors;
};

void print_stream(App& app, const StreamReport& report, bool is_dry_run) {
  Printer& printer = app.printer();
  if (app.wants_json()) {
    JsonWriter json;
    json.begin_object().member("schema", k_jobs_schema).member("accepted", report.accepted);
    json.member("rejected", report.rejected).key("errors").begin_array();
    for (const StreamReport::Rejected& error : report.errors) {
      json.begin_object().member("line", error.line).member("message", error.message).end_object();
    }
    json.end_array();
    if (is_dry_run) {
      json.member("dry_run", true);
    }
    printer.line(json.end_object().text());
  } else {
    for (const StreamReport::Rejected& error : report.errors) {
      printer.note(fmt::format("line {}: {}", error.line, printable(error.message)));
    }
    printer.line(fmt::format("accepted {}, rejected {}", report.accepted, report.rejected));
  }
  printer.flush(WhenBroken::fail);
}

// Payloads, one a line, gathered until a transaction is worth it or the next line would have to be
// waited for.
class Stream {
public:
  Stream(App& app, const Arguments& arguments, Addition& addition)
      : m_app(app), m_addition(addition), m_like(job_from_options(app, arguments, "")) {
    m_like.type = addition.type;
  }

  void take(const LineInput::Line& line) {
    if (line.is_too_long) {
      reject(line.number, "the line is longer than [queue] max_line");
      return;
    }
    const std::string_view payload = trim(line.text);
    if (payload.empty()) {
      return;
    }
    m_tape.clear();
    if (const JsonTape::Parsed parsed = m_tape.parse(payload, 0); parsed.fault) {
      reject(line.number, parsed.fault->message);
      return;
    }
    m_ends.push_back(m_text.append(payload).size());
  }
  [[nodiscard]] bool is_full() const {
    return m_ends.size() >= k_flush_jobs || m_text.size() >= k_flush_bytes;
  }
  void flush() {
    if (m_ends.empty()) {
      return;
    }
    m_jobs.assign(m_ends.size(), m_like);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < m_ends.size(); ++i) {
      m_jobs[i].payload = std::string_view(m_text).substr(begin, m_ends[i] - begin);
      begin = m_ends[i];
    }
    if (!m_addition.is_dry_run) {
      static_cast<void>(m_addition.add(m_app, m_jobs));
    }
    m_report.accepted += m_ends.size();
    m_text.clear();
    m_ends.clear();
  }
  [[nodiscard]] const StreamReport& report() const { return m_report; }

private:
  void reject(std::uint64_t line, std::string message) {
    ++m_report.rejected;
    if (m_report.errors.size() < k_most_errors) {
      m_report.errors.push_back({line, std::move(message)});
    }
  }

  App& m_app;
  Addition& m_addition;
  NewJob m_like;
  JsonTape m_tape;
  std::string m_text;              // of the gathered payloads, one behind the other
  std::vector<std::size_t> m_ends; // of each in it
  std::vector<NewJob> m_jobs;
  StreamReport m_report;
};

int add_stream(App& app, const Arguments& arguments, Addition& addition) {
  if (arguments.has("--unique")) {
    throw Error(ErrorKind::usage, "option-conflict",
                "cannot combine --stdin with --unique: all jobs would have the same key");
  }
  Stream stream(app, arguments, addition);
  LineInput input(STDIN_FILENO, app.settings().bytes("queue.max_line"));
  while (const std::optional<LineInput::Line> line = input.next()) {
    stream.take(*line);
    if (stream.is_full() || input.would_wait()) {
      stream.flush();
    }
  }
  stream.flush();
  print_stream(app, stream.report(), addition.is_dry_run);
  return stream.report().rejected > 0 ? 65 : 0;
}

} // namespace

int jobs_add(App& app, const Arguments& arguments) {
  const std::vector<std::string> words = jobs_words(arguments);
  const bool is_stream = arguments.has("--stdin");
  if (words.empty() || words.size() > (is_stream ? 1U : 2U)) {
    throw Error(ErrorKind::usage, "usage",
                is_stream ? "cannot add jobs: with --stdin give their type and nothing else"
                          : "cannot add a job: give its type, and perhaps a payload")
        .with_hint("menacedb jobs --help");
  }
  require_job_type(words[0]);
  Addition addition{.path = jobs_path(app, arguments),
                    .type = words[0],
                    .unique_key = arguments.value("--unique").value_or(""),
                    .is_dry_run = arguments.has("--dry-run"),
                    .is_durable = arguments.has("--durable")};
  return is_stream ? add_stream(app, arguments, addition)
                   : add_one(app, arguments, addition, words);
}

} // namespace menacedb
