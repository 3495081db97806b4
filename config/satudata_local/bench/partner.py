"""The partner of the bench, in a process of its own: `python3 -m satudata_local.bench.partner PORT [FOLDER]`.

An address says which catalogue it is and how it is served:

    /1000/0/data.json               1,000 records, body 0; body 1 has the 1,000 records after those
    /1000/0/catalog.rdf?page=2      the same as DCAT in RDF/XML, 100 datasets a page
    /1000/0/api/3/action/...        the same as a CKAN
    /wait=300/etag/paged/1000/0/... answers after 300 ms; with an ETag; data.json by ?page=N of 1,000 records

Every address of 127.0.0.0/8 answers: to a harvester that is polite per host they are as many hosts.
`POST /change` changes 1 % of every catalogue. `POST /forget` begins a new count of requests, `GET /requests` tells it.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import faces
from .records import CHANGED_EACH, Pool, read_pool

RDF_PAGE, JSON_PAGE, CKAN_ROWS_MAX = 100, 1_000, 1_000
TIME = "%Y-%m-%dT%H:%M:%S.%f"
ADDRESS = re.compile(
    r"/(?:wait=(?P<wait>\d+)/)?(?P<etag>etag/)?(?P<paged>paged/)?(?P<size>\d+)/(?P<body>\d+)/"
    r"(?:(?P<json>data\.json)|(?P<rdf>catalog\.rdf)|api/3/action/(?P<action>\w+))"
)
SINCE = re.compile(r"metadata_modified:\[\"?(?P<since>[\dT:.-]+)Z?\"? TO ")


@dataclass(frozen=True)
class Answer:
    """What one request gets."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200


NOTHING = Answer(b'{"success": false}', status=404)


class Partner:
    """All catalogues, rendered when they are first asked for and kept."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.revision = 0
        # Stock looks back an hour before its last harvest; what was there from the beginning is older than that.
        self._old = (datetime.now(UTC) - timedelta(hours=2)).strftime(TIME)
        self._new = self._old
        self._json = lru_cache(maxsize=4096)(self._render_json)
        self._rdf = lru_cache(maxsize=4096)(self._render_rdf)
        self._packages = lru_cache(maxsize=4096)(self._render_packages)

    def change(self) -> int:
        """Change 1 % of every catalogue and return how often that was done."""
        self.revision += 1
        self._new = datetime.now(UTC).strftime(TIME)
        return self.revision

    def answer(self, host: str, found: re.Match[str], query: dict[str, str]) -> Answer:
        """Answer to an address of a catalogue, as the host that was asked."""
        size, body = int(found["size"]), int(found["body"])
        if found["json"]:
            page = int(query.get("page", "1"))
            return self._json(size, body, page if found["paged"] else 0, self.revision)
        if found["rdf"]:
            return self._rdf(size, body, int(query.get("page", "1")), f"http://{host}{found.group()}", self.revision)
        return self._act(found["action"], size, body, query)

    def _records(self, size: int, body: int, start: int = 0, rows: int | None = None) -> list[dict[str, Any]]:
        end = size if rows is None else min(size, start + rows)
        return [self.pool.record(body * size + number, self.revision) for number in range(start, end)]

    def _render_json(self, size: int, body: int, page: int, _revision: int) -> Answer:
        if not page:
            return Answer(faces.data_json(self._records(size, body)))
        records = self._records(size, body, (page - 1) * JSON_PAGE, JSON_PAGE)
        return Answer(faces.data_json(records)) if records else NOTHING

    def _render_rdf(self, size: int, body: int, page: int, address: str, _revision: int) -> Answer:
        records = self._records(size, body, (page - 1) * RDF_PAGE, RDF_PAGE)
        if not records:
            return NOTHING
        text = faces.rdf_page(records, address, page, math.ceil(size / RDF_PAGE), size)
        return Answer(text, "application/rdf+xml")

    def _render_packages(self, size: int, body: int, _revision: int) -> list[tuple[str, str, bytes]]:
        """Return id, time of the last change and JSON of each package, by id."""
        found = []
        for number, record in enumerate(self._records(size, body), start=body * size):
            modified = self._new if number % CHANGED_EACH == 0 else self._old
            package = faces.ckan_package(record, modified)
            found.append((package["id"], modified, json.dumps(package, ensure_ascii=False).encode()))
        return sorted(found)

    def _act(self, action: str, size: int, body: int, query: dict[str, str]) -> Answer:
        packages = self._packages(size, body, self.revision)
        match action:
            case "package_search":
                return self._search(packages, query)
            case "package_list":
                return _success(json.dumps([f"bench-{one[0]}" for one in packages]).encode())
            case "package_show":
                wanted = query.get("id", "").removeprefix("bench-")
                return next((_success(one[2]) for one in packages if one[0] == wanted), NOTHING)
            case "organization_list" | "group_list":
                return _success(b"[]")
            case "status_show":
                return _success(b'{"ckan_version": "2.12.0", "extensions": []}')
            case _:
                return NOTHING

    def _search(self, packages: list[tuple[str, str, bytes]], query: dict[str, str]) -> Answer:
        since = SINCE.search(query.get("fq", ""))
        found = [one for one in packages if one[1] >= since["since"]] if since else packages
        if query.get("sort", "").startswith("metadata_modified"):
            found = sorted(found, key=lambda one: one[1], reverse="desc" in query["sort"])
        start, rows = int(query.get("start", "0")), min(int(query.get("rows", "10")), CKAN_ROWS_MAX)
        results = b", ".join(one[2] for one in found[start : start + rows])
        head = f'"count": {len(found)}, "sort": {json.dumps(query.get("sort", ""))}, "facets": {{}}, "results": ['
        return _success(b"{" + head.encode() + results + b"]}")


def _success(result: bytes) -> Answer:
    return Answer(b'{"help": "", "success": true, "result": ' + result + b"}")


class Requests:
    """How many requests there were for data."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def add(self) -> None:
        """Count one."""
        with self._lock:
            self.count += 1

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self.count = 0


