#include "core/db/authorizer.hpp"

#include "core/db/connection.hpp"

#include <sqlite3.h>

#include <utility>

namespace menacedb {
namespace {

SqlActionKind kind_of(int code) {
  switch (code) {
  case SQLITE_READ:
    return SqlActionKind::read;
  case SQLITE_INSERT:
    return SqlActionKind::insert;
  case SQLITE_UPDATE:
    return SqlActionKind::update;
  case SQLITE_DELETE:
    return SqlActionKind::remove;
  case SQLITE_SELECT:
    return SqlActionKind::select;
  case SQLITE_RECURSIVE:
    return SqlActionKind::recursive;
  case SQLITE_FUNCTION:
    return SqlActionKind::function;
  case SQLITE_CREATE_TABLE:
  case SQLITE_CREATE_TEMP_TABLE:
    return SqlActionKind::create_table;
  case SQLITE_CREATE_INDEX:
  case SQLITE_CREATE_TEMP_INDEX:
    return SqlActionKind::create_index;
  case SQLITE_CREATE_VIEW:
  case SQLITE_CREATE_TEMP_VIEW:
    return SqlActionKind::create_view;
  case SQLITE_CREATE_TRIGGER:
  case SQLITE_CREATE_TEMP_TRIGGER:
    return SqlActionKind::create_trigger;
  case SQLITE_CREATE_VTABLE:
    return SqlActionKind::create_virtual_table;
  case SQLITE_DROP_TABLE:
  case SQLITE_DROP_TEMP_TABLE:
    return SqlActionKind::drop_table;
  case SQLITE_DROP_INDEX:
  case SQLITE_DROP_TEMP_INDEX:
    return SqlActionKind::drop_index;
  case SQLITE_DROP_VIEW:
  case SQLITE_DROP_TEMP_VIEW:
    return SqlActionKind::drop_view;
  case SQLITE_DROP_TRIGGER:
  case SQLITE_DROP_TEMP_TRIGGER:
    return SqlActionKind::drop_trigger;
  case SQLITE_DROP_VTABLE:
    return SqlActionKind::drop_virtual_table;
  case SQLITE_ALTER_TABLE:
    return SqlActionKind::alter;
  case SQLITE_REINDEX:
    return SqlActionKind::reindex;
  case SQLITE_ANALYZE:
    return SqlActionKind::analyze;
  case SQLITE_TRANSACTION:
    return SqlActionKind::transaction;
  case SQLITE_SAVEPOINT:
    return SqlActionKind::savepoint;
  case SQLITE_PRAGMA:
    return SqlActionKind::pragma;
  case SQLITE_ATTACH:
    return SqlActionKind::attach;
  case SQLITE_DETACH:
    return SqlActionKind::detach;
  default:
    return SqlActionKind::other;
  }
}

std::string_view view_of(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// SQLite's own places for the parts differ from kind to kind.
SqlAction action_of(int code, std::string_view first, std::string_view second) {
  SqlAction action;
  action.kind = kind_of(code);
  action.name = first;
  action.detail = second;
  if (action.kind == SqlActionKind::function) {
    action.name = second;
    action.detail = {};
  } else if (action.kind == SqlActionKind::alter) {
    action.schema = first;
    action.name = second;
    action.detail = {};
  }
  return action;
}

} // namespace

void Connection::set_rule(SqlRule rule) {
  m_rule = std::move(rule);
  m_refusal.reset();
  sqlite3_set_authorizer(m_handle, m_rule ? on_action : nullptr, this);
  // Without it, a PRAGMA or an UPDATE of the schema could do what the rule never hears of.
  sqlite3_db_config(m_handle, SQLITE_DBCONFIG_DEFENSIVE, m_rule ? 1 : 0, nullptr);
}

int Connection::on_action(void* self, int code, const char* first, const char* second,
                          const char* schema, const char* source) {
  auto* connection = static_cast<Connection*>(self);
  SqlAction action = action_of(code, view_of(first), view_of(second));
  if (schema != nullptr) {
    action.schema = schema;
  }
  action.source = view_of(source);
  try {
    std::optional<Error> refusal = connection->m_rule(action);
    if (!refusal) {
      return SQLITE_OK;
    }
    if (!connection->m_refusal) { // the first one is the reason, others follow from it
      connection->m_refusal = std::move(refusal);
    }
  } catch (const std::exception& failure) { // nothing may cross SQLite's C code
    connection->m_refusal.emplace(ErrorKind::internal, "internal", failure.what());
  }
  return SQLITE_DENY;
}

} // namespace menacedb
