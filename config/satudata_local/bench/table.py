"""What was measured, as figures and as a Markdown table."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .edits import Edited
from .fetching import Answer
from .lighthouse import Seen
from .rows import FIRST_BYTE_SECONDS, NAMES_MB, PAGE_KB, PAGE_SCORE, PAGE_SHIFT, WEB_MB, Row
from .users import Visits, p95
from .watching import Run

HEAD = "| work | size | ours | stock | ratio | bar | met |\n|---|---:|---:|---:|---:|---|---|\n"
SHOWN_IN_MS = 0.25
"""A time below so many seconds is shown in milliseconds."""
FLAT = 0.1
"""Memory is flat if it rises by a smaller share."""


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        row: what was measured.
        size: how many datasets, names, rows or figures ours had; stock may have had fewer, the ratio then compares what
            is done in a second.
        ours, rival: median seconds; None where that side did not run.
        rival_size: how many datasets stock had.
        ratio: how many times as many a second ours did as stock, or as one worker.
        met: whether the bar was reached; None if it cannot be told.
        note: what else is to be known.
    """

    row: Row
    size: int
    ours: float | None = None
    rival: float | None = None
    rival_size: int = 0
    ratio: float | None = None
    met: bool | None = None
    note: str = ""

    def markdown(self) -> str:
        """Return the line in Markdown."""
        ours = _seconds(self.ours, self.size, self.size)
        rival = _seconds(self.rival, self.rival_size, self.size)
        ratio = "" if self.ratio is None else f"{self.ratio:.1f}"
        met = {True: "yes", False: "no", None: ""}[self.met]
        work = f"{self.row.work}; {self.note}" if self.note else self.row.work
        bar = self.row.ratio_to_reach() if self.size >= self.row.bar_from else ""
        return f"| {work} | {self.size:,} | {ours} | {rival} | {ratio} | {bar} | {met} |"


def _seconds(seconds: float | None, size: int, of: int) -> str:
    if seconds is None:
        return "-"
    shown = f"{seconds * 1000:.0f} ms" if seconds < SHOWN_IN_MS else f"{seconds:.1f} s"
    return shown + (f" for {size:,}" if size != of else "")


def median_seconds(runs: Iterable[Run]) -> float | None:
    """Return the median duration of runs; None if there is none."""
    found = [run.seconds for run in runs]
    return statistics.median(found) if found else None


def rate(runs: Sequence[Run], count_found: bool) -> float | None:
    """Return the median of datasets a second; None if there is no run.

    Args:
        runs: of one side and one size.
        count_found: count the datasets that became searchable, not those that the partner has: for a first harvest,
            where a side may have refused some.
    """
    found = [(run.searchable if count_found else run.size) / max(run.seconds, 0.01) for run in runs]
    return statistics.median(found) if found else None


def compare(row: Row, runs: Sequence[Run]) -> list[Line]:
    """Return a line for each size that ours harvested, beside what stock did; one for stock if it ran alone."""
    rivals = [run for run in runs if run.side == "rival"]
    rival_rate = rate(rivals, row.kind == "first")
    rival_size = rivals[0].size if rivals else 0
    sizes = sorted({run.size for run in runs if run.side == "ours"}) or [rival_size]
    lines = []
    for size in sizes:
        ours = [run for run in runs if run.side == "ours" and run.size == size]
        own_rate = rate(ours, row.kind == "first")
        ratio = own_rate / rival_rate if own_rate and rival_rate else None
        lines.append(
            Line(
                row,
                size,
                median_seconds(ours),
                median_seconds(rivals),
                rival_size,
                ratio,
                None if ratio is None or size < row.bar_from else ratio >= row.bar and _whole(row, ours),
                _note(ours),
            )
        )
    return lines


def alone(row: Row, runs: Sequence[Run]) -> list[Line]:
    """Return a line for each run of a row that stock does not take part in.

    Time counts as linear if a dataset takes at most a quarter longer in the largest catalogue than in the one before.
    """
    peak = max(max(run.memory.values(), default=0.0) for run in runs)
    if row.kind == "sources":
        met = runs[-1].seconds < row.bar
    else:
        speeds = [run.searchable / max(run.seconds, 0.01) for run in runs]
        linear = speeds[-1] * 1.25 >= speeds[-2]
        met = peak < row.bar and linear and all(run.searchable == run.size for run in runs)
    return [Line(row, run.size, run.seconds, met=met, note=_note([run])) for run in runs]


def crews(row: Row, one: Sequence[Run], two: Sequence[Run]) -> Line:
    """Return the line of two workers beside one: `stock` is the one here."""
    slow, fast = rate(one, count_found=False), rate(two, count_found=False)
    ratio = fast / slow if slow and fast else None
    size, met = two[0].size, None if ratio is None or not row.bar else ratio >= row.bar
    return Line(row, size, median_seconds(two), median_seconds(one), size, ratio, met, "in place of stock: one worker")


