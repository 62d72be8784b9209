#pragma once

#include "core/db/transaction.hpp"
#include "core/os/clock.hpp"
#include "core/os/fs.hpp"
#include "core/store/access_rows.hpp"
#include "core/store/store.hpp"
#include "core/store/store_parts.hpp"
#include "core/store/table_growth.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// Entries that come from another store's outbox: entry i is row ids[i] there.
struct ForwardedFrom {
  std::string_view home; // the store's id
  std::span<const std::int64_t> ids;
};

// Decides batches (DESIGN section 3), each in a transaction of its own or several in one. The
// caller holds the writer lock. Not thread-safe; keeps its memory from batch to batch.
class BatchApplier {
public:
  struct Options {
    Duration key_horizon{};
    GrowthRule growth; // which tables and columns rows may make; empty: none
  };
  BatchApplier(StoreParts& parts, Fs& fs, Clock& clock, Options options);

  // What can be done before the write lock is taken: tables, hashes. The batch must stay as it is
  // until apply().
  void prepare(const Batch& batch);
  [[nodiscard]] Applied apply(const Batch& batch, const ForwardedFrom* from);

  // Decides the batch in the caller's transaction. has_won is false when another drain was faster,
  // or when a statement has ended the transaction: nothing of it counts then, roll back.
  [[nodiscard]] Applied join(const Batch& batch);
  // Commits, and when that answers with an error, looks whether it has landed all the same:
  // `slices` are those of the last batch in the transaction.
  void commit(Transaction& transaction, std::span<const Slice> slices);

private:
  struct Prepared {
    TableSchema* table = nullptr;
    std::int32_t hash = -1; // index into m_hashes; none needed, or a field is missing
  };
  struct Attempt; // one try to decide a batch
  enum class Tried {
    decided,
    lost,        // another drain has decided (part of) it
    rolled_back, // a statement ended the transaction, and its entry is condemned now
  };

  void prepare_again(const Batch& batch);
  void prepare_entry(const Batch& batch, std::size_t index);
  // None: rolled back, begin again.
  [[nodiscard]] std::optional<Applied> attempt(const Batch& batch, const ForwardedFrom* from);
  [[nodiscard]] Tried decide_batch(Attempt& attempt);
  [[nodiscard]] bool decide_all(Attempt& attempt);
  [[nodiscard]] Verdict decide(Attempt& attempt, std::size_t index);
  [[nodiscard]] Verdict write_row(Attempt& attempt, std::size_t index);
  [[nodiscard]] std::optional<Verdict> decide_without_row(Attempt& attempt, std::size_t index);
  [[nodiscard]] Verdict run_sql(const Batch& batch, std::size_t index); // batch_applier_sql.cpp
  [[nodiscard]] bool is_known_row(const Batch& batch, std::size_t index);
  void note(Attempt& attempt, std::size_t index, Verdict verdict);
  [[nodiscard]] bool record(Attempt& attempt);
  [[nodiscard]] bool record_entry(Attempt& attempt, std::size_t index, const Fault* fault);
  void add_dead(const Attempt& attempt, const Entry& entry, const EntryPlace& place,
                const Fault& fault);
  void record_totals(Attempt& attempt);
  [[nodiscard]] bool has_landed(std::span<const Slice> slices, const std::string& token);

  StoreParts& m_parts;
  AccessRows m_accesses;
  Fs& m_fs;
  Clock& m_clock;
  Duration m_key_horizon;
  TableGrowth m_growth;
  bool m_has_grown = false;         // the schema, in a transaction that may be rolled back
  std::vector<Prepared> m_prepared; // one per entry
  std::vector<RowHash> m_hashes;
  std::string m_scratch;
  std::map<std::size_t, Fault> m_condemned; // entries whose statement ended a transaction
};

} // namespace menacedb
