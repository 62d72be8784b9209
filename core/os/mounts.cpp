#include "core/os/mounts.hpp"

#include "core/os/proc_file.hpp"

#include <linux/magic.h>
#include <sys/statfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <vector>

namespace menacedb {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

// The kernel writes blank, tab, newline and backslash as \ooo.
std::string unescape(std::string_view text) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool holds(std::string_view point, std::string_view path) {
  return point == "/" ||
         (path.starts_with(point) && (path.size() == point.size() || path[point.size()] == '/'));
}

// "36 35 98:0 /root /point options [optional]... - type source options"
std::optional<Mount> parse_mount(std::string_view line) {
  constexpr std::size_t k_point = 4;
  const auto words = words_of(line);
  const auto mark = std::find(words.begin(), words.end(), "-");
  if (words.size() <= k_point || words.end() - mark < 4) {
    return std::nullopt;
  }
  return Mount{unescape(words[k_point]), std::string(mark[1]), unescape(mark[3])};
}

} // namespace

std::optional<Mount> find_mount_in(std::string_view mountinfo, std::string_view absolute_path) {
  std::optional<Mount> best;
  while (!mountinfo.empty()) {
    const std::size_t end = std::min(mountinfo.find('\n'), mountinfo.size());
    auto mount = parse_mount(mountinfo.substr(0, end));
    if (mount && holds(mount->point, absolute_path) &&
        (!best || mount->point.size() >= best->point.size())) {
      best = std::move(mount);
    }
    mountinfo.remove_prefix(std::min(end + 1, mountinfo.size()));
  }
  return best;
}

std::optional<Mount> find_mount(const std::string& absolute_path) {
  return find_mount_in(read_proc_file("/proc/self/mountinfo"), absolute_path);
}

bool is_on_local_disk(const std::string& path) {
  struct statfs status {};
  std::string place = path;
  while (::statfs(place.c_str(), &status) != 0) {
    if (errno != ENOENT || place == "." || place == "/") {
      return false;
    }
    const std::size_t slash = place.find_last_of('/');
    place = slash == std::string::npos ? "." : place.substr(0, std::max<std::size_t>(slash, 1));
  }
  constexpr std::array<std::uint64_t, 5> k_local{EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC,
                                                 BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC};
  return std::find(k_local.begin(), k_local.end(), static_cast<std::uint64_t>(status.f_type)) !=
         k_local.end();
}

std::optional<std::string_view> why_locks_fail(std::string_view type) noexcept {
  struct Reason {
    std::string_view type;
    std::string_view reason;
  };
  constexpr std::string_view k_network =
      "is a network file system: locks and the WAL's shared memory do not work between machines";
  constexpr std::string_view k_shared = "is shared with another system, whose programs do not see "
                                        "our locks";
  constexpr std::array k_reasons{
      Reason{"nfs", k_network},    Reason{"nfs4", k_network},      Reason{"cifs", k_network},
      Reason{"smb3", k_network},   Reason{"smbfs", k_network},     Reason{"afs", k_network},
      Reason{"ceph", k_network},   Reason{"glusterfs", k_network}, Reason{"lustre", k_network},
      Reason{"gfs2", k_network},   Reason{"ocfs2", k_network},     Reason{"coda", k_network},
      Reason{"beegfs", k_network}, Reason{"9p", k_shared},         Reason{"virtiofs", k_shared},
      Reason{"vboxsf", k_shared},  Reason{"prl_fs", k_shared},     Reason{"vmhgfs", k_shared},
  };
  const auto* const found = std::find_if(k_reasons.begin(), k_reasons.end(),
                                         [&](const Reason& reason) { return reason.type == type; });
  if (found != k_reasons.end()) {
    return found->reason;
  }
  if (type == "fuse" || type.starts_with("fuse.")) {
    return "is a FUSE file system, which decides by itself whether locks work";
  }
  return std::nullopt;
}

} // namespace menacedb
