#include "core/script/lua_jobs.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/units.hpp"
#include "core/script/lua_api.hpp"
#include "core/script/lua_hooks.hpp"
#include "core/script/lua_json.hpp"

#include <fmt/format.h>

#include <optional>

namespace menacedb {
namespace {

void push_job(lua_State* lua, const LuaJob& job, const JsonTape& tape, std::uint32_t payload) {
  luaL_checkstack(lua, 8, "job");
  lua_createtable(lua, 0, 4);
  keep_object(lua);
  lua_pushinteger(lua, job.id);
  lua_setfield(lua, -2, "id");
  push_text(lua, job.type);
  lua_setfield(lua, -2, "type");
  lua_pushinteger(lua, static_cast<lua_Integer>(job.attempt));
  lua_setfield(lua, -2, "attempt");
  push_json(lua, tape, payload);
  lua_setfield(lua, -2, "payload");
}

// The two results are the whole stack. Raises nothing.
void read_result(lua_State* lua, LuaJobResult& result) {
  using Kind = LuaJobResult::Kind;
  const bool is_text = lua_type(lua, 1) == LUA_TSTRING;
  if (lua_isnil(lua, 1) || (lua_isboolean(lua, 1) && lua_toboolean(lua, 1) != 0)) {
    return;
  }
  if (is_text && text_at(lua, 1) == "retry") {
    result.kind = Kind::retry;
    result.message = "the handler asked for a retry";
  } else if (lua_isboolean(lua, 1)) {
    result.kind = Kind::failed;
    result.message = "the handler answered false";
  } else {
    result.kind = Kind::failed;
    result.message = "the handler answered neither true, false, nil nor \"retry\", but " +
                     describe_value(lua, 1);
  }
  if (lua_type(lua, 2) == LUA_TSTRING) {
    result.message = text_at(lua, 2);
  }
}

std::string jobs_file(Fs& fs, const std::string& path) {
  try {
    return hooks_file(fs, path);
  } catch (const Error& error) { // its words are of hooks
    throw Error(ErrorKind::config, "handler-missing",
                fmt::format("cannot load handlers of jobs from '{}': there is no such file or "
                            "folder, or it is a symlink",
                            printable(path)))
        .with_hint("menacedb config show --origin");
  }
}

} // namespace

LuaJobs::LuaJobs(const LuaServices& services, const LuaLimits& limits, const std::string& path)
    : m_file(jobs_file(services.fs, path)), m_state(services, limits, parent_directory(m_file)) {
  m_state.load(m_file);
}

void LuaJobs::expect(const std::string& function) {
  bool is_there = false;
  static_cast<void>(m_state.call([&](lua_State* lua) {
    LuaState::push_global(lua, function);
    is_there = lua_isfunction(lua, -1);
  }));
  if (!is_there) {
    throw Error(
        ErrorKind::config, "handler-missing",
        fmt::format("cannot run jobs by '{}': it has no function {}", m_file, printable(function)));
  }
}

LuaJobResult LuaJobs::run(const std::string& function, const LuaJob& job) {
  LuaJobResult result;
  JsonTape tape;
  const JsonTape::Parsed parsed = tape.parse(job.payload, k_json_depth);
  if (parsed.fault) {
    return {LuaJobResult::Kind::failed, parsed.fault->message};
  }
  m_state.budget().set_timeout(job.timeout > Duration::zero() ? job.timeout : Duration::max());
  const std::optional<LuaFault> fault = m_state.call([&](lua_State* lua) {
    LuaState::push_global(lua, function);
    push_job(lua, job, tape, parsed.root);
    lua_call(lua, 1, 2);
    const LuaBudget::Grace grace(m_state.budget());
    read_result(lua, result);
  });
  const bool is_timed_out = m_state.budget().is_timed_out();
  m_state.budget().set_timeout(Duration::max());
  // Its own call: it must happen whatever became of the one before.
  static_cast<void>(m_state.call([](lua_State* lua) { end_objects(lua); }));
  if (fault) {
    result = {LuaJobResult::Kind::failed, fault->text()};
  }
  if (fault && is_timed_out) {
    result.message =
        fmt::format("timed out after {}: {}", format_duration(job.timeout), result.message);
  }
  result.message = printable(result.message.substr(0, 4096));
  return result;
}

} // namespace menacedb
