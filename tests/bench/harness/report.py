"""Results of the cases and how they are printed."""

import os
import statistics
from dataclasses import dataclass, field

COLUMNS = "{:<32} {:>8}  {:>29}  {:>29}  {:>6}  {:<8} {}"


@dataclass
class Result:
    """One line of the table. `ratio` is menacedb's value over the floor's, median of the rounds."""
    name: str
    unit: str
    floor: list
    menacedb: list
    target: str = ""  # "<= 1.25" or ">= 0.80"; empty: shown for information
    target_of: str = "ratio"  # or "menacedb": the target speaks of its median, not of the ratio
    notes: list = field(default_factory=list)

    @property
    def ratio(self):
        ratios = [ours / theirs for ours, theirs in zip(self.menacedb, self.floor) if theirs]
        return statistics.median(ratios) if ratios else None

    @property
    def verdict(self):
        if not self.target:
            return ""
        relation, bound = self.target.split()
        value = self.ratio if self.target_of == "ratio" else statistics.median(self.menacedb)
        is_met = value <= float(bound) if relation == "<=" else value >= float(bound)
        return "ok" if is_met else "MISSED"

    def as_dict(self):
        return {"name": self.name, "unit": self.unit, "floor": self.floor,
                "menacedb": self.menacedb, "ratio": self.ratio, "target": self.target,
                "target_of": self.target_of, "verdict": self.verdict, "notes": self.notes}


def interleave(bench, floor, menacedb, warm=False):
    """Runs both once per round, A B A B, if `warm` after an unmeasured round; the values of both."""
    if warm:
        floor()
        menacedb()
    pairs = [(floor(), menacedb()) for _ in range(bench.rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _spread(values):
    if not values:
        return "-"
    return " / ".join(_number(f(values)) for f in (min, statistics.median, max))


def _line(result):
    ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
    target = result.target + ("" if result.target_of == "ratio" or not result.target else " abs")
    return COLUMNS.format(result.name, result.unit, _spread(result.floor),
                          _spread(result.menacedb), ratio, target, result.verdict)


def _heading():
    return COLUMNS.format("case", "unit", "floor min / median / max", "menacedb min / median / max",
                          "ratio", "target", "")


def print_head(bench):
    size = "quick" if bench.is_quick else "full"
    print(f"menacedb: {bench.menacedb}\nsize: {size}, {bench.rounds} rounds, "
          f"{os.cpu_count()} processors, scratch in {bench.scratch}\n\n{_heading()}", flush=True)


def print_result(result):
    print(_line(result))
    for note in result.notes:
        print(f"    {note}")
    print(end="", flush=True)


def print_summary(results):
    missed = [result for result in results if result.verdict == "MISSED"]
    judged = [result for result in results if result.verdict]
    print(f"\n{len(judged) - len(missed)} of {len(judged)} targets met"
          + (": missed " + ", ".join(result.name for result in missed) if missed else ""))
