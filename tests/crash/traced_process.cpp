#include "traced_process.hpp"

#include <sys/uio.h>

#include <filesystem>
#include <fstream>

namespace traced {
namespace {

constexpr std::size_t k_page = 4096;

// The number behind "Tgid:", "pos:" and the like.
long field(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    if (word == name) {
      long value = -1;
      file >> value;
      return value;
    }
  }
  return -1;
}

} // namespace

std::string proc(pid_t thread, const std::string& name) {
  return "/proc/" + std::to_string(thread) + "/" + name;
}

std::string descriptor(pid_t thread, std::uint64_t number) {
  return proc(thread, "fd/" + std::to_string(static_cast<int>(number)));
}

std::string link_target(const std::string& path) {
  std::error_code error;
  return std::filesystem::read_symlink(path, error).string();
}

pid_t process_of(pid_t thread) {
  const long process = field(proc(thread, "status"), "Tgid:");
  return process < 0 ? thread : static_cast<pid_t>(process);
}

std::int64_t position(pid_t thread, std::uint64_t descriptor) {
  return field(proc(thread, "fdinfo/" + std::to_string(static_cast<int>(descriptor))), "pos:");
}

std::string read_memory(pid_t thread, std::uint64_t address, std::size_t size) {
  std::string bytes(size, '\0');
  const iovec local{bytes.data(), size};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address in another process.
  const iovec remote{reinterpret_cast<void*>(address), size};
  const ssize_t count = ::process_vm_readv(thread, &local, 1, &remote, 1, 0);
  bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return bytes;
}

std::string read_text(pid_t thread, std::uint64_t address) {
  std::string text;
  while (address != 0) {
    const std::string bytes = read_memory(thread, address, k_page - address % k_page);
    const auto end = bytes.find('\0');
    text += bytes.substr(0, end);
    if (end != std::string::npos || bytes.empty()) {
      break;
    }
    address += bytes.size();
  }
  return text;
}

} // namespace traced
