"""R5, R6: percentages and ranks that stand beside figures, in a column or in the words of titles and notes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ckanext.satudatapmi.figures.checks.cells import PERIOD, SHOWN, WHOLE, Cells, keys
from ckanext.satudatapmi.figures.checks.finding import Finding, setting
from ckanext.satudatapmi.figures.checks.words import YEAR, Statement, extreme, named, percentage, sentences
from ckanext.satudatapmi.reference.codelists import TOTAL
from ckanext.satudatapmi.tables.values import TidyTable

GROUP = (*PERIOD, "vintage")


def check(tidy: TidyTable, cells: Cells) -> list[Finding]:
    """Return R5 and R6 of a table: what its columns `persen` and `peringkat`, its titles and its notes state."""
    found = [*_shares(cells, partial=tidy.partial), *_ranks(cells)]
    texts = [*tidy.titles, *tidy.notes]
    if "catatan" in tidy.frame:
        texts += [text for text in tidy.frame["catatan"].dropna().unique() if text not in texts]
    names = _names(tidy, cells)
    for sentence in dict.fromkeys(one for text in texts for one in sentences(text)):
        if statement := percentage(sentence):
            found += _percentage(cells, statement, names)
        if kind := extreme(sentence):
            found += _extreme(cells, sentence, kind, names)
    return found[:SHOWN]


def _names(tidy: TidyTable, cells: Cells) -> pd.Series:
    """Return the printed name of each figure's most telling dimension: the first that differs within the table."""
    telling = next((name for name in cells.names if cells.frame[name].nunique() > 1), None)
    if telling is None:
        telling = next(iter(cells.names), None)
    if telling is None:
        return pd.Series("", index=cells.frame.index)
    labels: dict[str, str] = {}
    for one in tidy.fields:
        column = one.name.replace("kode_", "nama_", 1)
        if one.name.startswith("kode_") and column in tidy.frame:
            labels |= dict(zip(tidy.frame[one.name], tidy.frame[column], strict=True))
    return cells.frame[telling].astype("object").map(labels).fillna("")


def _shares(cells: Cells, *, partial: bool) -> Iterator[Finding]:
    """Yield the percentages of a column that are not the figure's share in the total of its period."""
    frame = cells.frame
    stated = frame["persen"].notna() & frame["value"].notna()
    # With several figures in a row nothing says which of them the percentage is of.
    if not stated.any() or frame["row"].duplicated().any():
        return
    whole = _is_whole(cells)
    group = pd.Series(keys(frame, GROUP), index=frame.index)
    printed = frame["value"].where(whole).groupby(group).transform("first")
    summed = frame["value"].where(~whole).groupby(group).transform("sum")
    total = printed.where(printed.notna(), np.nan if partial else summed)
    share = 100 * frame["value"] / total.where(total > 0)
    allowed = max(setting("R5", "points"), _last_digit(frame["persen"][stated]))
    wrong = stated & ~whole & ((share - frame["persen"]).abs() > allowed + 1e-9)
    for at in np.flatnonzero(wrong):
        facts = {"stated": frame["persen"][at], "true": round(share[at], 2), "value": frame["value"][at]}
        yield cells.found("R5", int(at), "share", whole=total[at], **facts)


def _last_digit(percents: pd.Series) -> float:
    return 0.5 if (percents % 1 == 0).all() else 0.05 if np.allclose(percents, percents.round(1)) else 0.005


def _is_whole(cells: Cells) -> pd.Series:
    """Return which figures are totals over every dimension in which the table's figures differ."""
    whole = pd.Series(True, index=cells.frame.index)
    differing = [name for name in cells.names if cells.frame[name].nunique() > 1]
    for name in differing:
        whole &= cells.frame[name] == WHOLE.get(name, TOTAL)
    return whole if differing else ~whole


def _ranks(cells: Cells) -> Iterator[Finding]:
    """Yield the figures that exceed the one ranked before them."""
    ranked = cells.frame[cells.frame["peringkat"].notna() & cells.frame["value"].notna()]
    if ranked.empty or ranked["row"].duplicated().any():
        return
    ordered = ranked.assign(group=keys(ranked, GROUP)).sort_values(["group", "peringkat"], kind="stable")
    before = ordered.groupby("group")["value"].shift()
    for at in ordered.index[ordered["value"] > before]:
        row = ordered.loc[at]
        yield cells.found("R6", int(at), "rank", rank=row["peringkat"], value=row["value"], before=before[at])


def _percentage(cells: Cells, statement: Statement, names: pd.Series) -> Iterator[Finding]:
    """Yield R5 of a sentence whose percentage does not follow from the two figures that it names."""
    pair = _pair(cells, statement, names)
    if pair is None:
        return
    at, former, latter = pair
    if statement.direction:
        true = 100 * (latter - former) / former if former else None
        kind = "change"
    else:
        former, latter = max(former, latter), min(former, latter)
        true = 100 * latter / former if former else None
        kind = "part"
    allowed = max(setting("R5", "points"), statement.exact) + 1e-9
    stated = statement.percent * (statement.direction or 1)
    if true is not None and abs(true - stated) > allowed:
        facts = {"stated": stated, "true": round(true, 2), "whole": former, "value": latter, "text": statement.text}
        yield cells.found("R5", at, kind, **facts)


def _pair(cells: Cells, statement: Statement, names: pd.Series) -> tuple[int, float, float] | None:
    """Return a row of the table and the two figures of a statement: those in its words, one of them in the table, or
    the two periods of the one place that it names."""
    frame = cells.frame
    if len(statement.figures) == 2:
        rows = np.flatnonzero(frame["value"].isin(statement.figures))
        return (int(rows[-1]), *statement.figures) if len(rows) else None  # type: ignore[return-value]
    if statement.figures or not statement.direction:
        return None
    subject = named(statement.text, [name for name in names.unique() if name])
    if len(subject) != 1:
        return None
    rows = frame[(names == subject[0]) & frame["value"].notna()].sort_values("start")
    if len(rows) != 2 or rows["start"].iloc[0] == rows["start"].iloc[1]:
        return None
    return int(rows.index[1]), float(rows["value"].iloc[0]), float(rows["value"].iloc[1])


def _extreme(cells: Cells, sentence: str, kind: str, names: pd.Series) -> Iterator[Finding]:
    """Yield R6 of a sentence that calls one name of the table the most or the least, in the last period or the year
    that the sentence names, though another has more or less."""
    subject = named(sentence, [name for name in names.unique() if name])
    if len(subject) != 1:
        return
    frame = cells.frame[~_is_whole(cells) & cells.frame["value"].notna()]
    years = {pd.Timestamp(f"{year}-12-31").toordinal() for year in YEAR.findall(sentence)}
    ends = frame["end"].isin(years) if years & set(frame["end"]) else frame["end"] == frame["end"].max()
    frame = frame[ends]
    here = frame[names[frame.index] == subject[0]]
    if len(here) != 1 or frame.duplicated("start").sum() != len(frame) - 1:
        return
    value = here["value"].iloc[0]
    best = frame["value"].max() if kind == "most" else frame["value"].min()
    if value != best:
        rival = frame.index[frame["value"] == best][0]
        facts = {"name": subject[0], "value": value, "rival": names[rival], "best": best, "text": sentence}
        yield cells.found("R6", int(here.index[0]), kind, **facts)
