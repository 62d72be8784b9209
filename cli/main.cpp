#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/parser.hpp"
#include "cli/standard_streams.hpp"
#include "core/base/error.hpp"

#include <cerrno>
#include <csignal>
#include <new>
#include <unistd.h>

namespace menacedb {
namespace {

void change_directories(const Arguments& arguments) {
  for (const std::string& directory : arguments.values("--directory")) {
    if (::chdir(directory.c_str()) != 0) {
      throw system_error(errno, "change to directory", directory);
    }
  }
}

int run(const CommandLine& line, Printer& printer) {
  if (line.wants_version) {
    printer.line("menacedb " MENACEDB_VERSION);
    return k_exit_done;
  }
  if (line.wants_help) {
    printer.out(line.command == nullptr ? general_help(all_commands())
                                        : command_help(*line.command));
    return k_exit_done;
  }
  change_directories(line.arguments);
  App app(line.arguments, printer);
  const int status = line.command->run(app, line.arguments);
  printer.flush();
  return status;
}

int report(Printer& printer, const Error& error, bool as_json) {
  const int status = exit_status(error.kind());
  try {
    printer.flush(); // what was answered before the failure still counts
  } catch (const Error&) {
    // The failure itself is the better story, and stdout may be what failed.
  }
  printer.error(error, as_json, status);
  return status;
}

// A bad word is reported by the parser's rules, later.
ColourMode early_colour(const EarlyOptions& early) {
  const bool is_usable = early.colour == "always" || early.colour == "never";
  return colour_mode(is_usable ? early.colour : std::nullopt);
}

int menacedb_main(std::span<const char* const> words) {
  const bool has_stdout = fill_standard_streams();
  std::signal(SIGPIPE, SIG_IGN); // a reader that went away is an error of write(),
  std::signal(SIGXFSZ, SIG_IGN); // and so is a file that may not grow
  const EarlyOptions early = read_early_options(words);
  const bool as_json = early.wants_json;
  Printer printer(early_colour(early), has_stdout);
  try {
    const CommandLine line = parse_command_line(words, all_commands());
    printer = Printer(colour_mode(line.arguments.value("--color")), has_stdout);
    const int status = run(line, printer);
    printer.flush();
    return status;
  } catch (const Error& error) {
    return report(printer, error, as_json);
  } catch (const std::bad_alloc&) {
    return report(printer, Error(ErrorKind::busy, "out-of-memory", "cannot go on: out of memory"),
                  as_json);
  } catch (const std::exception& error) {
    return report(printer, Error(ErrorKind::internal, "internal", error.what()), as_json);
  }
}

} // namespace
} // namespace menacedb

int main(int count, char** words) {
  const std::span<const char* const> all(words, static_cast<std::size_t>(count));
  const int status = menacedb::menacedb_main(all.empty() ? all : all.subspan(1));
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return status; // the leak check and the reports come at a normal end
#else
  // All is written. The end of the libraries would only cost an enqueue four page faults more.
  ::_exit(status);
#endif
}