class PartnerServer(ThreadingHTTPServer):
    """The partner on a port of every loopback address; 0 takes a free one."""

    # Many sources at once: the next wait for their turn, they are not refused.
    request_queue_size = 128

    def __init__(self, port: int, pool: Pool) -> None:
        # No socket listens on all of 127.0.0.0/8 alone; who is not on this machine is refused below.
        super().__init__(("", port), Handler)
        self.partner = Partner(pool)
        self.requests = Requests()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Take requests from this machine only."""
        return client_address[0].startswith("127.")


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: PartnerServer
    protocol_version = "HTTP/1.1"
    # One segment for head and body: two would wait for each other (Nagle's algorithm).
    wbufsize = -1

    def do_GET(self) -> None:  # noqa: N802 - the name is the library's
        """Answer with a catalogue, or with the number of requests."""
        parts = urlsplit(self.path)
        found = ADDRESS.fullmatch(parts.path)
        if found:
            self.server.requests.add()
            if found["wait"]:
                time.sleep(int(found["wait"]) / 1000)
            query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
            self._send(self.server.partner.answer(self.headers["Host"], found, query), with_etag=bool(found["etag"]))
        else:
            self._send(_counted(self.server.requests.count) if self.path == "/requests" else NOTHING)

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:  # noqa: N802
        """Change the catalogues, or begin a new count of requests."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/change":
            self._send(_counted(self.server.partner.change()))
        elif self.path == "/forget":
            self.server.requests.forget()
            self._send(_counted(0))
        else:
            self._send(NOTHING)

    def _send(self, answer: Answer, with_etag: bool = False) -> None:
        etag = f'"{hashlib.sha256(answer.body).hexdigest()[:16]}"' if with_etag else ""
        unchanged = bool(etag) and self.headers.get("If-None-Match") == etag
        self.send_response(304 if unchanged else answer.status)
        if etag:
            self.send_header("ETag", etag)
        if not unchanged:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if not unchanged and self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


def _counted(count: int) -> Answer:
    return Answer(json.dumps({"count": count}).encode())


def main(port: str, folder: str = "") -> None:
    """Serve until the process is ended."""
    PartnerServer(int(port), read_pool(Path(folder) if folder else None)).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
