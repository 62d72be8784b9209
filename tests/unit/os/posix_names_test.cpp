#include "core/os/posix_fs.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

using namespace menacedb;
using test::error_of;

namespace {

struct Bench {
  test::TempDir dir;
  PosixFs fs;

  void write(const std::string& name, std::string_view text) {
    fs.write_all(fs.open(dir / name, {.mode = OpenMode::append, .create = true}), text);
  }
  std::string text(const std::string& name) { return read_file(fs, dir / name, 1U << 20U); }
};

} // namespace

TEST_CASE("rename replaces the target") {
  Bench bench;
  bench.write("a", "new");
  bench.write("b", "old");
  bench.fs.rename(bench.dir / "a", bench.dir / "b");
  CHECK(bench.text("b") == "new");
  CHECK_FALSE(bench.fs.stat(bench.dir / "a"));
}

TEST_CASE("a failed rename names both paths") {
  Bench bench;
  const auto error = error_of([&] { bench.fs.rename(bench.dir / "a", bench.dir / "b"); });
  REQUIRE(error);
  CHECK(error->message() == "cannot rename '" + (bench.dir / "a") + "' to '" + (bench.dir / "b") +
                                "': No such file or directory");
}

TEST_CASE("exchange swaps two files") {
  Bench bench;
  bench.write("a", "1");
  bench.write("b", "2");
  const FileId a = bench.fs.stat(bench.dir / "a")->id;
  REQUIRE(bench.fs.exchange(bench.dir / "a", bench.dir / "b"));
  CHECK(bench.text("a") == "2");
  CHECK(bench.text("b") == "1");
  CHECK(bench.fs.stat(bench.dir / "b")->id == a);
}

TEST_CASE("exchange with a missing file is an error not a false") {
  Bench bench;
  bench.write("a", "1");
  CHECK(error_of([&] { (void)bench.fs.exchange(bench.dir / "a", bench.dir / "b"); }));
  CHECK(bench.text("a") == "1");
}

TEST_CASE("a file moves between open folders wherever those are moved and replaces nothing") {
  Bench bench;
  bench.fs.make_directories(bench.dir / "old");
  bench.fs.make_directories(bench.dir / "to");
  bench.write("old/a", "1");
  const Fd from = bench.fs.open_directory(bench.dir / "old");
  const Fd to = bench.fs.open_directory(bench.dir / "to");
  bench.fs.rename(bench.dir / "old", bench.dir / "new");
  CHECK(bench.fs.move_new(from, to, "a") == Moved::done);
  CHECK(bench.text("to/a") == "1");
  CHECK(bench.fs.move_new(from, to, "a") == Moved::source_missing);
  bench.write("new/a", "2");
  CHECK(bench.fs.move_new(from, to, "a") == Moved::target_exists);
  CHECK(bench.text("to/a") == "1");
  CHECK(bench.text("new/a") == "2");
}

TEST_CASE("a move that fails names both paths") {
  Bench bench;
  const Fd from = bench.fs.open_directory(bench.dir.path());
  const std::string name(300, 'x');
  const auto error = error_of([&] { (void)bench.fs.move_new(from, from, name); });
  REQUIRE(error);
  CHECK(error->message() == "cannot rename '" + (bench.dir / name) + "' to '" + (bench.dir / name) +
                                "': File name too long");
}

TEST_CASE("a file opens by its name in an open folder but no symlink does") {
  Bench bench;
  bench.write("a", "text");
  REQUIRE(::symlink("a", (bench.dir / "link").c_str()) == 0);
  const Fd folder = bench.fs.open_directory(bench.dir.path());
  const auto file = bench.fs.open_in(folder, "a", {.is_fleeting = true});
  REQUIRE(file);
  char byte = 0;
  CHECK(bench.fs.read_at(*file, &byte, 1, 0) == 1);
  CHECK(byte == 't');
  CHECK_FALSE(bench.fs.open_in(folder, "b", {}));
  const auto error = error_of([&] { (void)bench.fs.open_in(folder, "link", {}); });
  REQUIRE(error);
  CHECK(error->code() == "symlink");
  CHECK(error->message() == "cannot open '" + (bench.dir / "link") +
                                "': it is a symbolic link, and none is followed here");
}

TEST_CASE("a fleeting reader leaves the time of the last access") {
  Bench bench;
  bench.write("a", "text");
  const timespec long_ago[2] = {{1000, 0}, {2000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, (bench.dir / "a").c_str(), long_ago, 0) == 0);
  char byte = 0;
  const Fd file = bench.fs.open(bench.dir / "a", {.is_fleeting = true});
  CHECK(bench.fs.read_at(file, &byte, 1, 0) == 1);
  struct ::stat info {};
  REQUIRE(::stat((bench.dir / "a").c_str(), &info) == 0);
  CHECK(info.st_atim.tv_sec == 1000);
}

