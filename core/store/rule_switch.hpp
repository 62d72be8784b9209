#pragma once

#include "core/db/database.hpp"

namespace menacedb {

// Lets several users of one connection judge its statements, each in its turn: setting a rule makes
// SQLite prepare all statements anew, so one is set for good, by the first turn, and asks whoever
// has the turn. Statements prepared in no turn are not judged. Outlived by its database; not
// thread-safe.
class RuleSwitch {
public:
  explicit RuleSwitch(Database& database) : m_database(database) {}
  ~RuleSwitch();
  RuleSwitch(const RuleSwitch&) = delete;
  RuleSwitch& operator=(const RuleSwitch&) = delete;

  // Has the rule judge, or with null nobody, until the end of the scope; turns nest.
  class Turn {
  public:
    Turn(RuleSwitch& owner, const SqlRule* rule);
    ~Turn() { m_owner.m_rule = m_before; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    RuleSwitch& m_owner;
    const SqlRule* m_before;
  };

private:
  Database& m_database;
  const SqlRule* m_rule = nullptr;
  bool m_is_installed = false;
};

} // namespace menacedb
