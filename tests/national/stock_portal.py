"""Harvests with a stock CKAN, and writes down what it then holds. Run by the stock portal's own Python:

python stock_portal.py <ini> <name of the source> <type> <address> <config> <file for the result>
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckanext.spatial.harvesters import csw
from draining import context, harvest

ORGANIZATION = "sekretariat-sdi"


def source_id(name: str, source_type: str, address: str, config: str) -> str:
    """Return the id of the harvest source, made if it is not there yet."""
    known = model.Package.get(name)
    if known:
        return known.id
    tk.get_action("organization_create")(context(), {"name": ORGANIZATION, "title": "Sekretariat SDI"})
    source = {
        "name": name,
        "title": name,
        "url": address,
        "source_type": source_type,
        "config": config or None,
        "owner_org": ORGANIZATION,
        "frequency": "MANUAL",
    }
    return tk.get_action("harvest_source_create")(context(), source)["id"]


def holdings() -> dict[str, Any]:
    """Return every active dataset and every organisation."""
    wanted = model.Session.query(model.Package.id).filter_by(state="active", type="dataset").order_by(model.Package.id)
    packages = [tk.get_action("package_show")(context(), {"id": id_}) for (id_,) in wanted]
    names = tk.get_action("organization_list")(context(), {})
    return {
        "packages": packages,
        "organizations": [tk.get_action("organization_show")(context(), {"id": name}) for name in names],
    }


def mend_spatial() -> None:
    """Have ckanext-spatial 2.3.2 leave out the XML declaration, as every version before did.

    Its pattern lost two signs and finds none any more; lxml refuses a text with one, so every record of any CSW fails.
    """
    patterns = {"<xml(.*)>": r"<\?xml(.*)\?>"}
    csw.re = SimpleNamespace(sub=lambda pattern, *texts: re.sub(patterns.get(pattern, pattern), *texts))


def main(ini: str, name: str, source_type: str, address: str, config: str, result: str) -> None:
    """Harvest once and write the result."""
    app = make_app(load_config(ini))
    mend_spatial()
    with app._wsgi_app.test_request_context():
        outcome = harvest([source_id(name, source_type, address, config)])
        model.Session.remove()
        Path(result).write_text(json.dumps(outcome | holdings(), default=str), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
