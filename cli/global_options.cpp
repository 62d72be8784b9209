#include "cli/global_options.hpp"

#include <array>

namespace menacedb {
namespace {

constexpr auto k_global_options = std::to_array<OptionSpec>({
    {.name = "-C,--directory",
     .argument = "DIR",
     .help = "run as if started in DIR",
     .is_list = true},
    {.name = "--config", .argument = "FILE", .help = "read this file and no other"},
    {.name = "--menace-id",
     .argument = "ID",
     .help = "the origin of what is written",
     .item = "instance.id"},
    {.name = "--shared-db",
     .argument = "URL",
     .help = "the shared database",
     .item = "databases.shared"},
    {.name = "--local-db",
     .argument = "PATH",
     .help = "the database of this instance alone",
     .item = "databases.local"},
    {.name = "--queue-dir",
     .argument = "DIR",
     .help = "the spool of queued rows",
     .item = "queue.dir"},
    {.name = "--dir-queue",
     .argument = "DIR",
     .help = "the spool of queued SQL writes",
     .item = "dir_queue.dir"},
    {.name = "--json", .argument = "", .help = "answer with one JSON object"},
    {.name = "-q,--quiet", .argument = "", .help = "log errors only, leave out remarks"},
    {.name = "-v,--verbose", .argument = "", .help = "log what is done, too"},
    {.name = "--log-level",
     .argument = "LEVEL",
     .help = "log from this level on: debug, info, warning or error",
     .item = "log.level"},
    {.name = "--color",
     .argument = "WHEN",
     .help = "colours: auto, always or never",
     .words = "auto always never"},
    {.name = "--no-input", .argument = "", .help = "never ask"},
    {.name = "-y,--yes", .argument = "", .help = "say yes to a destructive step"},
    {.name = "--version", .argument = "", .help = "print the version"},
    {.name = "-h,--help", .argument = "", .help = "print help, with examples"},
});

} // namespace

std::span<const OptionSpec> global_options() noexcept {
  return k_global_options;
}

} // namespace menacedb
