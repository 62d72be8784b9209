#include "core/base/error.hpp"
#include "core/os/process.hpp"
#include "core/store/batch_applier.hpp"

namespace menacedb {
namespace {

void set_token(Database& database, std::string_view token) {
  Statement statement =
      database.prepare("INSERT INTO menacedb_meta(name, value) VALUES('last_batch', ?1) "
                       "ON CONFLICT(name) DO UPDATE SET value = excluded.value");
  statement.bind(1, token).run();
}

} // namespace

void BatchApplier::commit(Transaction& transaction, std::span<const Slice> slices) {
  std::string token; // of a batch that leaves no trace in the ledger
  if (slices.empty()) {
    token = random_hex(16);
    set_token(m_parts.database, token);
  }
  m_fs.reached(Step::commit_before);
  try {
    transaction.commit();
  } catch (const Error&) {
    transaction.rollback();
    if (!has_landed(slices, token)) {
      throw;
    }
  }
  m_fs.reached(Step::commit_after);
}

// A COMMIT that answers with an error may have committed all the same (DESIGN: traps).
bool BatchApplier::has_landed(std::span<const Slice> slices, const std::string& token) {
  if (!slices.empty()) {
    return m_parts.ledger.has_reached(slices);
  }
  Statement statement = m_parts.database.prepare(
      "SELECT 1 FROM menacedb_meta WHERE name = 'last_batch' AND value = ?1");
  statement.bind(1, std::string_view(token));
  return statement.step();
}

} // namespace menacedb
