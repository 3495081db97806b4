"""An Open Data Jabar: a data.json, and the rows of each table by limit and skip. It keeps plain clients out."""

from __future__ import annotations

import json

from tests.partners.api_partner import ApiPartner

OFFICE = "dinas-tenaga-kerja"


class JabarPartner(ApiPartner):
    """`most` is how many rows it gives at once, whatever is asked; `total` whether it says how many there are."""

    only_known_clients = True

    def __init__(self, server):
        super().__init__(server)
        self.datasets, self.rows, self.removed = {}, {}, {}
        self.most = 2
        self.total = False

    @property
    def url(self):
        return f"{self.server.url}/data.json"

    @property
    def tables_url(self):
        return f"{self.server.url}/api-backend/bigdata"

    def add(self, number, title, rows, **values):
        slug = title.lower().replace(" ", "_")
        self.rows[number] = [dict(row) for row in rows]
        self.datasets[number] = {
            "identifier": str(number),
            "title": title,
            "distribution": [
                {"title": "halaman", "accessURL": f"{self.server.url}/dataset/{slug}"},
                {"downloadURL": f"{self.tables_url}/{OFFICE}/od_{number}_{slug}?download=csv", "format": "csv"},
            ],
            **values,
        }

    def change(self, number, row, **values):
        self.rows[number][row] |= values

    def remove(self, number):
        self.removed[number] = self.datasets.pop(number)

    def restore(self, number):
        self.datasets[number] = self.removed.pop(number)

    def respond(self, path, query, body):
        if path == "/data.json":
            return {"dataset": list(self.datasets.values())}
        number = int(path.rsplit("/od_", 1)[1].split("_")[0])
        where = json.loads(query.get("where", "{}"))
        rows = [row for row in self.rows[number] if all(row.get(key) in values for key, values in where.items())]
        skip, limit = int(query["skip"]), min(int(query["limit"]), self.most)
        answer = {"message": "Get Data Success", "error": 0, "data": rows[skip : skip + limit]}
        return answer | {"metadata": {"total": len(rows)}} if self.total else answer
