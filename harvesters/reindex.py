"""A source's page and form after a harvest.

ckanext-harvest 1.6.3 on CKAN 2.12 puts a source into the search index without its show schema, so that from the first
finished job on `harvest_source_show` lacks source_type, frequency and config, and the form loses them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.logic as logic
import ckan.plugins.toolkit as tk


@tk.chained_action
def harvest_source_reindex(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> bool:
    """Index a harvest source as package_update does, in place of ckanext-harvest's own way."""
    source_id = tk.get_or_bust(data_dict, "id")
    tk.check_access("harvest_source_update", context, {"id": source_id})
    logic.index_update_package({"ignore_auth": True}, source_id, defer_commit=context.get("defer_commit", False))
    return True
