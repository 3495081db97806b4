"""The table of a resource as code that runs: the first rows, and the whole of it."""

from __future__ import annotations

import json
import shlex
from urllib.parse import urlencode

ROWS = 5


def samples(resource_id: str, csv_address: str, site_url: str) -> dict[str, str]:
    """Return code by language that reads a table which everybody may see.

    Args:
        resource_id: of the table.
        csv_address: of the whole table as CSV.
        site_url: of this portal.
    """
    action = f"{site_url}/api/3/action/datastore_search"
    asked = {"resource_id": resource_id, "limit": ROWS}
    address = f"{action}?{urlencode(asked)}"
    return {
        "curl": f"curl --fail --location --compressed {shlex.quote(address)}\n"
        f"curl --fail --location --compressed --output tabel.csv {shlex.quote(csv_address)}",
        "Python": _python(action, asked, csv_address),
        "R": _r(action, asked, csv_address),
        "JavaScript": _javascript(address),
    }


def _python(action: str, asked: dict[str, str | int], csv_address: str) -> str:
    return f"""import csv
import io

import requests

answer = requests.get({json.dumps(action)}, params={json.dumps(asked)}, timeout=60)
answer.raise_for_status()
for row in answer.json()["result"]["records"]:
    print(row)

whole = requests.get({json.dumps(csv_address)}, timeout=60)
whole.raise_for_status()
whole.encoding = "utf-8"
rows = list(csv.DictReader(io.StringIO(whole.text)))
print(len(rows))"""


def _r(action: str, asked: dict[str, str | int], csv_address: str) -> str:
    named = ", ".join(f"{name} = {json.dumps(value)}" for name, value in asked.items())
    return f"""library(httr2)

answer <- request({json.dumps(action)}) |>
  req_url_query({named}) |>
  req_perform()
rows <- resp_body_json(answer, simplifyVector = TRUE)$result$records
print(rows)

whole <- read.csv({json.dumps(csv_address)}, colClasses = "character", encoding = "UTF-8")
print(nrow(whole))"""


def _javascript(address: str) -> str:
    return f"""const answer = await fetch({json.dumps(address)});
if (!answer.ok) throw new Error(`${{answer.status}} ${{answer.statusText}}`);
const {{ result }} = await answer.json();
console.log(result.records);"""
