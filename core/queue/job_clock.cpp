#include "core/queue/job_clock.hpp"

#include "core/db/sql_values.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace menacedb {
namespace {

constexpr Duration k_tolerance = std::chrono::seconds(2); // clocks are slewed, too
constexpr Duration k_refresh = std::chrono::minutes(10);  // before slewing adds up to that

bool take_number(std::string_view& text, std::int64_t& number) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  text.remove_prefix(text.starts_with(' ') ? 1 : 0);
  return fault == std::errc();
}

} // namespace

JobClock::JobClock(Database& database, Clock& clock, std::string machine)
    : m_database(database), m_clock(clock), m_machine(std::move(machine)) {}

// "<wall> <monotonic> <machine>", in microseconds.
std::optional<JobClock::Pair> JobClock::remembered() {
  const std::string text = m_database.query_text(
      "SELECT coalesce((SELECT value FROM menacedb_jobs_meta WHERE name = 'clock'), '')");
  std::string_view rest = text;
  std::int64_t wall = 0;
  std::int64_t monotonic = 0;
  if (!take_number(rest, wall) || !take_number(rest, monotonic) || rest != m_machine) {
    return std::nullopt;
  }
  return Pair{instant_from_sql(wall), Duration(monotonic)};
}

Duration JobClock::jump_since(const Pair& pair) {
  return (m_clock.now() - pair.wall) - (m_clock.monotonic() - pair.monotonic);
}

bool JobClock::is_kept() {
  const std::optional<Pair> pair = remembered();
  return pair && std::chrono::abs(jump_since(*pair)) < k_tolerance &&
         m_clock.monotonic() - pair->monotonic < k_refresh;
}

void JobClock::keep() {
  if (const std::optional<Pair> pair = remembered()) {
    if (const Duration jump = jump_since(*pair); std::chrono::abs(jump) >= k_tolerance) {
      move_times(jump);
    }
  }
  const std::string text =
      fmt::format("{} {} {}", to_sql(m_clock.now()), m_clock.monotonic().count(), m_machine);
  Statement statement =
      m_database.prepare("INSERT INTO menacedb_jobs_meta VALUES('clock', ?1) "
                         "ON CONFLICT(name) DO UPDATE SET value = excluded.value");
  statement.bind(1, std::string_view(text)).run();
}

// Back: a lease that was taken after the jump ends later than now by less than the jump, or is
// longer than it, so that no move brings the end of a lease into the past.
void JobClock::move_times(Duration jump) {
  const std::int64_t now = to_sql(m_clock.now());
  const std::int64_t moved = jump.count();
  Statement leases = m_database.prepare(
      "UPDATE sync_jobs SET lease_until = lease_until + ?1 WHERE status = 'running' "
      "AND lease_until > ?2");
  leases.bind(1, moved).bind(2, moved < 0 ? now - moved : now - moved - k_refresh.count()).run();
  if (moved > 0) {
    return; // what became due with the clock is due
  }
  Statement delays = m_database.prepare(
      "UPDATE sync_jobs SET not_before = not_before + ?1 WHERE status = 'pending' "
      "AND not_before > ?2 AND (unique_key IS NULL OR unique_key NOT LIKE 'schedule:%')");
  delays.bind(1, moved).bind(2, now).run();
}

} // namespace menacedb
