"""What has to be done inside a CKAN, by that CKAN's own Python and with actions of stock extensions alone.

python inside.py INI sources FILE    makes an organisation and the harvest sources that a JSON file lists
python inside.py INI count           prints how many datasets package_search finds
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.cli import load_config
from ckan.config.middleware import make_app


def context() -> Any:
    """Return a context in which the site itself acts."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return {"user": user, "ignore_auth": True, "model": model, "session": model.Session}


def make_sources(file: str) -> None:
    """Make an organisation, and the sources that belong to it."""
    tk.get_action("organization_create")(context(), {"name": "bench", "title": "Bench"})
    for source in json.loads(Path(file).read_text(encoding="utf-8")):
        values = {"title": source["name"], "frequency": "MANUAL", "owner_org": "bench"}
        tk.get_action("harvest_source_create")(context(), source | values)


def count() -> None:
    """Print how many datasets a visitor finds."""
    print(tk.get_action("package_search")({"ignore_auth": False}, {"rows": 0, "fq": "dataset_type:dataset"})["count"])


def main(ini: str, command: str, *arguments: str) -> None:
    """Start the CKAN and run one command."""
    app: Any = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        {"sources": make_sources, "count": count}[command](*arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
