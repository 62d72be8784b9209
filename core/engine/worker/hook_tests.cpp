#include "core/engine/worker/hook_tests.hpp"

#include "core/base/error.hpp"
#include "core/engine/make_hooks.hpp"
#include "core/script/lua_hooks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace menacedb {
namespace {

constexpr std::string_view k_suffix = "_test.lua";

void add_folder(Fs& fs, const std::string& folder, std::vector<std::string>& files) {
  std::vector<std::string> found;
  for (const DirEntry& entry : fs.list(folder)) {
    if (entry.name.ends_with(k_suffix)) {
      found.push_back(join_path(folder, entry.name));
    }
  }
  std::ranges::sort(found);
  files.insert(files.end(), found.begin(), found.end());
}

std::vector<std::string> files_of(const Context& context, const std::vector<std::string>& given) {
  std::vector<std::string> files;
  for (const std::string& name : given) {
    const std::optional<FileStat> found = context.fs.stat(name);
    if (!found) {
      throw Error(ErrorKind::bad_input, "not-found",
                  fmt::format("cannot test '{}': no such file or folder", name));
    }
    if (found->type == FileType::directory) {
      add_folder(context.fs, name, files);
    } else {
      files.push_back(name);
    }
  }
  return files;
}

// The policy that a test is for.
std::string hooks_for(const Context& context, const std::string& test) {
  if (test.ends_with(k_suffix)) {
    const std::string beside = test.substr(0, test.size() - k_suffix.size()) + ".lua";
    if (context.fs.stat(beside)) {
      return beside;
    }
  }
  const std::string& configured = context.settings.text("lua.hooks");
  return configured.empty() ? std::string() : hooks_file(context.fs, configured);
}

} // namespace

std::vector<HookTestResult> test_hooks(const Context& context,
                                       const std::vector<std::string>& files) {
  std::vector<std::string> tests = files_of(context, files);
  if (files.empty()) {
    const std::string& hooks = context.settings.text("lua.hooks");
    if (hooks.empty()) {
      throw Error(ErrorKind::usage, "no-hooks",
                  "cannot test hooks: none are configured and no file is named")
          .with_hint("menacedb config show lua.hooks --origin");
    }
    add_folder(context.fs, parent_directory(hooks_file(context.fs, hooks)), tests);
  }
  if (tests.empty()) {
    throw Error(ErrorKind::usage, "no-tests", "cannot test hooks: there is no file *_test.lua")
        .with_hint("man menacedb-lua");
  }
  const LuaServices services{context.fs, context.clock, context.log};
  std::vector<HookTestResult> results;
  for (const std::string& test : tests) {
    for (HookTestResult& result :
         run_hook_tests(services, lua_limits(context.settings), test, hooks_for(context, test))) {
      results.push_back(std::move(result));
    }
  }
  return results;
}

} // namespace menacedb
