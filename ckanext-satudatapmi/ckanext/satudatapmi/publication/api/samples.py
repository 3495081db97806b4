"""A read as code that runs, in the languages that readers of the data use."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from ckanext.satudatapmi.publication.api.reads import Read

JSON, FILE = "json", "file"


def samples(read: Read, site_url: str) -> dict[str, str]:
    """Return code by language that asks with the examples of a read.

    Args:
        read: with an example for every parameter that it needs.
        site_url: of this portal.
    """
    address, headers = site_url + read.address(read.examples), read.example_headers
    kind = _kind(read)
    return {
        "curl": _curl(address, headers, kind),
        "Python": _python(address, headers, kind),
        "R": _r(address, headers, kind),
        "JavaScript": _javascript(address, headers, kind),
    }


def _kind(read: Read) -> str:
    if read.media_types == ("application/json",):
        return JSON
    return FILE if any(one == "*/*" or one.startswith("image/") for one in read.media_types) else "text"


def _curl(address: str, headers: Mapping[str, str], kind: str) -> str:
    named = "".join(f" --header {shlex.quote(f'{name}: {value}')}" for name, value in headers.items())
    kept = " --remote-name" if kind == FILE else " --compressed"
    return f"curl --fail --location{kept}{named} {shlex.quote(address)}"


def _python(address: str, headers: Mapping[str, str], kind: str) -> str:
    named = f", headers={json.dumps(dict(headers))}" if headers else ""
    taken = {
        JSON: "print(answer.json())",
        FILE: 'with open("data", "wb") as file:\n    file.write(answer.content)',
    }.get(kind, "print(answer.text)")
    return f"""import requests

answer = requests.get({json.dumps(address)}{named}, timeout=60)
answer.raise_for_status()
{taken}"""


def _r(address: str, headers: Mapping[str, str], kind: str) -> str:
    named = "".join(f" |>\n  req_headers(`{name}` = {json.dumps(value)})" for name, value in headers.items())
    taken = {JSON: "resp_body_json(answer)", FILE: 'writeBin(resp_body_raw(answer), "data")'}
    return f"""library(httr2)

answer <- request({json.dumps(address)}){named} |>
  req_perform()
{taken.get(kind, "resp_body_string(answer)")}"""


def _javascript(address: str, headers: Mapping[str, str], kind: str) -> str:
    named = f", {{ headers: {json.dumps(dict(headers))} }}" if headers else ""
    taken = {JSON: "await answer.json()", FILE: "await answer.arrayBuffer()"}.get(kind, "await answer.text()")
    return f"""const answer = await fetch({json.dumps(address)}{named});
if (!answer.ok) throw new Error(`${{answer.status}} ${{answer.statusText}}`);
console.log({taken});"""
