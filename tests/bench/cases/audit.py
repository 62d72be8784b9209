"""Lines appended to an audit log by one long-lived process."""

from harness.bench import Broken, count_lines
from harness.report import Result, interleave


def audit_append(bench):
    count = 100_000 if bench.is_quick else 500_000
    for extra, target in (([], "<= 1.50"), (["chain"], "")):
        name = "_".join(["audit_append", *extra])
        folder = bench.folder(name)
        ours = [bench.floor("audit_writer"), "ours.log", str(count), *extra]
        bench.run(ours, folder)
        (folder / "ours.log").rename(folder / "lines")

        def microseconds(command, log):
            log.unlink(missing_ok=True)
            run = bench.run(command, folder)
            if count_lines(log) != count:
                raise Broken(f"'{log}' does not hold the lines that were appended")
            return run.total_us / count

        floor = [bench.floor("append_lines"), "bare", "floor.log", "lines"]
        rates = interleave(bench, lambda: microseconds(floor, folder / "floor.log"),
                           lambda: microseconds(ours, folder / "ours.log"))
        line = (folder / "lines").stat().st_size / count
        yield Result(name, "us/line", *rates, target=target,
                     notes=[f"lines of {line:.0f} bytes; the floor writes the same ones"])


CASES = {"audit_append": audit_append}