def names(row: Row, size: int, rival_size: int, told: Mapping[str, float]) -> Line:
    """Return the line of names matched, beside a loop of rapidfuzz's extractOne over some of them.

    Args:
        row: what was measured.
        size, rival_size: how many names ours and the loop had.
        told: `seconds`, `mb`, `found` (share) and `rival_seconds`.
    """
    ours, rival, mb = told["seconds"], told["rival_seconds"], told["mb"]
    note = f"{mb:.0f} MB, {told['found']:.0%} found; in place of stock: rapidfuzz extractOne"
    ratio = (size / ours) / (rival_size / rival)
    return Line(row, size, ours, rival, rival_size, ratio, ours < row.bar and mb < NAMES_MB, note)


def beside(row: Row, size: int, ours: Sequence[float], rival: Sequence[float], note: str) -> Line:
    """Return the line of something that ours and a rival did with the same input.

    The ratio is the median of the rounds': what the two of a round did after each other met the same machine.

    Args:
        row: what was measured.
        size: of the input.
        ours, rival: the seconds of each round.
        note: what else is to be known.
    """
    ratio = statistics.median(other / own for own, other in zip(ours, rival, strict=True))
    return Line(row, size, statistics.median(ours), statistics.median(rival), size, ratio, ratio >= row.bar, note)


def within(row: Row, size: int, ours: Sequence[float], note: str) -> Line:
    """Return the line of something that has to be done in some seconds, of which `ours` has those of each round."""
    seconds = statistics.median(ours)
    return Line(row, size, seconds, met=seconds < row.bar, note=note)


def answers(row: Row, size: int, warm: Sequence[float], cold: Sequence[float]) -> Line:
    """Return the line of answers: what 95 of 100 do not exceed, of warm ones and of cold ones in place of stock.

    Args:
        row: what was measured.
        size: how many figures there are.
        warm, cold: the seconds of each answer, from memory and after a restart without anything in memory.
    """
    note = f"{len(warm):,} questions, 95 of 100; in place of stock: after a restart with empty caches"
    return Line(row, size, p95(warm), p95(cold), size, None, p95(warm) < row.bar, note)


def first_answers(row: Row, size: int, seconds: Sequence[float], note: str) -> Line:
    """Return the line of answers that nothing is set beside: what 95 of 100 do not exceed.

    Args:
        row: what was measured.
        size: how many figures there are.
        seconds: of each answer.
        note: what else is to be told.
    """
    return Line(row, size, p95(seconds), met=p95(seconds) < row.bar, note=note)


@dataclass(frozen=True)
class Streamed:
    """What came of a catalogue that is sent while it is written.

    Attributes:
        size: how many datasets it holds.
        warm: the answers after the first one.
        cold: the first one, when each dataset is written.
        arrived: how many datasets a reader found in the last of them.
        started_mb, mb: the largest memory that a process of the web server has had, when it had started and in the end.
        grown: by how much that rose from the first tenth of the first answer to its end, as a share.
    """

    size: int
    warm: Sequence[Answer]
    cold: Answer
    arrived: int
    started_mb: float
    mb: float
    grown: float

    def meets(self, bar: float) -> bool:
        """Tell whether the bars are reached, of which one says how many datasets a second have to come."""
        is_fast = self.size / self.seconds > bar and self.first_seconds < FIRST_BYTE_SECONDS
        return is_fast and self.mb < WEB_MB and self.grown < FLAT and self.arrived == self.size

    @property
    def seconds(self) -> float:
        """Median seconds of the whole."""
        return statistics.median(one.seconds for one in self.warm)

    @property
    def first_seconds(self) -> float:
        """Median seconds to the first byte."""
        return statistics.median(one.first_seconds for one in self.warm)


def streamed(row: Row, told: Streamed) -> Line:
    """Return the line of a whole catalogue: warm, and in place of stock the first time."""
    note = (
        f"{told.warm[0].size / 1e6:.0f} MB, {told.arrived:,} arrived, {told.size / told.seconds:,.0f} a second, first "
        f"byte after {told.first_seconds * 1000:.0f} ms (the first time {told.cold.first_seconds * 1000:.0f}), at most "
        f"{told.mb:.0f} MB of memory ({told.started_mb:.0f} when it had started), {told.grown:+.0%} on the way; "
        "in place of stock: the first time, when each dataset is written"
    )
    met = told.meets(row.bar)
    return Line(row, told.size, told.seconds, told.cold.seconds, told.size, None, met, note)


def edited(row: Row, size: int, runs: Sequence[Edited]) -> Line:
    """Return the line of edits: how long after one every feed held it; each may write anew of that dataset alone."""
    seconds, others = statistics.median(run.seconds for run in runs), sum(run.others for run in runs)
    own = " and ".join(sorted({str(run.own) for run in runs}))
    note = (
        f"{own} fragments of it rewritten, {others} of others; slowest answer of a feed "
        f"{max(run.slowest for run in runs) * 1000:.0f} ms; package_patch itself "
        f"{statistics.median(run.action_seconds for run in runs) * 1000:.0f} ms"
    )
    return Line(row, size, seconds, met=seconds < row.bar and not others and all(run.own for run in runs), note=note)


