#include "core/policy/builtin_tables.hpp"

#include <algorithm>
#include <array>

namespace menacedb {
namespace {

// The old router's lists. Sorted, so that a look-up needs no work at start-up.
constexpr std::array k_tables{
    BuiltinTable{"action_audit", Placement::local},
    BuiltinTable{"action_roi", Placement::local},
    BuiltinTable{"allocation_weights", Placement::local},
    BuiltinTable{"allocations", Placement::local},
    BuiltinTable{"anomalies", Placement::local},
    BuiltinTable{"bot_performance", Placement::local},
    BuiltinTable{"bot_trials", Placement::local},
    BuiltinTable{"bots", Placement::shared},
    BuiltinTable{"capital_ledger", Placement::deny},
    BuiltinTable{"capital_summary", Placement::local},
    BuiltinTable{"churn", Placement::local},
    BuiltinTable{"code", Placement::shared},
    BuiltinTable{"db_roi_metrics", Placement::local},
    BuiltinTable{"decisions", Placement::local},
    BuiltinTable{"deployments", Placement::local},
    BuiltinTable{"detections", Placement::local},
    BuiltinTable{"discrepancies", Placement::shared},
    BuiltinTable{"efficiency", Placement::local},
    BuiltinTable{"embedding_stats", Placement::local},
    BuiltinTable{"enhancements", Placement::shared},
    BuiltinTable{"errors", Placement::shared},
    BuiltinTable{"evaluation", Placement::local},
    BuiltinTable{"evaluation_history", Placement::local},
    BuiltinTable{"events", Placement::local},
    BuiltinTable{"evolution_history", Placement::local},
    BuiltinTable{"evolutions", Placement::local},
    BuiltinTable{"experiment_history", Placement::local},
    BuiltinTable{"experiment_tests", Placement::local},
    BuiltinTable{"failures", Placement::local},
    BuiltinTable{"feedback", Placement::local},
    BuiltinTable{"finance_logs", Placement::deny},
    BuiltinTable{"flakiness_history", Placement::local},
    BuiltinTable{"healing_actions", Placement::local},
    BuiltinTable{"history", Placement::local},
    BuiltinTable{"information", Placement::shared},
    BuiltinTable{"investments", Placement::local},
    BuiltinTable{"leads", Placement::local},
    BuiltinTable{"ledger", Placement::local},
    BuiltinTable{"maintenance", Placement::local},
    BuiltinTable{"memory", Placement::local},
    BuiltinTable{"menace_config", Placement::local},
    BuiltinTable{"messages", Placement::local},
    BuiltinTable{"metadata", Placement::local},
    BuiltinTable{"metrics", Placement::local},
    BuiltinTable{"mirror_logs", Placement::local},
    BuiltinTable{"models", Placement::local},
    BuiltinTable{"module_metrics", Placement::local},
    BuiltinTable{"overrides", Placement::shared},
    BuiltinTable{"patch_history", Placement::local},
    BuiltinTable{"patch_outcomes", Placement::local},
    BuiltinTable{"patch_provenance", Placement::local},
    BuiltinTable{"patches", Placement::local},
    BuiltinTable{"profit", Placement::local},
    BuiltinTable{"profit_history", Placement::local},
    BuiltinTable{"resolutions", Placement::local},
    BuiltinTable{"results", Placement::local},
    BuiltinTable{"retrieval_cache", Placement::local},
    BuiltinTable{"retrieval_stats", Placement::local},
    BuiltinTable{"retriever_kpi", Placement::local},
    BuiltinTable{"retriever_stats", Placement::local},
    BuiltinTable{"revenue", Placement::local},
    BuiltinTable{"risk_summaries", Placement::local},
    BuiltinTable{"roi", Placement::local},
    BuiltinTable{"roi_events", Placement::local},
    BuiltinTable{"roi_history", Placement::local},
    BuiltinTable{"roi_logs", Placement::local},
    BuiltinTable{"roi_prediction_events", Placement::local},
    BuiltinTable{"roi_telemetry", Placement::local},
    BuiltinTable{"sandbox_metrics", Placement::local},
    BuiltinTable{"saturation", Placement::local},
    BuiltinTable{"subs", Placement::local},
    BuiltinTable{"synergy_history", Placement::local},
    BuiltinTable{"tasks", Placement::local},
    BuiltinTable{"telemetry", Placement::shared},
    BuiltinTable{"test_history", Placement::local},
    BuiltinTable{"update_history", Placement::local},
    BuiltinTable{"updates", Placement::local},
    BuiltinTable{"variants", Placement::local},
    BuiltinTable{"vector_metrics", Placement::local},
    BuiltinTable{"weight_override", Placement::local},
    BuiltinTable{"workflow_summaries", Placement::shared},
    BuiltinTable{"workflows", Placement::local},
};
static_assert(std::ranges::is_sorted(k_tables, std::ranges::less{}, &BuiltinTable::name));

} // namespace

std::span<const BuiltinTable> builtin_tables() noexcept {
  return k_tables;
}

const BuiltinTable* find_builtin_table(std::string_view name) noexcept {
  const auto found = std::ranges::lower_bound(k_tables, name, {}, &BuiltinTable::name);
  return found != k_tables.end() && found->name == name ? &*found : nullptr;
}

} // namespace menacedb
