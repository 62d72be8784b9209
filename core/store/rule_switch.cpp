#include "core/store/rule_switch.hpp"

#include <optional>
#include <utility>

namespace menacedb {

RuleSwitch::~RuleSwitch() {
  if (m_is_installed) {
    m_database.set_rule({});
  }
}

RuleSwitch::Turn::Turn(RuleSwitch& owner, const SqlRule* rule)
    : m_owner(owner), m_before(std::exchange(owner.m_rule, rule)) {
  if (rule != nullptr && !owner.m_is_installed) {
    owner.m_database.set_rule([&owner](const SqlAction& action) {
      return owner.m_rule == nullptr ? std::nullopt : (*owner.m_rule)(action);
    });
    owner.m_is_installed = true;
  }
}

} // namespace menacedb
