"""A raw table to a tidy, typed one: one observation a row, names as codes, periods as days, figures as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.reference.learned import NOTHING_LEARNED, Learned, NameSeen
from ckanext.satudatapmi.reference.matchers import codes_of
from ckanext.satudatapmi.reference.matching import MatchStatus
from ckanext.satudatapmi.reference.periode import Period, parse_period
from ckanext.satudatapmi.reference.wilayah import INDONESIA
from ckanext.satudatapmi.tables.binding import Plan, bind
from ckanext.satudatapmi.tables.columns import FIGURE_FIELDS, PAGE_FIELD, PERIOD_FIELDS, SOURCE_FIELDS, field_of, typed
from ckanext.satudatapmi.tables.description import FieldUse, TableDescription
from ckanext.satudatapmi.tables.distinct import Distinct
from ckanext.satudatapmi.tables.figures import Notation, expected_of, parse_figure, reader_of
from ckanext.satudatapmi.tables.longform import footnotes, long_form, total_rows
from ckanext.satudatapmi.tables.naming import Namer, hint
from ckanext.satudatapmi.tables.totals import check_totals
from ckanext.satudatapmi.tables.values import Field, RawTable, RowError, TableError, TableWarning, TidyTable
from ckanext.satudatapmi.tables.vocabulary import known_fields
from ckanext.satudatapmi.text import _

NORMAL, MISSING = "A", "M"
SHOWN_REPEATS = 20
NameWithin = tuple[str, str | None]
"""A name, and the code of the area that it lies within, if another field says one."""
ATTRIBUTES_ASIDE = ("satuan", "status", "catatan")


@dataclass
class _Work:
    """A table on its way: the long form, and what has been found out about it so far."""

    raw: RawTable
    description: TableDescription
    plan: Plan
    long: pd.DataFrame
    learned: Learned
    columns: dict[str, pd.Series] = field(default_factory=dict)
    distinct: dict[str, Distinct] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)
    errors: dict[tuple[int, str], RowError] = field(default_factory=dict)
    warnings: list[TableWarning] = field(default_factory=list)
    names: list[NameSeen] = field(default_factory=list)

    def add(self, one: Field, values: pd.Series | Distinct) -> None:
        self.fields.append(one)
        if isinstance(values, Distinct):
            self.distinct[one.name], self.columns[one.name] = values, values.rows()
        else:
            self.columns[one.name] = values.where(values.notna(), None) if values.hasnans else values

    def distinct_of(self, name: str) -> Distinct:
        """Return the distinct values of a column: to find them anew takes as long as to make them."""
        return self.distinct.get(name) or Distinct.of(self.columns[name])

    def fail(self, row: int, column: str, value: str, expected: str, advice: str = "") -> None:
        self.errors.setdefault((row, column), RowError(self.raw.file, row, column, value, expected, advice))

    def warn(self, message: str, row: int | None = None, column: str | None = None) -> None:
        self.warnings.append(TableWarning(self.raw.file, message, row, column))

    def place(self, name: str, column: str) -> str:
        """Return the heading under which a field's text stands."""
        return self.plan.columns.get(name, column)


def tidy_table(raw: RawTable, description: TableDescription, learned: Learned = NOTHING_LEARNED) -> TidyTable:
    """Return the tidy form of a raw table; `learned` is what walidata have decided about names.

    Columns: for each coded field `kode_<field>` and `nama_<field>`, for each other one its own; `tahun`,
    `periode_awal`, `periode_akhir`; `nilai`, `satuan`, `status`, `alasan_kosong`; attributes of the figure (source,
    publication date, notes); `baris_sumber` and `kolom_sumber`, the place in the file, and
    `halaman_sumber` if it has pages. A cell without a figure gives a row with status M; an area without a row gives
    none.

    Raises:
        TableError: if the table has no such columns as its description says.
    """
    plan = bind(raw, description)
    warnings = [*raw.warnings, *plan.warnings]
    work = _Work(raw, description, plan, long_form(raw, plan, description), learned, warnings=warnings)
    over = total_rows(work.long, plan, description)
    _read_figures(work)
    work.warnings += check_totals(work.long, over, _headed(plan), description, raw.file)
    wanted = _wanted(work, over)
    aside = _Work(raw, description, plan, work.long[_controls(work, over) & ~wanted], learned)
    _keep_rows(work, wanted)
    _fill(work)
    _fill(aside)
    _warn_of_repeats(work)
    errors = tuple(sorted(work.errors.values(), key=lambda error: error.row))
    return TidyTable(
        frame=_frame(work, work.fields),
        fields=tuple(work.fields),
        errors=errors,
        warnings=tuple(work.warnings),
        titles=raw.titles,
        notes=raw.notes,
        controls=_frame(aside, work.fields),
        partial=description.totals.parts == "some",
        names=tuple(work.names),
    )


