"""A raw table to a tidy, typed one: one observation a row, names as codes, periods as days, figures as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

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
from ckanext.satudatapmi.tables.figures import Notation, expected_of, parse_figure, reader_of
from ckanext.satudatapmi.tables.longform import footnotes, long_form, total_rows
from ckanext.satudatapmi.tables.naming import Named, Namer, hint
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
    fields: list[Field] = field(default_factory=list)
    errors: dict[tuple[int, str], RowError] = field(default_factory=dict)
    warnings: list[TableWarning] = field(default_factory=list)
    names: list[NameSeen] = field(default_factory=list)

    def add(self, one: Field, values: pd.Series) -> None:
        self.fields.append(one)
        self.columns[one.name] = values.astype("object").where(values.notna(), None)

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
    figures = _figures(work)
    work.warnings += check_totals(work.long, over, _headed(plan), description, raw.file)
    wanted = _wanted(work, over, figures)
    aside = _Work(raw, description, plan, work.long[_controls(work, over, figures) & ~wanted], learned)
    _keep_rows(work, wanted, figures)
    _fill(work, figures)
    _fill(aside, figures)
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


def _fill(work: _Work, figures: pd.Series) -> None:
    """Make the columns of the rows that are in `work.long`."""
    figures = figures[work.long.index].reset_index(drop=True)
    work.long = work.long.reset_index(drop=True)
    _names(work)
    _periods(work)
    _values(work, figures)
    _attributes(work)
    _place(work)


def _frame(work: _Work, fields: Iterable[Field]) -> pd.DataFrame:
    return pd.DataFrame({one.name: typed(work.columns[one.name], one.type) for one in fields})


def _headed(plan: Plan) -> list[str]:
    return list(plan.figures[0].says) if plan.figures else []


def _figures(work: _Work) -> pd.Series:
    """Read the figures, put `_value` into the long form and add the cells' marks to `_marks`."""
    notation = Notation(
        work.description.decimal,
        _figure_type(work) == "integer",
        work.description.scale,
        work.description.missing,
    )
    read = {cell: parse_figure(cell, notation) for cell in work.long["_cell"].unique()}
    figures = work.long["_cell"].map(read).astype("object")
    work.long["_value"] = pd.Series([figure.value for figure in figures], index=work.long.index, dtype="object")
    work.long["_marks"] = [marks + figure.marks for marks, figure in zip(work.long["_marks"], figures, strict=True)]
    return figures


def _figure_type(work: _Work) -> str:
    """Return the figures' type: as described, else as all their units say; unknown units may have decimals."""
    if work.description.type:
        return work.description.type
    units = [load("satuan").match(unit) for unit in work.long["satuan"].unique()] if "satuan" in work.long else []
    types = {load("satuan").get(unit.code).extra["tipe"] if unit.code else "number" for unit in units}  # type: ignore[union-attr]
    return "integer" if types == {"integer"} else "number"


def _wanted(work: _Work, over: dict[str, pd.Series], figures: pd.Series) -> pd.Series:
    """Return which rows become observations: no totals unless they are kept, no bad figures. Bad figures are errors."""
    wanted = pd.Series(True, index=work.long.index)
    for name, totals in over.items():
        if not work.description.totals.keep or work.plan.uses[name].role == "time":
            wanted &= ~totals
    places = work.long[["_row", "_column", "_cell"]].itertuples(index=False, name=None)
    for (row, column, cell), figure in zip(places, figures, strict=True):
        if figure.wrong:
            work.fail(int(row), column, cell, figure.expected, figure.hint)
    return wanted & ~_where(figure.wrong for figure in figures)


def _controls(work: _Work, over: dict[str, pd.Series], figures: pd.Series) -> pd.Series:
    """Return which rows are printed totals that control the others: those over time say nothing of one period."""
    controls = pd.Series(False, index=work.long.index)
    for totals in over.values():
        controls |= totals
    for name, totals in over.items():
        if work.plan.uses[name].role == "time":
            controls &= ~totals
    return controls & ~_where(figure.wrong for figure in figures)


def _where(flags: Iterable[bool]) -> pd.Series:
    return pd.Series(list(flags), dtype="bool")


def _keep_rows(work: _Work, wanted: pd.Series, figures: pd.Series) -> None:
    work.long = work.long[wanted]
    if work.long.empty and not any(figure.wrong for figure in figures):
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
    texts, rows, columns = (work.long[column].tolist() for column in (name, "_row", "_column"))
    within = parents.tolist() if parents is not None else [None] * len(texts)
    names: list[NameWithin] = list(zip(texts, within, strict=True))
    namer.prepare(names)
    found = {one: namer(*one) for one in dict.fromkeys(names)}
    _fail_nameless(work, use, zip(rows, columns, names, strict=True), found)
    _note_names(work, namer.seen(zip(texts, within, rows, columns, strict=True)))
    codes = pd.Series([found[one].code for one in names], dtype="object")
    work.add(field_of(use, f"kode_{use.stem}", code=True), codes)
    work.add(field_of(use, f"nama_{use.stem}"), pd.Series([found[one].name for one in names], dtype="object"))
    if use.complete:
        _warn_of_missing_codes(work, use, set(codes.dropna()), namer.options())
    return codes


