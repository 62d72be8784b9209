#pragma once

#include "core/engine/context.hpp"
#include "core/model/batch.hpp"
#include "core/policy/router.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace menacedb {

// Decides where an SQL entry goes (CONTRACTS section 0): to the database it names, else to
// [dir_queue] database or the old .hive-mind/hive.db, else to the shared or local store that holds
// the tables it touches. Not thread-safe.
class SqlPlaces {
public:
  // `home_content`: the file that stands for the home store when its tables are asked for; empty:
  // itself.
  SqlPlaces(const Context& context, const Router& router, std::string home_path,
            std::string home_content = {});
  ~SqlPlaces();

  [[nodiscard]] Destination place(const Entry& entry);
  // Closes what it opened to look at tables.
  void forget();

private:
  struct Look;

  [[nodiscard]] std::optional<std::string> named(const Entry& entry, Fault& fault);
  [[nodiscard]] Destination place_by_tables(const Entry& entry);
  [[nodiscard]] Destination at(const std::string& path);
  [[nodiscard]] const std::optional<std::string>& own();
  [[nodiscard]] Look* look_at(const std::string& path);

  Context m_context;
  const Router& m_router;
  std::string m_home_path; // real
  std::string m_home_content;
  std::optional<std::optional<std::string>> m_own;      // once it was asked for
  std::map<std::string, Destination> m_known;           // by path
  std::map<std::string, std::unique_ptr<Look>> m_looks; // by path
};

} // namespace menacedb
