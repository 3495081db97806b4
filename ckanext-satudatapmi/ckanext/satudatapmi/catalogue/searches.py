"""Searches as those who follow one name them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode


def search_text(parameters: Mapping[str, str]) -> str:
    """Return a search, words and filters, as one text that is the same for the same search.

    >>> search_text({"tags": "malaysia", "q": "gaji", "kategori": ""})
    'q=gaji&tags=malaysia'
    """
    return urlencode(sorted((name, value) for name, value in parameters.items() if value))
