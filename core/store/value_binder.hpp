#pragma once

#include "core/base/json.hpp"
#include "core/db/statement.hpp"
#include "core/model/entry.hpp"

#include <deque>
#include <optional>
#include <string>

namespace menacedb {

// Binds JSON values by the type rules: true and false are 1 and 0, null NULL, integers, doubles and
// texts themselves, {"$blob": "base64"} a blob, other objects and arrays their JSON text. Integers
// beyond 64 bits are refused, never rounded. Not thread-safe.
class ValueBinder {
public:
  // False: refused, see take_fault(). Bound blobs live until the next forget().
  [[nodiscard]] bool bind(Statement& statement, int parameter, const JsonValue& value);
  void forget() noexcept {
    if (!m_blobs.empty()) {
      m_blobs.clear();
    }
  }
  [[nodiscard]] Fault take_fault() noexcept { return std::move(m_fault); }

private:
  [[nodiscard]] bool bind_container(Statement& statement, int parameter, const JsonValue& value);
  [[nodiscard]] bool refuse(std::string_view code, std::string message);

  Fault m_fault;
  JsonTape m_tape;                 // reads the objects that may be blobs
  std::deque<std::string> m_blobs; // addresses stay
};

} // namespace menacedb
