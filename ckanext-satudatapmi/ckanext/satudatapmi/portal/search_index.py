"""What the search index says beyond CKAN's package_search: better spelt words, what matched and why, titles.

A search stays a search without it: where Solr does not answer, nothing is said.
"""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import ckan.plugins.toolkit as tk
import pysolr
from ckan.lib.search.common import make_connection
from ckan.lib.search.query import QUERY_FIELDS, solr_literal

log = logging.getLogger(__name__)

WORD = re.compile(r"\w+")
WORDS_AT_MOST = 12
TRIES = 10
"""Spellings that Solr tries out; one of them has to find something."""
MUCH_MORE = 5
"""Times what was found: a rare word is as right as a frequent one that is like it."""
SHOWN_FIELDS = ("title", "notes", "column", "res_name")
SNIPPET = 200
NO_ANSWER = (pysolr.SolrError, OSError)
BEGIN, END = "\ue000", "\ue001"
"""Around a word that matched: signs for private use, which no text of ours has a meaning for."""
APART = " 0 "
"""Between texts that are analysed at once, so that the end of one and the start of the next are no term together."""
ANYBODY = (
    "+capacity:public",
    "+permission_labels:public",
    "+state:active",
    "+dataset_type:dataset",
)


@dataclass(frozen=True)
class Spelling:
    """A search that is spelt otherwise, and how many public datasets it finds."""

    text: str
    datasets: int


def words_of(text: str) -> list[str]:
    """Return the words of a search, without what Solr would read as an instruction."""
    return WORD.findall(text.casefold())[:WORDS_AT_MOST]


def better_spelling(text: str, filters: Mapping[str, Collection[str]], found: int) -> Spelling | None:
    """Return the spelling that finds much more than a search did; None where no other does.

    Args:
        text: what was searched for.
        filters: the values asked of facets, by facet; what is found has to have them.
        found: how many datasets the search found.
    """
    words = " ".join(words_of(text))
    if not words:
        return None
    asked = [f"+{name}:{solr_literal(value)}" for name, values in filters.items() for value in values]
    answer = _ask(
        words,
        **{
            "defType": "edismax",
            "qf": QUERY_FIELDS,
            "q.op": "AND",
            "fq": [*_public(), *asked],
            "rows": 0,
            "spellcheck": "true",
            "spellcheck.q": words,
            "spellcheck.count": TRIES,
            # A word that a limited dataset has is no better spelt than others: nobody may learn of it here.
            "spellcheck.alternativeTermCount": TRIES,
            "spellcheck.collate": "true",
            "spellcheck.collateExtendedResults": "true",
            "spellcheck.maxCollations": TRIES,
            "spellcheck.maxCollationTries": TRIES,
            "spellcheck.collateParam.mm": "100%",
        },
    )
    collations = answer.get("spellcheck", {}).get("collations", [])
    spelt = (Spelling(one["collationQuery"], one["hits"]) for one in collations if isinstance(one, dict))
    return next((one for one in spelt if one.datasets > found * MUCH_MORE and one.text != words), None)


def marked_texts(text: str, ids: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Return the parts of datasets that match a search, by id and field, with BEGIN and END around what matched.

    Args:
        text: what was searched for.
        ids: of datasets that the asker is shown.
    """
    words = " ".join(words_of(text))
    if not words or not ids:
        return {}
    answer = _ask(
        words,
        **{
            "defType": "edismax",
            "qf": QUERY_FIELDS,
            "mm": "1",
            "fq": "{!terms f=id}" + ",".join(ids),
            "fl": "id,index_id",
            "rows": len(ids),
            "hl": "true",
            "hl.method": "unified",
            "hl.fl": ",".join(SHOWN_FIELDS),
            "hl.tag.pre": BEGIN,
            "hl.tag.post": END,
            "hl.fragsize": SNIPPET,
            "f.title.hl.bs.type": "WHOLE",
        },
    )
    id_of = {one["index_id"]: one["id"] for one in answer.get("response", {}).get("docs", [])}
    marked = answer.get("highlighting", {})
    return {
        id_of[key]: {name: kept for name, texts in fields.items() if (kept := [one for one in texts if BEGIN in one])}
        for key, fields in marked.items()
    }


def reasons(text: str, matched: Collection[str]) -> dict[str, str]:
    """Return, for each text that matched by a synonym alone, the words of the search that it means.

    Args:
        text: what was searched for.
        matched: what matched it in datasets: words, or a few in a row.
    """
    words = tuple(WORD.findall(text)[:WORDS_AT_MOST])
    try:
        return _reasons(words, tuple(sorted(matched))) if words and matched else {}
    except NO_ANSWER:
        log.warning("the search index did not say why it found what it found", exc_info=True)
        return {}


@lru_cache(maxsize=1024)
def _reasons(words: tuple[str, ...], matched: tuple[str, ...]) -> dict[str, str]:
    texts = [*words, *matched]
    # Synonyms are known to the side of the index alone, so both sides together tell a synonym from an inflected form.
    asked, indexed = (_forms(texts, side) for side in ("query", "index"))
    searched = asked[: len(words)]
    found = {}
    for text, own, meaning in zip(matched, asked[len(words) :], indexed[len(words) :], strict=True):
        meant = [word for word, forms in zip(words, searched, strict=True) if forms & meaning]
        if meant and not any(forms & own for forms in searched):
            found[text] = " ".join(meant)
    return found


def _forms(texts: Sequence[str], side: str) -> list[set[str]]:
    """Return the forms under which each text is asked or indexed."""
    whole = APART.join(texts)
    analysed = make_connection().search(
        "*:*",
        search_handler="analysis/field",
        **{"analysis.fieldtype": "text", "analysis.query": whole, "analysis.fieldvalue": whole},
    )
    tokens = analysed.raw_response["analysis"]["field_types"]["text"][side][-1]
    starts = list(itertools.accumulate((len(text) + len(APART) for text in texts), initial=0))
    return [
        {token["text"] for token in tokens if start <= token["start"] < start + len(text)}
        for start, text in zip(starts[:-1], texts, strict=True)
    ]


def titles_beginning(text: str, rows: int) -> list[dict[str, str]]:
    """Return name and title of public datasets whose title has words that begin as those of a text do."""
    words = words_of(text)
    if not words:
        return []
    asked = " ".join(f"+title:{word}*" for word in words)
    answer = _ask(asked, fq=_public(), fl="name,title", rows=rows, sort="score desc, metadata_modified desc")
    return answer.get("response", {}).get("docs", [])


def _public() -> list[str]:
    return [*ANYBODY, f"+site_id:{solr_literal(tk.config['ckan.site_id'])}"]


def _ask(query: str, **parameters: Any) -> Mapping[str, Any]:
    try:
        return make_connection().search(query, **parameters).raw_response or {}
    except NO_ANSWER:
        log.warning("the search index did not answer", exc_info=True)
        return {}