def _fail_nameless(
    work: _Work,
    use: FieldUse,
    places: Iterable[tuple[int, str, NameWithin]],
    found: Mapping[NameWithin, Named],
) -> None:
    """Note the places (row, column, name) of names that have no code."""
    hints = {name: hint(named.failed, use) for name, named in found.items() if named.failed}
    if not hints:
        return
    expected = _("a name of the code list {codes}", codes=use.known.codes)
    for row, column, name in places:
        if name in hints:
            work.fail(row, work.place(use.name, column), name[0], expected, hints[name])


def _note_names(work: _Work, seen: tuple[NameSeen, ...]) -> None:
    """Keep the names of a field; say which were taken by likeness, and show the row of those that a person looks at."""
    cells, places = work.raw.frame.to_numpy(), {int(row): at for at, row in enumerate(work.raw.frame.index)}
    for one in seen:
        row, column = int(one.row), work.place(one.field, one.column)
        if one.match.status is MatchStatus.FUZZY:
            told = {"text": one.match.text, "name": one.match.name, "code": one.match.code}
            work.warn(_("{text} was read as {name} ({code}), which it is like", **told), row, column)
        plain = one.match.status in (MatchStatus.EXACT, MatchStatus.ALIAS)
        printed = () if plain else tuple(cells[places[row]])
        work.names.append(replace(one, row=row, column=column, printed=printed))


def _warn_of_missing_codes(work: _Work, use: FieldUse, seen: set[str], options: dict[str, str]) -> None:
    absent = {code: name for code, name in codes_of(use.known.codes or "", options).items() if code not in seen}
    absent.pop(INDONESIA, None)
    if absent:
        names = ", ".join(f"{name} ({code})" for code, name in absent.items())
        work.warn(_("the table should be complete; it has no row for: {names}", names=names))


def _periods(work: _Work) -> None:
    names = [name for name in ("periode", "bulan", "triwulan", "tahun") if name in work.long]
    texts = list(work.long[names].itertuples(index=False, name=None)) if names else [()] * len(work.long)
    read = {text: period_of(dict(zip(names, text, strict=True))) for text in set(texts)}
    periods = [read[text] for text in texts]
    if not names:
        work.warn(_("nothing says which period the figures are of; add `tahun` or `periode` under `constants`"))
    for row, column, text, period in zip(work.long["_row"], work.long["_column"], texts, periods, strict=True):
        if names and period is None:
            shown = " ".join(part for part in text if part)
            work.fail(
                int(row), work.place(names[0], column), shown, _("a period such as 2024, Mei 2024 or Triwulan I 2024")
            )
    year = pd.Series([period.year if period else None for period in periods], dtype="object")
    start = pd.Series([period.start if period else None for period in periods], dtype="object")
    end = pd.Series([period.end if period else None for period in periods], dtype="object")
    for one, values in zip(PERIOD_FIELDS, (year, start, end), strict=True):
        work.add(one, values)


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


def _values(work: _Work, figures: pd.Series) -> None:
    integer = _figure_type(work) == "integer"
    nilai, satuan, status, reason = FIGURE_FIELDS
    work.add(
        Field(nilai.name, "integer" if integer else "number", nilai.label, nilai.notes),
        pd.Series([figure.value for figure in figures], dtype="object"),
    )
    work.add(satuan, _units(work))
    work.add(status, _statuses(work, figures))
    work.add(reason, pd.Series([figure.missing for figure in figures], dtype="object"))


def _units(work: _Work) -> pd.Series:
    said = _said(work, "satuan")
    if said is None:
        work.warn(_("nothing says what unit the figures have; add e.g. `satuan: orang`"))
        return pd.Series([None] * len(work.long), dtype="object")
    return said.map({unit: load("satuan").match(unit).name or unit for unit in said.dropna().unique()})


def _statuses(work: _Work, figures: pd.Series) -> pd.Series:
    said = _said(work, "status")
    status = pd.Series([NORMAL] * len(work.long), dtype="object") if said is None else said.fillna(NORMAL)
    return status.where(_where(figure.missing is None for figure in figures), MISSING)


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
    base = work.long[name].astype("object") if name in work.long else pd.Series([""] * len(work.long), dtype="object")
    said = {
        marks: [notes[mark][name] for mark in marks if name in notes.get(mark, {})]
        for marks in set(work.long["_marks"])
    }
    texts = [said[marks][-1] if said[marks] else text for marks, text in zip(work.long["_marks"], base, strict=True)]
    return pd.Series([text or None for text in texts], dtype="object")


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
    read = reader_of(use.known.type, work.description.decimal)
    if read is None:
        values = {text: text or None for text in texts.unique()}
    else:
        said = [text for text in texts.unique() if text or use.known.type == "boolean"]
        values = {None: None, "": None} | {text: read(text or "") for text in said}
        _fail_unread(work, use, name, [text or "" for text in said if values[text] is None])
    return pd.Series([values[text] for text in texts], index=texts.index, dtype="object")


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
    names = [one.name for one in work.fields if one.name not in aside]
    seen: set[tuple[Any, ...]] = set()
    repeats: list[tuple[int, str]] = []
    keys = zip(*(work.columns[name] for name in names), strict=True)
    for key, row, column in zip(keys, work.long["_row"], work.long["_column"], strict=True):
        if key in seen and None not in key:
            repeats.append((int(row), column))
        seen.add(key)
    for row, column in repeats[:SHOWN_REPEATS]:
        work.warn(_("the same observation stands above already; both are kept"), row, column)
    if len(repeats) > SHOWN_REPEATS:
        count = len(repeats) - SHOWN_REPEATS
        work.warn(
            _(
                "{count} more observations stand in the table twice; is a column missing that tells them apart?",
                count=count,
            )
        )
