#include "core/config/retention_limits.hpp"
#include "tests/unit/config/config_bench.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using namespace menacedb::test;

namespace {

RetentionLimits failed_by(const std::string& toml) {
  ConfigBench bench;
  bench.write("menacedb.toml", "[retention]\nfailed = " + toml + "\n");
  CHECK(bench.problem() == "");
  return retention_limits(bench.load(), "retention.failed");
}

std::string problem_of(const std::string& toml) {
  ConfigBench bench;
  bench.write("menacedb.toml", "[retention]\nfailed = " + toml + "\n");
  return bench.problem();
}

} // namespace

TEST_CASE("limits are an age or a table or forever") {
  using namespace std::chrono_literals;
  CHECK(failed_by("\"36h\"") == RetentionLimits{36h, {}, {}});
  CHECK(failed_by("90") == RetentionLimits{90s, {}, {}});
  CHECK(failed_by("1.5") == RetentionLimits{1500ms, {}, {}});
  CHECK(failed_by("\"forever\"") == RetentionLimits{});
  CHECK(failed_by("{ age = \"7d\", count = 100, size = \"1GiB\" }") ==
        RetentionLimits{168h, 100, 1U << 30U});
  CHECK(failed_by("{ count = 0 }") == RetentionLimits{{}, 0, {}});
  CHECK(failed_by("{ size = 4096, age = 60 }") == RetentionLimits{60s, {}, 4096});
  CHECK(failed_by("\"count=3, age=1h\"") == RetentionLimits{1h, 3, {}});
}

TEST_CASE("every spelling that is kept can be read again") {
  for (const char* text : {"7d", "0s", "forever", "count=0", "age=1h,count=3,size=1MiB",
                           "size=1025", "size=0", "age=250ms,size=3GiB"}) {
    CAPTURE(text);
    const auto limits = parse_retention_limits(text);
    REQUIRE(limits);
    CHECK(format_retention_limits(*limits) == text);
  }
}

TEST_CASE("limits that are none are refused where they stand") {
  for (const char* toml : {"\"soon\"", "{}", "true", "[7]", "\"age=1d,age=2d\"", "\"count=-1\"",
                           "\"count=1.5\"", "\"count\"", "\"age=7d size=1\"", "-1"}) {
    CAPTURE(toml);
    CHECK(problem_of(toml).find("menacedb.toml:2:10: cannot set 'retention.failed': expected "
                                "'forever', a duration such as '7d'") != std::string::npos);
  }
  CHECK(problem_of("{ ages = \"7d\" }").find("unknown key") != std::string::npos);
  CHECK(problem_of("{ count = \"7\" }").find("expected a whole number") != std::string::npos);
  CHECK(problem_of("{ size = true }").find("expected a size") != std::string::npos);
  CHECK(problem_of("{ age = [] }").find("expected a duration") != std::string::npos);
}

TEST_CASE("a variable says limits as a text") {
  ConfigBench bench;
  bench.variables["MENACEDB_RETENTION_ARCHIVE"] = "count=5,size=10MiB";
  CHECK(retention_limits(bench.load(), "retention.archive") == RetentionLimits{{}, 5, 10U << 20U});
}
