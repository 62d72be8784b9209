#include "core/os/mounts.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

using namespace menacedb;

namespace {

constexpr const char* k_mounts =
    "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
    "30 22 0:40 / /srv rw - nfs4 host:/export rw,vers=4.2\n"
    "31 30 0:41 / /srv/my\\040data rw shared:7 master:1 - fuse.sshfs host: rw\n"
    "32 22 0:42 / /work rw - tmpfs tmpfs rw\n"
    "33 32 0:43 / /work rw - 9p share rw,trans=virtio\n"
    "broken line\n";

std::string type_of(std::string_view path) {
  const auto mount = find_mount_in(k_mounts, path);
  return mount ? mount->type : "none";
}

} // namespace

TEST_CASE("a path lies on the longest mount in front of it") {
  CHECK(type_of("/etc/x.db") == "ext4");
  CHECK(type_of("/srv/x.db") == "nfs4");
  CHECK(type_of("/srvice/x.db") == "ext4");
  CHECK(type_of("/srv") == "nfs4");
}

TEST_CASE("blanks of a mount point are read from their escapes") {
  CHECK(type_of("/srv/my data/x.db") == "fuse.sshfs");
}

TEST_CASE("of two mounts on one point the later one counts") {
  CHECK(type_of("/work/x.db") == "9p");
}

TEST_CASE("network and shared file systems are warned of and local ones are not") {
  for (const char* const type :
       {"nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "fuse", "fuse.sshfs", "ceph"}) {
    CAPTURE(type);
    CHECK(why_locks_fail(type).has_value());
  }
  for (const char* const type : {"ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "fuseblk"}) {
    CAPTURE(type);
    CHECK_FALSE(why_locks_fail(type).has_value());
  }
}

TEST_CASE("the root of this machine lies on a mount") {
  CHECK(find_mount("/").has_value());
}

TEST_CASE("a path that does not exist yet lies where its folder does") {
  CHECK_FALSE(is_on_local_disk("/proc/self/x.db"));
  const test::TempDir directory;
  CHECK(is_on_local_disk(directory / "no/such/x.db") == is_on_local_disk(directory / "."));
}