def _fill(work: _Work) -> None:
    """Make the columns of the rows that are in `work.long`."""
    work.long = work.long.reset_index(drop=True)
    _names(work)
    _periods(work)
    _values(work)
    _attributes(work)
    _place(work)


def _frame(work: _Work, fields: Iterable[Field]) -> pd.DataFrame:
    return pd.DataFrame(
        {one.name: typed(work.columns[one.name], one.type, work.distinct.get(one.name)) for one in fields}
    )


def _headed(plan: Plan) -> list[str]:
    return list(plan.figures[0].says) if plan.figures else []


def _read_figures(work: _Work) -> None:
    """Read the figures: `_value`, `_missing` and `_wrong` come into the long form, the cells' marks to `_marks`."""
    notation = _notation(work)
    cells = Distinct.of(work.long["_cell"])
    read = [parse_figure(cell, notation) for cell in cells.values]
    work.long["_value"] = cells.spread(figure.value for figure in read)
    work.long["_missing"] = cells.spread(figure.missing for figure in read)
    work.long["_wrong"] = cells.spread(figure.wrong for figure in read).astype("bool")
    if any(figure.marks for figure in read):
        marks = cells.spread(figure.marks for figure in read)
        work.long["_marks"] = [before + after for before, after in zip(work.long["_marks"], marks, strict=True)]


def _notation(work: _Work) -> Notation:
    description = work.description
    return Notation(description.decimal, _figure_type(work) == "integer", description.scale, description.missing)


def _figure_type(work: _Work) -> str:
    """Return the figures' type: as described, else as all their units say; unknown units may have decimals."""
    if work.description.type:
        return work.description.type
    units = [load("satuan").match(unit) for unit in work.long["satuan"].unique()] if "satuan" in work.long else []
    types = {load("satuan").get(unit.code).extra["tipe"] if unit.code else "number" for unit in units}  # type: ignore[union-attr]
    return "integer" if types == {"integer"} else "number"


def _wanted(work: _Work, over: dict[str, pd.Series]) -> pd.Series:
    """Return which rows become observations: no totals unless they are kept, no bad figures. Bad figures are errors."""
    wanted = ~work.long["_wrong"]
    for name, totals in over.items():
        if not work.description.totals.keep or work.plan.uses[name].role == "time":
            wanted &= ~totals
    places = work.long.loc[work.long["_wrong"], ["_row", "_column", "_cell"]]
    for row, column, cell in places.itertuples(index=False, name=None):
        figure = parse_figure(cell, _notation(work))
        work.fail(int(row), column, cell, figure.expected, figure.hint)
    return wanted


def _controls(work: _Work, over: dict[str, pd.Series]) -> pd.Series:
    """Return which rows are printed totals that control the others: those over time say nothing of one period."""
    controls = pd.Series(False, index=work.long.index)
    for totals in over.values():
        controls |= totals
    for name, totals in over.items():
        if work.plan.uses[name].role == "time":
            controls &= ~totals
    return controls & ~work.long["_wrong"]


def _keep_rows(work: _Work, wanted: pd.Series) -> None:
    any_wrong = work.long["_wrong"].any()
    work.long = work.long[wanted]
    if work.long.empty and not any_wrong:
        raise TableError(work.raw.file, _("no row is left once totals are taken away; see `totals`"))


def _names(work: _Work) -> None:
    codes: dict[str, pd.Series] = {}
    for name, use in _in_order(work.plan.uses):
        if use.role == "key" and name in work.long:
            if use.known.codes:
                codes[name] = _coded(work, name, use, codes.get(use.known.parent or ""))
            else:
                work.add(field_of(use, use.stem), _converted(work, use, name, work.long[name]))


def _in_order(uses: dict[str, FieldUse]) -> list[tuple[str, FieldUse]]:
    """Return the fields in the vocabulary's order, so that tables of one kind have their columns alike."""
    order = {name: place for place, name in enumerate(known_fields())}
    return sorted(uses.items(), key=lambda item: order.get(item[0], len(order)))


def _coded(work: _Work, name: str, use: FieldUse, parents: pd.Series | None) -> pd.Series:
    namer = Namer(use, work.description, work.learned)
    nowhere = pd.Series(None, index=work.long.index, dtype="object")
    pairs = Distinct.of_rows([work.long[name], nowhere if parents is None else parents], work.long.index)
    namer.prepare(pairs.values)
    found = [namer(text, parent) for text, parent in pairs.values]
    if any(named.failed for named in found):
        hints = pairs.spread(hint(named.failed, use) if named.failed else None for named in found).dropna()
        expected = _("a name of the code list {codes}", codes=use.known.codes)
        for (row, column, text), told in zip(_cells_at(work, name, hints.index), hints, strict=True):
            work.fail(row, work.place(name, column), text, expected, told)
    _note_names(work, namer.seen(pairs.values, _cells_at(work, name, pairs.first_rows()), pairs.counts()))
    codes = pairs.made(named.code for named in found)
    work.add(field_of(use, f"kode_{use.stem}", code=True), codes)
    work.add(field_of(use, f"nama_{use.stem}"), pairs.made(named.name for named in found))
    if use.complete:
        _warn_of_missing_codes(work, use, set(filter(None, codes.values)), namer.options())
    return work.columns[f"kode_{use.stem}"]


