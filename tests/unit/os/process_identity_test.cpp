#include "core/os/process.hpp"
#include "core/os/process_identity.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace menacedb;

namespace {

std::string identity(std::string_view machine, int pid, std::int64_t start) {
  return fmt::format("{}:{}:{}", machine, pid, start);
}

} // namespace

TEST_CASE("a process knows itself and is alive") {
  CHECK(owner_state(process_identity()) == OwnerState::alive);
  const auto ticks = process_start_ticks(process_id());
  REQUIRE(ticks.has_value());
  CHECK(process_identity() == identity(machine_identity(), process_id(), *ticks));
}

TEST_CASE("a pid that was given to another process is not the one that is named") {
  CHECK(owner_state(identity(machine_identity(), process_id(), 1)) == OwnerState::dead);
  CHECK(owner_state(identity(machine_identity(), 0x3fffffff, 1)) == OwnerState::dead);
}

TEST_CASE("all processes of an earlier boot are dead") {
  std::string machine = machine_identity();
  machine[machine.rfind('.') - 1] ^= 1; // another boot id
  CHECK(owner_state(identity(machine, process_id(), 1)) == OwnerState::dead);
}

TEST_CASE("nothing is known of other machines and containers and of what is no identity") {
  CHECK(owner_state(identity("other" + machine_identity(), 1, 1)) == OwnerState::unknown);
  CHECK(owner_state(identity(machine_identity() + "9", 1, 1)) == OwnerState::unknown);
  for (const std::string_view text : {"", "worker-1", "a:b:c:d", "a:b:1:", "a:b:-1:5", ":::"}) {
    CHECK(owner_state(text) == OwnerState::unknown);
  }
}