TEST_CASE("a file of another owner is read all the same by a fleeting reader") {
  if (::geteuid() != 0) {
    return; // only root can become another user
  }
  Bench bench;
  bench.write("a", "text");
  REQUIRE(::chmod(bench.dir.path().c_str(), 0755) == 0);
  REQUIRE(::seteuid(65534) == 0);
  const auto file = bench.fs.open_if_exists(bench.dir / "a", {.is_fleeting = true});
  REQUIRE(::seteuid(0) == 0);
  CHECK(file);
}

TEST_CASE("unlink says whether there was something") {
  Bench bench;
  bench.write("a", "");
  CHECK(bench.fs.unlink(bench.dir / "a"));
  CHECK_FALSE(bench.fs.unlink(bench.dir / "a"));
  CHECK(error_of([&] { bench.fs.unlink(bench.dir.path()); }));
}

TEST_CASE("the mode of another file is taken over set-id bits excepted") {
  Bench bench;
  bench.write("a", "");
  const Fd file = bench.fs.open(bench.dir / "a", {});
  FileStat like = bench.fs.stat(file);
  like.mode = 04666;
  bench.fs.set_owner_and_mode(file, like);
  CHECK(bench.fs.stat(file).mode == 0666);
}

TEST_CASE("the owner of another file is taken over by root") {
  if (::geteuid() != 0) {
    MESSAGE("needs root");
    return;
  }
  Bench bench;
  bench.write("a", "");
  const Fd file = bench.fs.open(bench.dir / "a", {});
  FileStat like = bench.fs.stat(file);
  like.owner = 1234;
  like.group = 5678;
  bench.fs.set_owner_and_mode(file, like);
  CHECK(bench.fs.stat(file).owner == 1234);
  CHECK(bench.fs.stat(file).group == 5678);
}

TEST_CASE("directories are made with their parents and may exist") {
  Bench bench;
  bench.fs.make_directories(bench.dir / "x/y/z");
  bench.fs.make_directories(bench.dir / "x/y/z");
  bench.fs.make_directories(bench.dir / "x/y//w/");
  CHECK(bench.fs.stat(bench.dir / "x/y/z")->type == FileType::directory);
  CHECK(bench.fs.stat(bench.dir / "x/y/w")->type == FileType::directory);
}

TEST_CASE("a symlink to a directory is as good as a directory") {
  Bench bench;
  bench.fs.make_directories(bench.dir / "real");
  REQUIRE(::symlink("real", (bench.dir / "link").c_str()) == 0);
  bench.fs.make_directories(bench.dir / "link");
  bench.fs.make_directories(bench.dir / "link/below");
  CHECK(bench.fs.list(bench.dir / "link").size() == 1);
  bench.fs.sync_directory(bench.dir / "link");
}

TEST_CASE("a file where a directory should be cannot become one") {
  Bench bench;
  bench.write("a", "");
  const auto error = error_of([&] { bench.fs.make_directories(bench.dir / "a"); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::cannot_create);
  CHECK(error->message() == "cannot create directory '" + (bench.dir / "a") + "': File exists");
  CHECK(error_of([&] { bench.fs.make_directories(bench.dir / "a/b"); }));
}

TEST_CASE("a listing has names and types without the directory itself") {
  Bench bench;
  bench.write("file", "");
  bench.write(".hidden", "");
  bench.fs.make_directories(bench.dir / "folder");
  REQUIRE(::symlink("file", (bench.dir / "link").c_str()) == 0);
  REQUIRE(::mkfifo((bench.dir / "fifo").c_str(), 0600) == 0);
  auto entries = bench.fs.list(bench.dir.path());
  std::ranges::sort(entries, {}, &DirEntry::name);
  REQUIRE(entries.size() == 5);
  CHECK(entries[0].name == ".hidden");
  CHECK(entries[1].type == FileType::other);
  CHECK(entries[2].type == FileType::regular);
  CHECK(entries[3].type == FileType::directory);
  CHECK(entries[4].type == FileType::symlink);
}

TEST_CASE("a listing of what is no directory is an error") {
  Bench bench;
  bench.write("a", "");
  CHECK(error_of([&] { (void)bench.fs.list(bench.dir / "a"); }));
  CHECK(error_of([&] { (void)bench.fs.list(bench.dir / "no"); }));
  CHECK(error_of([&] { bench.fs.sync_directory(bench.dir / "no"); }));
}
