#pragma once

#include "cli/printer.hpp"
#include "core/engine/query/query.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

enum class QueryFormat { table, json, jsonl, csv };

// Writes the rows of a query in one of the formats. Memory does not grow with their number; a
// table's columns are as wide as the first rows want. With hold_back() all text is kept until
// finish(), and begin() throws away what was kept: for rows that are not committed yet.
class QueryOutput : public QuerySink {
public:
  [[nodiscard]] static std::unique_ptr<QueryOutput> make(QueryFormat format, Printer& printer);

  void hold_back() noexcept { m_is_held = true; }
  void begin(const Statement& statement) final;
  [[nodiscard]] bool row(const Statement& statement) final;
  // The end of the answer; with JSON the counts of a write are part of it.
  void finish(const QueryResult& result, bool dry_run);
  [[nodiscard]] bool has_rows() const noexcept { return m_has_begun; } // a statement gave some

protected:
  explicit QueryOutput(Printer& printer) : m_printer(printer) {}
  [[nodiscard]] Printer& printer() noexcept { return m_printer; }

  virtual void write_head(std::string& out, const std::vector<std::string>& columns) = 0;
  virtual void write_row(std::string& out, const Statement& statement) = 0;
  virtual void write_tail(std::string& out, const QueryResult& result, bool dry_run) = 0;

private:
  Printer& m_printer;
  std::string m_text;
  bool m_is_held = false;
  bool m_has_begun = false;
};

} // namespace menacedb
