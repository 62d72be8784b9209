#include "core/engine/jobs/script_share.hpp"

#include <doctest/doctest.h>

using namespace menacedb;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("short functions are taken by the hundred and long ones one by one") {
  ScriptShare share;
  CHECK(share.count() == 100);
  share.note(100, microseconds(400));
  CHECK(share.count() == 200); // not at once as many as it looks
  for (int i = 0; i < 10; ++i) {
    share.note(share.count(), microseconds(4 * share.count()));
  }
  CHECK(share.count() == 1000);
  share.note(1000, seconds(50));
  CHECK(share.count() == 1);
  share.note(1, milliseconds(50));
  CHECK(share.count() == 1);
  share.note(1, milliseconds(1));
  CHECK(share.count() == 2);
}

TEST_CASE("nothing run and no time taken say nothing wrong about a share") {
  ScriptShare share;
  share.note(0, seconds(1));
  CHECK(share.count() == 100);
  share.note(100, Duration::zero());
  CHECK(share.count() == 200);
}
