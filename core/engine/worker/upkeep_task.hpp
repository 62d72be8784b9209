#pragma once

#include "core/engine/context.hpp"

#include <functional>
#include <string>
#include <vector>

namespace menacedb {

// What came of one run of a task. Any fault means that it is tried again soon.
struct UpkeepDone {
  std::string did;                 // for people: "archived 3 items"; empty: there was nothing to do
  std::vector<std::string> faults; // what could not be done, and why
};

// Something that the worker does now and then beside applying entries.
struct UpkeepTask {
  std::string name; // a word: "cleanup"
  Duration every{}; // how long after one run the next is due; zero: never
  // Runs on a thread of its own, with a connection of its own to whatever it needs, and ends soon
  // after `stop` of its context is set. Must be fit to be repeated and cut off anywhere. An Error
  // is a fault.
  std::function<UpkeepDone(const Context&)> run;
};

// Everything that these settings ask for, in the order in which what is due at once is done.
[[nodiscard]] std::vector<UpkeepTask> upkeep_tasks(const Settings& settings);

} // namespace menacedb