def _cells_at(work: _Work, name: str, rows: Any) -> list[tuple[int, str, str]]:
    """Return row, column and text of a field in some rows of the long form."""
    cells = work.long.loc[rows, ["_row", "_column", name]]
    return [(int(row), column, text) for row, column, text in cells.itertuples(index=False, name=None)]


def _note_names(work: _Work, seen: tuple[NameSeen, ...]) -> None:
    """Keep the names of a field; say which were taken by likeness, and show the row of those that a person looks at."""
    for one in seen:
        row, column = one.row, work.place(one.field, one.column)
        if one.match.status is MatchStatus.FUZZY:
            told = {"text": one.match.text, "name": one.match.name, "code": one.match.code}
            work.warn(_("{text} was read as {name} ({code}), which it is like", **told), row, column)
        plain = one.match.status in (MatchStatus.EXACT, MatchStatus.ALIAS)
        printed = () if plain else tuple(work.raw.frame.loc[row])
        work.names.append(replace(one, row=row, column=column, printed=printed))


def _warn_of_missing_codes(work: _Work, use: FieldUse, seen: set[str], options: dict[str, str]) -> None:
    absent = {code: name for code, name in codes_of(use.known.codes or "", options).items() if code not in seen}
    absent.pop(INDONESIA, None)
    if absent:
        names = ", ".join(f"{name} ({code})" for code, name in absent.items())
        work.warn(_("the table should be complete; it has no row for: {names}", names=names))


def _periods(work: _Work) -> None:
    names = [name for name in ("periode", "bulan", "triwulan", "tahun") if name in work.long]
    if not names:
        work.warn(_("nothing says which period the figures are of; add `tahun` or `periode` under `constants`"))
    texts = Distinct.of_rows([work.long[name] for name in names], work.long.index)
    periods = [period_of(dict(zip(names, text, strict=True))) for text in texts.values]
    unknown = work.long[texts.spread(periods).isna()] if names else work.long[:0]
    expected = _("a period such as 2024, Mei 2024 or Triwulan I 2024")
    for row, column, *parts in unknown[["_row", "_column", *names]].itertuples(index=False, name=None):
        work.fail(int(row), work.place(names[0], column), " ".join(filter(None, parts)), expected)
    for one, part in zip(PERIOD_FIELDS, ("year", "start", "end"), strict=True):
        work.add(one, texts.made(getattr(period, part, None) for period in periods))


def period_of(texts: dict[str, str]) -> Period | None:
    """Return the period that the time fields of one row name together, or None."""
    year = parse_period(texts.get("tahun", ""))
    default = year.year if year else None
    if texts.get("periode"):
        return parse_period(texts["periode"], default)
    if month := texts.get("bulan"):
        named = load("bulan").match(month)
        return parse_period(named.name if named.name else month, default)
    if quarter := texts.get("triwulan"):
        return parse_period(quarter, default) or parse_period(f"triwulan {quarter}", default)
    return year


def _values(work: _Work) -> None:
    integer = _figure_type(work) == "integer"
    nilai, satuan, status, reason = FIGURE_FIELDS
    kind = "integer" if integer else "number"
    work.add(Field(nilai.name, kind, nilai.label, nilai.notes), work.long["_value"])
    work.add(satuan, _units(work))
    work.add(status, _statuses(work))
    work.add(reason, work.long["_missing"])


def _units(work: _Work) -> pd.Series:
    said = _said(work, "satuan")
    if said is None:
        work.warn(_("nothing says what unit the figures have; add e.g. `satuan: orang`"))
        return pd.Series(None, index=work.long.index, dtype="object")
    return Distinct.of(said).each(lambda unit: unit and (load("satuan").match(unit).name or unit))


def _statuses(work: _Work) -> pd.Series:
    said = _said(work, "status")
    status = pd.Series(NORMAL, index=work.long.index, dtype="object") if said is None else said.fillna(NORMAL)
    return status.where(work.long["_missing"].isna(), MISSING)


