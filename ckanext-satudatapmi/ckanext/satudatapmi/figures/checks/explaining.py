"""A finding in words: what differs, by how much, and what to ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal

from ckanext.satudatapmi.figures.checks.finding import Finding, rules
from ckanext.satudatapmi.figures.registry import attributes, definitions, dimensions, facets
from ckanext.satudatapmi.reference.matchers import codes_of
from ckanext.satudatapmi.text import _, language


def explain(finding: Finding) -> str:
    """Return the sentences that tell a person what was found and what to do, in the visitor's language."""
    rule = rules()[finding.rule]
    said = SENTENCES[finding.rule, str(finding.facts["kind"])](_Facts(finding))
    where = _subject(finding.key)
    return " ".join(part for part in (f"{where}: {said}" if where else said, rule.todo[language()]) if part)


class _Facts:
    """The facts of a finding, written for people."""

    def __init__(self, finding: Finding) -> None:
        self.raw = finding.facts

    def __getitem__(self, name: str) -> str:
        value = self.raw[name]
        return _number(value) if isinstance(value, (int, float)) else str(value)

    def size(self, name: str = "difference") -> str:
        return _number(abs(self.raw[name]))

    def day(self, name: str) -> str:
        return format_date(date.fromisoformat(self.raw[name]), "long", locale=language())

    def dimension(self, name: str = "over") -> str:
        labels = dimensions()
        words = (labels[one].label[language()] if one in labels else one for one in str(self.raw[name]).split())
        return ", ".join(words)

    def attribute(self, name: str, value: str) -> str:
        words = attributes()[name].values.get(str(self.raw[value]))
        return words[language()] if words else _("not said")


def _number(value: float) -> str:
    return format_decimal(round(value, 2), locale=language())


def _subject(key: Mapping[str, str]) -> str:
    names = [codes_of(one.codes).get(key[name], key[name]) for name, one in dimensions().items() if name in key]
    if "ref_start" in key:
        names.append(_period(date.fromisoformat(key["ref_start"]), date.fromisoformat(key["ref_end"])))
    return ", ".join(names)


def _period(start: date, end: date) -> str:
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31) and start.year == end.year:
        return str(start.year)
    days = [format_date(one, "medium", locale=language()) for one in (start, end)]
    return days[0] if start == end else " – ".join(days)


def _sum(fact: _Facts) -> str:
    return _(
        "the parts by {dimension} add up to {sum}, the total is {total}; they differ by {difference}.",
        dimension=fact.dimension(),
        sum=fact["sum"],
        total=fact["total"],
        difference=fact.size(),
    )


def _breakdowns(fact: _Facts) -> str:
    return _(
        "by {dimension} it is {sum}, by {other_dimension} {other_sum}; they differ by {difference}.",
        dimension=fact.dimension(),
        sum=fact["sum"],
        other_dimension=fact.dimension("other_over"),
        other_sum=fact["other_sum"],
        difference=fact.size(),
    )


def _part(fact: _Facts) -> str:
    return _("the part is {value}, the whole only {total}.", value=fact["value"], total=fact["total"])


def _pasted(fact: _Facts) -> str:
    period = _period(date.fromisoformat(fact.raw["other_start"]), date.fromisoformat(fact.raw["other_end"]))
    return _("the total {value} is also that of {period}, to the last digit.", value=fact["value"], period=period)


def _share(fact: _Facts) -> str:
    return _(
        "stated as {stated}%, but {value} of {whole} is {true}%.",
        stated=fact["stated"],
        value=fact["value"],
        whole=fact["whole"],
        true=fact["true"],
    )


def _change(fact: _Facts) -> str:
    return _(
        "stated as a change of {stated}%, but from {whole} to {value} it is {true}%.",
        stated=fact["stated"],
        whole=fact["whole"],
        value=fact["value"],
        true=fact["true"],
    )


def _rank(fact: _Facts) -> str:
    return _(
        "ranked {rank}, but its {value} is more than the {before} of the one ranked before it.",
        rank=fact["rank"],
        value=fact["value"],
        before=fact["before"],
    )


def _most(fact: _Facts) -> str:
    return _(
        "{name} is called the highest with {value}, but {rival} has {best}.",
        name=fact["name"],
        value=fact["value"],
        rival=fact["rival"],
        best=fact["best"],
    )


def _least(fact: _Facts) -> str:
    return _(
        "{name} is called the lowest with {value}, but {rival} has {best}.",
        name=fact["name"],
        value=fact["value"],
        rival=fact["rival"],
        best=fact["best"],
    )


def _falls(fact: _Facts) -> str:
    return _(
        "{value} is less than the {before} that was counted until {day} already.",
        value=fact["value"],
        before=fact["before"],
        day=fact.day("before_end"),
    )


