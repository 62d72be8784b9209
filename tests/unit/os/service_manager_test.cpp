#include "core/os/fd.hpp"
#include "core/os/service_manager.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <map>
#include <unistd.h>

using namespace menacedb;
using namespace std::chrono_literals;

namespace {

using Variables = std::map<std::string, std::string>;

ServiceManager manager_of(const Variables& variables) {
  return ServiceManager([&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

// What the manager's side receives at `name`, where '@' begins an abstract one.
std::string received_at(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name.front() == '@') {
    address.sun_path[0] = '\0';
  }
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  manager_of({{"NOTIFY_SOCKET", name}}).tell("READY=1");
  std::array<char, 64> buffer{};
  const ssize_t count = ::recv(socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  return {buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

} // namespace

TEST_CASE("a message reaches the socket of the manager") {
  const test::TempDir dir;
  CHECK(received_at(dir / "notify") == "READY=1");
  CHECK(received_at(fmt::format("@menacedb-test-{}", ::getpid())) == "READY=1");
}

TEST_CASE("without a manager nothing happens") {
  manager_of({}).tell("READY=1");
  manager_of({{"NOTIFY_SOCKET", std::string(200, 'x')}}).tell("READY=1");
  CHECK_FALSE(manager_of({}).watchdog());
}

TEST_CASE("the watchdog counts when it is meant for this process") {
  CHECK(manager_of({{"WATCHDOG_USEC", "60000000"}}).watchdog() == 60s);
  const std::string pid = std::to_string(::getpid());
  CHECK(manager_of({{"WATCHDOG_USEC", "1000"}, {"WATCHDOG_PID", pid}}).watchdog() == 1ms);
  CHECK_FALSE(manager_of({{"WATCHDOG_USEC", "1000"}, {"WATCHDOG_PID", "1"}}).watchdog());
  CHECK_FALSE(manager_of({{"WATCHDOG_USEC", "soon"}}).watchdog());
}