def _attributes(work: _Work) -> None:
    noted = {name for says in work.description.footnotes.values() for name in says}
    uses = {name: FieldUse(known_fields()[name]) for name in noted} | {
        name: use for name, use in work.plan.uses.items() if use.role == "attribute"
    }
    for name, use in _in_order(uses):
        if name in ATTRIBUTES_ASIDE:
            continue
        said = _said(work, name)
        if said is not None:
            work.add(field_of(use, use.stem), _converted(work, use, name, said))
    notes = _note_texts(work)
    if notes is not None:
        work.add(field_of(FieldUse(known_fields()["catatan"]), "catatan"), notes)


def _said(work: _Work, name: str) -> pd.Series | None:
    """Return what the table says for an attribute: its column or constant, then footnotes, the narrowest reach last."""
    notes = work.description.footnotes
    if name not in work.long and not any(name in says for says in notes.values()):
        return None
    said = pd.Series(None, index=work.long.index, dtype="object")
    if name in work.long:
        said = Distinct.of(work.long[name]).each(lambda text: text or None)
    marks = Distinct.of(work.long["_marks"])
    if not any(marks.values):
        return said
    noted = marks.each(lambda some: [notes[mark][name] for mark in some if name in notes.get(mark, {})][-1:])
    return noted.str[0].astype("object").where(noted.str.len() > 0, said)


def _note_texts(work: _Work) -> pd.Series | None:
    """Return the texts of the footnotes that hold for each figure, after what a column of remarks says."""
    printed = footnotes(work.raw)
    unknown = (
        {mark for marks in set(work.long["_marks"]) for mark in marks} - set(printed) - set(work.description.footnotes)
    )
    for mark in sorted(unknown):
        work.warn(_("the mark {mark!r} has no footnote below the table", mark=mark))
    if not printed and "catatan" not in work.long:
        return None
    own = work.long["catatan"] if "catatan" in work.long else [""] * len(work.long)
    texts = [
        "; ".join(filter(None, (text, *(printed.get(mark, "") for mark in dict.fromkeys(marks)))))
        for text, marks in zip(own, work.long["_marks"], strict=True)
    ]
    return pd.Series([text or None for text in texts], dtype="object")


def _place(work: _Work) -> None:
    for one, name in zip(SOURCE_FIELDS, ("_row", "_column"), strict=True):
        work.add(one, work.long[name])
    if work.raw.pages:
        pages = dict(zip(work.raw.frame.index, work.raw.pages, strict=True))
        work.add(PAGE_FIELD, work.long["_row"].map(pages).astype("object"))


def _converted(work: _Work, use: FieldUse, name: str, texts: pd.Series) -> pd.Series:
    """Return the texts of a field that has no code list as values. A text that cannot be read is an error."""
    read, distinct = reader_of(use.known.type, work.description.decimal), Distinct.of(texts)
    if read is None:
        return distinct.each(lambda text: text or None)
    # Where nothing is said, a yes or no is a no, and every other value is missing.
    said = {text for text in distinct.values if text or use.known.type == "boolean"}
    values = {text: read(text or "") for text in said}
    _fail_unread(work, use, name, [text or "" for text in distinct.values if text in said and values[text] is None])
    return distinct.each(values.get)


def _fail_unread(work: _Work, use: FieldUse, name: str, unread: Sequence[str]) -> None:
    """Note the places of texts that cannot be read; where the field has no column, a footnote says one of all."""
    if not unread:
        return
    texts = work.long[name] if name in work.long else pd.Series(unread[0], index=work.long.index)
    wrong = texts[texts.isin(unread)]
    places = work.long.loc[wrong.index, ["_row", "_column"]].itertuples(index=False, name=None)
    for (row, column), text in zip(places, wrong, strict=True):
        work.fail(int(row), work.place(name, column), text, expected_of(use.known.type))


def _warn_of_repeats(work: _Work) -> None:
    """Say which observations stand in the table twice: same fields, period and edition."""
    aside = {one.name for one in (*FIGURE_FIELDS, *SOURCE_FIELDS, PAGE_FIELD)} | {"catatan"}
    # A code says what its name says.
    aside |= {name.replace("kode_", "nama_", 1) for name in work.columns if name.startswith("kode_")}
    columns = [work.distinct_of(one.name) for one in work.fields if one.name not in aside]
    told = np.logical_and.reduce([column.where(lambda value: value is not None) for column in columns])
    places = pd.DataFrame({at: column.places for at, column in enumerate(columns)})
    repeats = np.flatnonzero(told & places.duplicated())
    for row, column in work.long.loc[repeats[:SHOWN_REPEATS], ["_row", "_column"]].itertuples(index=False, name=None):
        work.warn(_("the same observation stands above already; both are kept"), int(row), column)
    if len(repeats) > SHOWN_REPEATS:
        count = len(repeats) - SHOWN_REPEATS
        work.warn(
            _(
                "{count} more observations stand in the table twice; is a column missing that tells them apart?",
                count=count,
            )
        )
