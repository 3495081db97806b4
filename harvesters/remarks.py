"""What a harvester says about the records of a source: remarks on what it mended, rejections of what it could not use.

A remark of a kind in FAULTS is something the partner should put right; it becomes an error of the harvest job, summed
up per kind and field. The others only say how a value was read. Every kind has its words here, in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.satudatapmi.schemas.convert import Remark
from ckanext.satudatapmi.text import _

EXAMPLES = 5
"""How many records an error quotes for one kind of remark; the report has the number of all."""

FAULTS = frozenset(
    {
        "access_unknown",
        "date_unreadable",
        "email_unusable",
        "figures_ambiguous",
        "identifier_missing",
        "identifier_repeated",
        "resource_no_object",
        "table_not_found",
        "title_cut",
        "title_missing",
        "url_unusable",
        "url_without_base",
        "wrong_type",
    }
)


@dataclass(frozen=True)
class Rejection:
    """A record beyond repair: where it is, what it holds, what was expected and what to do.

    Attributes:
        source: name of the harvest source.
        number: place of the record in the catalogue, from 1.
        field: the wire key, or "dataset" for the record as a whole.
        value: what it holds, shortened.
        expected: what would have been right.
        advice: what to do.
    """

    source: str
    number: int
    field: str
    value: str
    expected: str
    advice: str

    def words(self) -> str:
        """Return the whole rejection as one sentence for a person."""
        return _(
            "Source {source}, record {number}, field {field}: {value} cannot be used. Expected: {expected}. {advice}",
            source=self.source,
            number=self.number,
            field=self.field,
            value=self.value,
            expected=self.expected,
            advice=self.advice,
        )


def remark_words(kind: str) -> str:
    """Return what a kind of remark means and what the partner should do; the kind itself if it has no words."""
    words = _WORDS.get(kind)
    return words() if words else kind


# Functions, so that each is translated when it is shown and found by the message extractor.
_WORDS: Mapping[str, Callable[[], str]] = {
    "access_unknown": lambda: _(
        "the access level is not known, so the dataset was made private. Use terbuka, terbatas or tertutup "
        "(accessRights), or public, restricted public or non-public (accessLevel)."
    ),
    "choice_unknown": lambda: _("the value is not on the list of this field. It was kept as it is."),
    "contact_no_object": lambda: _("the contact is not an object with fn and hasEmail. It was read as a text."),
    "date_unreadable": lambda: _(
        "this is no date, so the dataset has none here. Write dates as 2024-05-31 or 2024-05-31T08:00:00+07:00."
    ),
    "deleted_here": lambda: _(
        "the dataset was deleted here by a person, so it was left alone. Restore it, and the next harvest brings it up "
        "to date; one that was purged comes back when the source is cleared."
    ),
    "distribution_no_list": lambda: _("the distribution is a single object instead of a list. It was read as a list."),
    "email_unusable": lambda: _(
        "this is no e-mail address, so the dataset shows none. Write mailto:unit@agency.go.id."
    ),
    "figures_ambiguous": lambda: _(
        "two combinations of labels share these keys, so nobody can tell whose figures they are. They were left out; "
        "ask the partner to change a code."
    ),
    "identifier_missing": lambda: _(
        "the record has no identifier. One was made from its landing page or its publisher and title; give the record "
        "an identifier that never changes, or it will be taken for a new one when these change."
    ),
    "identifier_repeated": lambda: _(
        "another record of this catalogue has the same identifier with other content. Both are in; give each record "
        "an identifier of its own."
    ),
    "key_alias": lambda: _("the key is misspelt. It was read as the key meant."),
    "keyword_changed": lambda: _("the keyword holds characters that keywords cannot have. They were left out."),
    "keyword_left_out": lambda: _("the keyword is too short to be one. It was left out."),
    "licence_unknown": lambda: _("the licence is not a known one. It is shown as it is."),
    "not_a_list": lambda: _("the value is not a list. It was read as one."),
    "number_no_json": lambda: _("NaN or Infinity is no JSON. It was read as null."),
    "periodicity_unknown": lambda: _("the update frequency is not a known one. It is shown as it is."),
    "publisher_no_object": lambda: _("the publisher is not an object with a name. It was read as a text."),
    "resource_no_object": lambda: _("a distribution is neither an object nor an address, so it was left out."),
    "table_not_found": lambda: _(
        "no table was found in the file, so its figures did not come. In a PDF only tables with ruled lines are found; "
        "ask the partner for a spreadsheet."
    ),
    "table_row": lambda: _("a cell of the table could not be taken. The row landed without it, or was left out."),
    "table_warning": lambda: _("something in the table looks odd. It was taken as it is."),
    "text_cleaned": lambda: _("the text holds control characters. They were left out."),
    "title_cut": lambda: _("the title is too long to be one. It was cut; put the rest into the description."),
    "title_missing": lambda: _("the record has no title. Another of its entries stands in for it."),
    "url_relative": lambda: _("the address is relative. It was read against the address of the catalogue."),
    "url_unusable": lambda: _("this is no address that a link may lead to (http, https or ftp). It was left out."),
    "url_without_base": lambda: _(
        "the address is relative and the catalogue's own address is not known, so it was left out. Write it in full, "
        "or set base_url in the configuration of the source."
    ),
    "wrong_type": lambda: _("the value is of the wrong kind (for example an object where a text is expected)."),
}

KINDS = frozenset(_WORDS)


@dataclass
class RemarkCounter:
    """Sums remarks of one source by kind and field, and keeps a few examples of each.

    Attributes:
        counts: number of remarks by (kind, field).
        examples: up to EXAMPLES (record number, value) by (kind, field).
    """

    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    examples: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict)

    def add(self, number: int, remarks: Iterable[Remark]) -> None:
        """Count the remarks of one record.

        Args:
            number: place of the record in the catalogue, from 1; 0 for the catalogue as a whole.
            remarks: what was said about it.
        """
        for remark in remarks:
            key = (remark.kind, remark.field)
            self.counts[key] = self.counts.get(key, 0) + 1
            examples = self.examples.setdefault(key, [])
            if len(examples) < EXAMPLES:
                examples.append((number, remark.value))

    def as_json(self) -> list[Any]:
        """Return the sums as a JSON value."""
        return [[*key, count, self.examples[key]] for key, count in self.counts.items()]

    def add_sums(self, sums: Iterable[Any]) -> None:
        """Add what `as_json` gave elsewhere."""
        for kind, name, count, examples in sums:
            key = (kind, name)
            self.counts[key] = self.counts.get(key, 0) + count
            known = self.examples.setdefault(key, [])
            known.extend((number, value) for number, value in examples[: EXAMPLES - len(known)])

    def by_kind(self) -> dict[str, int]:
        """Return the number of remarks of each kind, most frequent first."""
        totals: dict[str, int] = {}
        for (kind, _field), count in self.counts.items():
            totals[kind] = totals.get(kind, 0) + count
        return dict(sorted(totals.items(), key=lambda item: (-item[1], item[0])))

    def faults(self, source: str) -> list[str]:
        """Return one sentence for each kind of fault and field: source, how many records, which, what they hold."""
        return [
            self._sentence(source, kind, name, count)
            for (kind, name), count in sorted(self.counts.items())
            if kind in FAULTS
        ]

    def listed(self) -> list[dict[str, Any]]:
        """Return each kind of fault and field as data: {kind, field, count, examples: [{number, value}]}."""
        return [
            {
                "kind": kind,
                "field": name,
                "count": count,
                "examples": [{"number": number, "value": value} for number, value in self.examples[kind, name]],
            }
            for (kind, name), count in sorted(self.counts.items())
            if kind in FAULTS
        ]

    def _sentence(self, source: str, kind: str, name: str, count: int) -> str:
        quoted = "; ".join(
            _("record {number}: {value}", number=number, value=value) if value else _("record {number}", number=number)
            for number, value in self.examples[kind, name]
        )
        return _(
            "Source {source}, field {field}, {count} times ({examples}): {words}",
            source=source,
            field=name,
            count=count,
            examples=quoted + ("; …" if count > len(self.examples[kind, name]) else ""),
            words=remark_words(kind),
        )
