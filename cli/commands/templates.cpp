#include "cli/commands/templates.hpp"

namespace menacedb {

const std::string_view k_minimal_config =
    R"toml(# Settings of menacedb for this project. What is not set here has its default;
# menacedb.toml(5) and 'menacedb config show' list all of it.

[instance]
# id = "default"              # the origin of what is written; MENACE_ID

[databases]
# shared = "./shared/global.db"

[queue]
# dir = "logs/queue"

[routing]
# shared = ["my_table"]       # tables of this project that live in the shared database
# local = ["my_notes"]        # tables that each instance keeps to itself
)toml";

} // namespace menacedb
