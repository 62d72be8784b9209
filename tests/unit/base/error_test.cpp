#include "core/base/error.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using namespace menacedb;

TEST_CASE("an error gains one phrase in front from each layer") {
  Error error(ErrorKind::busy, "locked", "cannot begin transaction on 'shared': locked");
  const Error outer = std::move(error).within("queue 'a'").within("sync");
  CHECK(outer.message() == "sync: queue 'a': cannot begin transaction on 'shared': locked");
  CHECK(std::string(outer.what()) == outer.message());
  CHECK(outer.code() == "locked");
  CHECK(outer.is_retryable());
}

TEST_CASE("a later hint replaces an earlier one and the message stays") {
  Error error(ErrorKind::config, "bad", "cannot read it");
  CHECK(error.hint().empty());
  const Error helped = std::move(error).with_hint("first").with_hint("second");
  CHECK(helped.hint() == "second");
  CHECK(helped.message() == "cannot read it");
  CHECK_FALSE(helped.is_retryable());
}

TEST_CASE("a failed system call names the action the path and the reason") {
  const Error error = system_error(ENOENT, "open", "logs/queue/a.jsonl");
  CHECK(error.message() == "cannot open 'logs/queue/a.jsonl': No such file or directory");
  CHECK(error.code() == "not-found");
  CHECK(error.kind() == ErrorKind::io);
}

TEST_CASE("errno decides the kind and the code of a system error") {
  struct Case {
    int error_number;
    ErrorKind kind;
    std::string_view code;
  };
  const Case cases[] = {
      {EACCES, ErrorKind::denied, "permission"}, {EPERM, ErrorKind::denied, "permission"},
      {EROFS, ErrorKind::denied, "permission"},  {EAGAIN, ErrorKind::busy, "busy"},
      {EWOULDBLOCK, ErrorKind::busy, "busy"},    {ENOSPC, ErrorKind::io, "disk-full"},
      {EDQUOT, ErrorKind::io, "disk-full"},      {EIO, ErrorKind::io, "io-error"},
      {EMFILE, ErrorKind::io, "io-error"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.error_number);
    const Error error = system_error(c.error_number, "write", "x");
    CHECK(error.kind() == c.kind);
    CHECK(error.code() == c.code);
  }
}
