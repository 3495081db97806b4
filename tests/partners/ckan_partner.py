"""A partner's CKAN: package_search with the parameters that harvesters use."""

from __future__ import annotations

import json
import re
import uuid
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from tests.harvesters import servers
from tests.partners.misbehaving import Partner

PATH = "/api/3/action/package_search"
BEGIN = datetime(2026, 1, 1)


class CkanPartner(Partner):
    """Datasets by id.

    Attributes:
        rows_max: how many it gives at most, whatever is asked.
        keyset: whether it understands ranges of ids, "ignored" if it leaves them out without a word.
        filters_moments: whether it can be asked for what was modified since, "ignored" if it leaves that out.
    """

    def __init__(self, server: servers.PartnerServer) -> None:
        super().__init__(server, PATH)
        self.url = server.url
        self.datasets: dict[str, dict] = {}
        self.rows_max = 1000
        self.keyset: bool | str = True
        self.filters_moments: bool | str = True
        self.before_answer = lambda: None
        self._clock = 0

    def add(self, title: str = "Dataset", **values) -> str:
        dataset_id = values.pop("id", None) or str(uuid.uuid4())
        self.datasets[dataset_id] = {
            "id": dataset_id,
            "name": f"dataset-{dataset_id[:8]}",
            "title": title,
            "notes": f"Keterangan {title}",
            "private": False,
            "state": "active",
            "type": "dataset",
            "metadata_created": "2026-01-01T00:00:00.000000",
            "organization": {"id": "1", "name": "dinas", "title": "Dinas Contoh"},
            "tags": [{"name": "pmi", "display_name": "pmi"}],
            "resources": [{"id": "r", "name": "Berkas", "url": "https://x.example/a.csv", "format": "CSV"}],
            "extras": [],
            "num_resources": 1,
            **values,
        }
        self.touch(dataset_id)
        return dataset_id

    def touch(self, dataset_id: str, hours: float = 2) -> None:
        """Let time pass, and a dataset be modified."""
        self._clock += hours
        self.datasets[dataset_id]["metadata_modified"] = (BEGIN + timedelta(hours=self._clock)).isoformat(
            timespec="microseconds"
        )

    def change(self, dataset_id: str, **values) -> None:
        self.datasets[dataset_id] |= values
        self.touch(dataset_id)

    def remove(self, dataset_id: str) -> dict:
        return self.datasets.pop(dataset_id)

    def restore(self, dataset: dict) -> None:
        self.datasets[dataset["id"]] = dataset
        self.touch(dataset["id"])

    def answer(self, handler) -> None:
        self.before_answer()
        query = dict(parse_qs(urlsplit(handler.path).query).items())
        fq = query.get("fq", [""])[0]
        if "id:{" in fq and not self.keyset or "metadata_modified:[" in fq and not self.filters_moments:
            refusal = {"success": False, "error": {"message": "Search Query is invalid", "__type": "Search Error"}}
            servers.send(handler, 400, json.dumps(refusal).encode())
            return
        found = [one for one in self.datasets.values() if self._matches(one, fq)]
        found.sort(key=lambda one: one["id"])
        if query["sort"][0].startswith("metadata_modified desc"):
            found.sort(key=lambda one: one["metadata_modified"], reverse=True)
        start, rows = int(query["start"][0]), min(int(query["rows"][0]), self.rows_max)
        page = found[start : start + rows]
        if "fl" in query:
            page = [{name: one[name] for name in query["fl"]} for one in page]
        body = {"success": True, "result": {"count": len(found), "results": page, "sort": query["sort"][0]}}
        servers.send(handler, 200, json.dumps(body).encode(), {"Content-Type": "application/json;charset=utf-8"})

    def _matches(self, dataset: dict, fq: str) -> bool:
        after = re.search(r'\+id:\{"([^"]+)" TO \*\]', fq)
        since = re.search(r"\+metadata_modified:\[(\S+)Z TO \*\]", fq)
        among = re.search(r"\+id:\(([^)]*)\)", fq)
        organizations = re.search(r'([+-])organization:\("([^)]*)"\)', fq)
        if after and self.keyset is True and dataset["id"] <= after[1]:
            return False
        if since and self.filters_moments is True and dataset["metadata_modified"] < since[1]:
            return False
        if among and f'"{dataset["id"]}"' not in among[1]:
            return False
        if organizations:
            listed = dataset["organization"]["name"] in organizations[2].split('" OR "')
            return listed == (organizations[1] == "+")
        return True
