"""A Satu Data Jakarta: everything by POST; rows come as lists, their columns stand in the detail."""

from __future__ import annotations

from tests.partners.api_partner import ApiPartner


class JakartaPartner(ApiPartner):
    """`most` is how many datasets or rows it gives at once, whatever is asked."""

    def __init__(self, server):
        super().__init__(server)
        self.datasets, self.rows, self.removed = {}, {}, {}
        self.most = 100

    @property
    def url(self):
        return self.server.url

    def add(self, number, title, rows, **values):
        self.rows[number] = [dict(row) for row in rows]
        self.datasets[number] = {"id": number, "slug": title.lower().replace(" ", "-"), "title": title, **values}

    def change(self, number, row, **values):
        self.rows[number][row] |= values

    def remove(self, number):
        self.removed[number] = self.datasets.pop(number)

    def restore(self, number):
        self.datasets[number] = self.removed.pop(number)

    def respond(self, path, query, body):
        name = path.removeprefix("/backend/api/v2/satudata/")
        if name == "search-v2":
            return self._page([one for one in self.datasets.values() if body["q"] in one["title"]], body)
        if name == "detail":
            columns = [{"header_komponen": key, "tipe_data_komponen": "text"} for key in self.rows[body["id"]][0]]
            about = {
                "desc": "Uraian",
                "sumber_data": "Disnakertransgi",
                "satuan": "orang",
                "komponen_data_table": columns,
            }
            return {"status": "success", "data": about}
        if name == "get-table-data":
            return self._page([list(row.values()) for row in self.rows[body["id"]]], body)
        return None

    def _page(self, items, body):
        size = min(body["page_size"], self.most)
        begin = (body["page_no"] - 1) * size
        return {"data": items[begin : begin + size], "total": len(items)}