def _chain(fact: _Facts) -> str:
    return _(
        "since {day} the cumulative figure rose by {rise}, the flows in between come to about {flows}; "
        "they differ by {difference}.",
        day=fact.day("before_end"),
        rise=fact["rise"],
        flows=fact["flows"],
        difference=fact.size(),
    )


def _month(fact: _Facts) -> str:
    return _(
        "from {day} on the year-to-date figure rises by {rise}, but the period itself is given as {flow}; "
        "they differ by {difference}.",
        day=fact.day("month_start"),
        rise=fact["rise"],
        flow=fact["flow"],
        difference=fact.size(),
    )


def _months(fact: _Facts) -> str:
    return _(
        "the periods within it add up to {sum}, the figure itself is {value}; they differ by {difference}.",
        sum=fact["sum"],
        value=fact["value"],
        difference=fact.size(),
    )


def _repeated(fact: _Facts) -> str:
    if fact.raw["value"] is None or fact.raw["before"] is None:
        return _("the same cell stands in row {row} already.", row=fact.raw["above"])
    return _(
        "the same cell stands in row {row} already, with {before}; here it is {value}.",
        row=fact.raw["above"],
        before=fact["before"],
        value=fact["value"],
    )


def _name(fact: _Facts) -> str:
    return _(
        "{name} has no one meaning in the code list {codes}; figures not taken in: {count}.",
        name=fact["name"],
        codes=fact["codes"],
        count=fact["figures"],
    )


def _jump(fact: _Facts) -> str:
    return _(
        "{before} became {value}, {ratio} times as much; usual in this series is {usual} times.",
        before=fact["before"],
        value=fact["value"],
        ratio=fact["ratio"],
        usual=fact["usual"],
    )


def _above(fact: _Facts) -> str:
    return _(
        "{value} is more than the total of {year}, {total}.",
        value=fact["value"],
        year=fact.raw["year"],
        total=fact["total"],
    )


def _between(fact: _Facts) -> str:
    return _("zero stands between {before} and {after}.", before=fact["before"], after=fact["after"])


def _edition(fact: _Facts) -> str:
    if fact.raw["zero"]:
        return _("zero here; the edition of {day} had no data.", day=fact.day("other_vintage"))
    return _("no data here; the edition of {day} had zero.", day=fact.day("other_vintage"))


def _empty(fact: _Facts) -> str:
    return _("all {count} figures of this period are zero, those of others are not.", count=fact["cells"])


def _office(fact: _Facts) -> str:
    other = facets()[fact.raw["other_facet"]].title[language()]
    said = _("{value} here, {other} in: {source}.", value=fact["value"], other=fact["other"], source=other)
    bases = (fact.attribute("geography_basis", "basis"), fact.attribute("geography_basis", "other_basis"))
    return said + " " + _("Geography basis: {basis} and {other_basis}.", basis=bases[0], other_basis=bases[1])


def _paper(fact: _Facts) -> str:
    return _(
        "{value} here, {other} in what was published on {day}; they differ by {difference}.",
        value=fact["value"],
        other=fact["other"],
        day=fact.day("other_vintage"),
        difference=fact.size(),
    )


def _row(fact: _Facts) -> str:
    named = codes_of(dimensions()[fact.raw["over"]].codes).get(fact.raw["under"], fact.raw["under"])
    return _("{said} There {alike} stands under “{name}”.", said=_paper(fact), alike=fact["alike"], name=named)


def _measure(fact: _Facts) -> str:
    counted = definitions()[fact.raw["definition"]].title[language()]
    return _(
        "it is called people who are abroad (“{text}”), but what is counted is: {counted}.",
        text=fact["text"],
        counted=counted,
    )


SENTENCES: Mapping[tuple[str, str], Callable[[_Facts], str]] = {
    ("R1", "sum"): _sum,
    ("R2", "sum"): _sum,
    ("R2", "breakdowns"): _breakdowns,
    ("R3", "sum"): _sum,
    ("R3", "part"): _part,
    ("R4", "sum"): _pasted,
    ("R4", "total"): _pasted,
    ("R5", "share"): _share,
    ("R5", "part"): _share,
    ("R5", "change"): _change,
    ("R6", "rank"): _rank,
    ("R6", "most"): _most,
    ("R6", "least"): _least,
    ("R7", "falls"): _falls,
    ("R7", "chain"): _chain,
    ("R8", "falls"): _falls,
    ("R8", "month"): _month,
    ("R8", "sum"): _months,
    ("R9", "repeated"): _repeated,
    ("R10", "name"): _name,
    ("R11", "jump"): _jump,
    ("R12", "above"): _above,
    ("R13", "between"): _between,
    ("R13", "edition"): _edition,
    ("R13", "period"): _empty,
    ("R14", "office"): _office,
    ("R14", "paper"): _paper,
    ("R14", "row"): _row,
    ("F1", "measure"): _measure,
}
