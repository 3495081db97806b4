"""An Open Data Jawa Timur: a list of datasets by pages, and rows by pages, each with the number of pages."""

from __future__ import annotations

import json

from tests.partners.api_partner import ApiPartner

OFFICE = "dinas-tenaga-kerja-dan-transmigrasi"
PER_PAGE = 2


class JatimPartner(ApiPartner):
    def __init__(self, server):
        super().__init__(server)
        self.datasets, self.rows, self.removed = {}, {}, {}

    @property
    def url(self):
        return self.server.url

    def add(self, number, title, rows, **values):
        slug = title.lower().replace(" ", "-")
        self.rows[slug] = [{"id": place, **row} for place, row in enumerate(rows, 1)]
        opd = {"name": "Disnakertrans", "slug": OFFICE}
        self.datasets[number] = {"id": number, "judul": title, "slug": slug, "opd": opd, **values}

    def change(self, number, row, **values):
        self.rows[self.datasets[number]["slug"]][row] |= values

    def remove(self, number):
        self.removed[number] = self.datasets.pop(number)

    def restore(self, number):
        self.datasets[number] = self.removed.pop(number)

    def respond(self, path, query, body):
        if path == "/api/datasets":
            return self._page(list(self.datasets.values()), query)
        if path.startswith(f"/api/cleaned-bigdata/{OFFICE}/"):
            where = json.loads(query.get("where", "{}"))
            rows = self.rows[path.rsplit("/", 1)[1]]
            return self._page([row for row in rows if all(row.get(k) in v for k, v in where.items())], query)
        return None

    def _page(self, items, query):
        page = int(query["page"])
        some = items[(page - 1) * PER_PAGE : page * PER_PAGE]
        return {"message": "success", "data": some, "pagination": {"total_page": -(-len(items) // PER_PAGE)}}
