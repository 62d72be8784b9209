#pragma once

#include "core/model/ledger_view.hpp"
#include "core/queue/spool.hpp"
#include "core/queue/survey.hpp"

#include <map>
#include <string>

namespace menacedb {

// The numbers that a drain can know of during one claim: from the ledger, the sealed names, and the
// marks of active files that hold something. Looks once, when it is first asked. All is borrowed.
class SurveyNumbers : public GivenNumbers {
public:
  SurveyNumbers(Fs& fs, LedgerView& ledger, const Spool& spool, Survey& survey)
      : m_fs(fs), m_ledger(ledger), m_spool(spool), m_survey(survey) {}

  std::uint64_t highest(std::string_view spool) override;
  bool is_settled(const SegmentId& segment) override;

private:
  void add(const SegmentId& segment);
  void add_marks(const LaneFiles& lane);

  Fs& m_fs;
  LedgerView& m_ledger;
  const Spool& m_spool;
  Survey& m_survey;
  bool m_has_looked = false;
  std::map<std::string, std::uint64_t, std::less<>> m_highest; // by spool id
};

} // namespace menacedb
