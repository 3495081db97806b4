"""A WebAPI as BPS runs it: values in the path, a key at its end, errors with HTTP status 200, composed keys."""

from __future__ import annotations

from itertools import product

from tests.partners.api_partner import ApiPartner

KEY = "kunci-rahasia-42"
PER_PAGE = 2


class BpsPartner(ApiPartner):
    """`signs` is whether it gives the addresses of its files anew with each answer."""

    def __init__(self, server):
        super().__init__(server)
        self.signs, self.signed = False, 0
        self.lists = {"var": {}, "statictable": {}, "publication": {}, "pressrelease": {}}
        self.figures = {}
        self.pages_of_tables = {}
        self.years_at_once = []
        self.removed = {}

    @property
    def url(self):
        return f"{self.server.url}/v1/api"

    def add_variable(self, number, title, figures, vervar=None, turvar=None, turtahun=None, subject=6, unit="Orang"):
        """Figures are given by (vervar, turvar, year, turtahun)."""
        self.lists["var"][number] = {
            "var_id": number,
            "title": title,
            "sub_id": subject,
            "sub_name": "Tenaga Kerja",
            "def": "Definisi",
            "notes": "",
            "unit": unit,
        }
        self.figures[number] = {
            "var": [{"val": number, "label": title, "unit": unit, "subj": "Tenaga Kerja", "def": "", "note": ""}],
            "vervar": vervar or [{"val": 3500, "label": "Jawa Timur"}, {"val": 9999, "label": "Indonesia"}],
            "turvar": turvar or [{"val": 0, "label": "Tidak ada"}],
            "turtahun": turtahun or [{"val": 0, "label": "Tahun"}],
            "values": dict(figures),
        }

    def add(self, kind, number, **values):
        key = {"statictable": "table_id", "publication": "pub_id", "pressrelease": "brs_id"}[kind]
        self.lists[kind][number] = {key: number, **values}

    def change(self, number, place, value):
        self.figures[number]["values"][place] = value

    def remove(self, number):
        self.removed[number] = self.lists["var"].pop(number)

    def restore(self, number):
        self.lists["var"][number] = self.removed.pop(number)

    def respond(self, path, query, body):
        parts = path.removeprefix("/v1/api/").strip("/").split("/")
        action, values = parts[0], dict(zip(parts[1::2], parts[2::2], strict=True))
        if values.get("key") != KEY:
            return {"status": "Error", "message": f"Invalid key {values.get('key')}"}
        if values["domain"] != "0000":
            return {"status": "OK", "data-availability": "list-not-available", "data": ""}
        if action == "view":
            return {"status": "OK", "data-availability": "available", "data": self.pages_of_tables[int(values["id"])]}
        if values["model"] == "data":
            return self._data(int(values["var"]), [1900 + int(year) for year in values["th"].split(";")])
        return self._list(values)

    def _list(self, values):
        if values["model"] == "th":
            years = sorted({place[2] for place in self.figures[int(values["var"])]["values"]})
            items = [{"th_id": year - 1900, "th": str(year)} for year in years]
        else:
            subject = values.get("subject")
            items = list(self.lists[values["model"]].values())
            items = [item for item in items if subject is None or str(item.get("sub_id")) == subject]
        if not items:
            return {"status": "OK", "data-availability": "list-not-available", "data": ""}
        page = int(values.get("page", 1))
        some = items[(page - 1) * PER_PAGE : page * PER_PAGE]
        place = {
            "page": page,
            "pages": -(-len(items) // PER_PAGE),
            "per_page": PER_PAGE,
            "count": len(some),
            "total": len(items),
        }
        return {"status": "OK", "data-availability": "available", "data": [place, [self._signed(one) for one in some]]}

    def _signed(self, item):
        self.signed += int(self.signs)
        ending = f"~{self.signed}" if self.signs else ""
        return {key: f"{value}{ending}" if key in ("pdf", "excel", "cover") else value for key, value in item.items()}

    def _data(self, number, years):
        self.years_at_once.append(len(years))
        if len(years) > 2:
            return {"status": "Error", "message": "at most two years"}
        one = self.figures[number]
        labels = {key: one[key] for key in ("var", "vervar", "turvar", "turtahun")}
        labels["tahun"] = [{"val": year - 1900, "label": str(year)} for year in years]
        content = {}
        for area, feature, year, part in product(one["vervar"], one["turvar"], years, one["turtahun"]):
            place = (area["val"], feature["val"], year, part["val"])
            if place in one["values"]:
                content[f"{area['val']}{number}{feature['val']}{year - 1900}{part['val']}"] = one["values"][place]
        # PHP makes a list of an empty object.
        return {
            "status": "OK",
            "data-availability": "available",
            **labels,
            "labelvervar": "Provinsi",
            "datacontent": content or [],
        }