def crowd(row: Row, size: int, alone: Sequence[Visits], beside: Sequence[Visits]) -> Line:
    """Return the line of clients beside a harvest, in place of stock those without one; the ratio is what it costs.

    Args:
        row: what was measured.
        size: of the catalogue.
        alone, beside: what the clients met with in each round, without a harvest and while one ran.
    """
    calm, busy = ([p95(one.seconds) for one in visits] for visits in (alone, beside))
    ratio = statistics.median(slow / fast for slow, fast in zip(busy, calm, strict=True))
    errors = [error for one in (*alone, *beside) for error in one.errors]
    answers = " and ".join(f"{sum(len(one.seconds) for one in visits):,}" for visits in (beside, alone))
    told = f"{len(errors)} errors" + (f" such as {errors[0]}" if errors else "")
    note = f"{answers} answers, 95 of 100, {told}; in place of stock: the same without a harvest; ratio: times as long"
    met = ratio < row.bar and not errors
    return Line(row, size, statistics.median(busy), statistics.median(calm), size, ratio, met, note)


def page(row: Row, size: int, ours: Seen, rival: Seen | None) -> Line:
    """Return the line of a page as Lighthouse saw it: the seconds until the largest thing in sight was painted."""
    told = _seen(ours) + (f"; stock {_seen(rival)}" if rival else "")
    met = ours.paint_seconds < row.bar and ours.kb < PAGE_KB and ours.shift < PAGE_SHIFT
    beside = rival.paint_seconds if rival else None
    ratio = beside / ours.paint_seconds if beside else None
    return Line(
        row, size, ours.paint_seconds, beside, size, ratio, met and min(ours.scores) >= PAGE_SCORE, f"medians; {told}"
    )


def _seen(one: Seen) -> str:
    return f"{one.kb:.0f} kB, CLS {one.shift:.3f}, scores {'/'.join(map(str, one.scores))}"


def visited(row: Row, size: int, ours: Visits, rival: Visits) -> Line:
    """Return the line of users who look at pages: what 95 of 100 answers do not exceed, beside stock's."""
    counts = f"{len(ours.seconds):,} and {len(rival.seconds):,} answers"
    medians = " and ".join(f"{statistics.median(one.seconds) * 1000:.0f}" for one in (ours, rival))
    errors = f"{len(ours.errors)} and {len(rival.errors)} errors"
    if ours.errors or rival.errors:
        errors += f" such as {[*ours.errors, *rival.errors][0]}"
    note = f"{counts}, 95 of 100; half of them within {medians} ms; {errors}"
    slow, beside = p95(ours.seconds), p95(rival.seconds)
    return Line(row, size, slow, beside, size, beside / slow, slow < row.bar and not ours.errors, note)


def touched(row: Row, size: int, ours: Sequence[float], rival: Sequence[float]) -> Line:
    """Return the line of a kiosk: what 95 of 100 touches do not exceed, beside the same screens as pages online."""
    medians = " and ".join(f"{statistics.median(one) * 1000:.0f}" for one in (ours, rival))
    note = f"{len(ours)} and {len(rival)} touches, 95 of 100; half of them within {medians} ms; beside it: online"
    slow, beside = p95(ours), p95(rival)
    return Line(row, size, slow, beside, size, beside / slow, slow < row.bar, note)


def _whole(row: Row, runs: Sequence[Run]) -> bool:
    """Tell whether runs did what the row asks for beside its speed."""
    if row.kind == "again":
        alone = row.protocol != "ckan" or all(run.requests == 1 for run in runs)
        return alone and not any(run.written or run.removed for run in runs)
    return row.kind != "first" or all(run.searchable == run.size for run in runs)


def _note(runs: Sequence[Run]) -> str:
    if not runs:
        return "ours did not run"
    memory = max((peak for run in runs for peak in run.memory.values()), default=0)
    last = runs[-1]
    return f"{last.requests} requests, {last.written:,} rows written, {memory:.0f} MB at most"


def markdown(lines: Iterable[Line], pool: str) -> str:
    """Return the whole table with machine and date.

    Args:
        lines: in the order of the table.
        pool: what the datasets are.
    """
    about = f"Measured {datetime.now(UTC):%Y-%m-%d} on {machine()}, with {pool}.\n\n"
    return about + HEAD + "".join(f"{line.markdown()}\n" for line in lines)


def machine() -> str:
    """Return what this machine is."""
    texts = {path: Path(path).read_text(encoding="utf-8") for path in ("/proc/cpuinfo", "/proc/meminfo")}
    models = [line.partition(":")[2].strip() for line in texts["/proc/cpuinfo"].splitlines() if "model name" in line]
    memory = int(texts["/proc/meminfo"].split()[1]) / 1024**2
    name = models[0] if models else platform.machine()
    return f"{max(1, len(models))} × {name}, {memory:.0f} GB, Python {platform.python_version()}"
