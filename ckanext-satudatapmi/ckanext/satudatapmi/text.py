"""Translation for the rooms that know no CKAN: the message in the visitor's language, or in English outside a site."""

from __future__ import annotations

from typing import Any


def _(message: str, **values: Any) -> str:
    """Return the message translated, with its {placeholders} filled in.

    Args:
        message: the English text, as it stands in the translation catalogue.
        values: what its placeholders stand for.
    """
    return _translate(message).format(**values) if values else _translate(message)


def _translate(message: str) -> str:
    try:
        from ckan.common import _ as translate
        from flask import has_app_context
    except ImportError:
        return message
    return translate(message) if has_app_context() else message


def language() -> str:
    """Return the visitor's language, `id` or `en`; English outside a site."""
    try:
        from ckan.lib.i18n import get_lang
        from flask import has_request_context
    except ImportError:
        return "en"
    return "id" if has_request_context() and str(get_lang()).startswith("id") else "en"
