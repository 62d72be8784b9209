#include "core/engine/retention.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using namespace menacedb;
using namespace std::chrono_literals;

namespace {

// Answers by name; asked for anything else it has no opinion.
class NamedHooks : public Hooks {
public:
  std::map<std::string, bool> answers; // by what the item's text contains
  std::vector<std::string> asked;

  bool has(HookName) const noexcept override { return true; }
  DecidedBy decided_by(HookName) const override { return {}; }
  std::optional<Placement> route(const RouteQuestion&) override { return {}; }
  std::optional<int> priority(const HookEntry&) override { return {}; }
  Transformed transform(const HookEntry&) override { return {}; }
  FailureAnswer on_failed(const HookEntry&, std::string_view, std::string_view) override {
    return FailureAnswer::none;
  }
  std::optional<bool> retain(std::string_view kind, std::string_view item) override {
    asked.push_back(std::string(kind) + std::string(item));
    for (const auto& [name, answer] : answers) {
      if (item.find("\"name\":\"" + name + "\"") != std::string_view::npos) {
        return answer;
      }
    }
    return std::nullopt;
  }
  std::vector<HookReport> report() const override {
    HookReport report;
    report.name = HookName::retain;
    return {report};
  }
};

const Instant k_now{std::chrono::hours(24 * 365 * 50)};

struct Thing {
  const char* name;
  Duration age;
  Bytes bytes = 1;
};

std::string kept_of(const RetentionLimits& limits, const std::vector<Thing>& things,
                    Hooks* hooks = nullptr) {
  std::string gone;
  Retention retention({"failed", limits, hooks, k_now},
                      [&](const RetainedItem& item) { gone += item.name; });
  for (const Thing& thing : things) {
    retention.offer({thing.name, k_now - thing.age, thing.bytes, 0});
  }
  std::string kept;
  for (const Thing& thing : things) {
    kept += gone.find(thing.name) == std::string::npos ? thing.name : "";
  }
  return kept;
}

const std::vector<Thing> k_things{{"c", 3h}, {"a", 1h}, {"e", 5h}, {"b", 2h}, {"d", 4h}};

} // namespace

TEST_CASE("an age lets go what is as old or older") {
  CHECK(kept_of({3h, {}, {}}, k_things) == "ab");
  CHECK(kept_of({0s, {}, {}}, k_things).empty());
  CHECK(kept_of({}, k_things) == "caebd");
}

TEST_CASE("a count keeps the newest") {
  CHECK(kept_of({{}, 3, {}}, k_things) == "cab");
  CHECK(kept_of({{}, 0, {}}, k_things).empty());
  CHECK(kept_of({{}, 99, {}}, k_things) == "caebd");
}

TEST_CASE("a size keeps the newest that find room and nothing older than one that does not") {
  CHECK(kept_of({{}, {}, 10}, {{"a", 1h, 4}, {"b", 2h, 6}, {"c", 3h, 1}}) == "ab");
  CHECK(kept_of({{}, {}, 10}, {{"a", 1h, 4}, {"b", 2h, 7}, {"c", 3h, 1}}) == "a");
  CHECK(kept_of({{}, {}, 0}, {{"a", 1h, 1}}).empty());
}

TEST_CASE("whatever passes any limit goes") {
  CHECK(kept_of({4h, 4, 3}, k_things) == "cab");
  CHECK(kept_of({2h, 4, 99}, k_things) == "a");
}

TEST_CASE("those of one moment go by name so that a second look decides the same") {
  const std::vector<Thing> things{{"b", 1h}, {"d", 1h}, {"a", 1h}, {"c", 1h}};
  CHECK(kept_of({{}, 2, {}}, things) == "dc");
  CHECK(kept_of({{}, 2, {}}, {things.rbegin(), things.rend()}) == "cd");
}

TEST_CASE("what goes does not depend on the order of the offers") {
  std::vector<Thing> things{{"a", 1h, 4}, {"b", 2h, 7}, {"c", 3h, 1}, {"d", 4h, 1}, {"e", 5h, 2}};
  const auto by_name = [](const Thing& one, const Thing& other) {
    return std::string_view(one.name) < other.name;
  };
  do {
    std::string kept = kept_of({{}, {}, 10}, things);
    CHECK(kept == "a");
    kept = kept_of({{}, 4, 12}, things);
    std::sort(kept.begin(), kept.end());
    CHECK(kept == "abc");
  } while (std::next_permutation(things.begin(), things.end(), by_name));
}

TEST_CASE("times ahead of the clock are young") {
  CHECK(kept_of({1h, {}, {}}, {{"a", -99h}, {"b", 2h}}) == "a");
  CHECK(kept_of({{}, 1, {}}, {{"a", -99h}, {"b", 2h}}) == "a");
}

TEST_CASE("the hook keeps what the settings would let go and the other way round") {
  NamedHooks hooks;
  hooks.answers = {{"e", true}, {"a", false}};
  CHECK(kept_of({3h, {}, {}}, k_things, &hooks) == "eb");
  CHECK(hooks.asked.size() == 5);
  CHECK(hooks.asked[0].starts_with(R"(failed{"name":"c","bytes":1,"since":)"));
  CHECK(hooks.asked[0].ends_with(R"("age":10800.0})"));
}

TEST_CASE("what the hook decides takes no place of a count") {
  NamedHooks hooks;
  hooks.answers = {{"a", true}, {"b", false}};
  CHECK(kept_of({{}, 2, {}}, k_things, &hooks) == "cad");
}

TEST_CASE("a kind without a name asks no hook") {
  NamedHooks hooks;
  Retention retention({"", {0s, {}, {}}, &hooks, k_now}, [](const RetainedItem&) {});
  retention.offer({"a", k_now, 0, 0});
  CHECK(hooks.asked.empty());
}
