"""An office that puts its tables on the web: a folder, or a page of bulletins; files in every usual format."""

from __future__ import annotations

import hashlib
import html
import zipfile
from io import BytesIO
from urllib.parse import quote

import xlsxwriter
from fpdf import FPDF

from tests.harvesters import servers
from tests.partners.api_partner import ApiPartner

TABLE = [["Negara", "2023", "2024"], ["Malaysia", "72.260", "51.723"], ["Taiwan", "-", "68.435"]]


class FilesPartner(ApiPartner):
    """`validators` says whether it knows files again (ETag)."""

    def __init__(self, server):
        super().__init__(server)
        self.files, self.texts, self.removed, self.pages = {}, {}, {}, {}
        self.validators = True
        server.otherwise = self._answer_file

    @property
    def folder(self):
        return f"{self.server.url}/tabel/"

    @property
    def index(self):
        return f"{self.server.url}/buletin.html"

    def add(self, name, content, text=""):
        self.files[name], self.texts[name] = content, text

    def change(self, name, content):
        self.files[name] = content

    def remove(self, name):
        self.removed[name] = self.files.pop(name)

    def restore(self, name):
        self.files[name] = self.removed.pop(name)

    def fetched(self):
        """The files asked for so far that were sent."""
        return [path for path in self.paths() if path.startswith("/tabel/") and path != "/tabel/"]

    def _answer_file(self, handler):
        path = handler.path.partition("?")[0]
        name = next((one for one in self.files if path == f"/tabel/{quote(one)}"), None)
        faulty = any(fault[0] in path and fault[2] > 0 for fault in self.faults)
        if name is None or faulty:
            self._answer(handler)
            return
        tag = f'"{hashlib.sha256(self.files[name]).hexdigest()[:16]}"' if self.validators else ""
        if tag and handler.headers.get("If-None-Match") == tag:
            servers.send(handler, 304)
        else:
            servers.send(
                handler, 200, self.files[name], {"ETag": tag, "Last-Modified": "Tue, 05 Mar 2024 01:02:03 GMT"}
            )

    def respond(self, path, query, body):
        if path == "/tabel/":
            rows = "".join(
                f'<tr><td><a href="{quote(name)}">{html.escape(name[:20])}{"..&gt;" if len(name) > 20 else ""}</a></td>'
                f"<td>2024-03-05 01:02</td><td>4K</td></tr>"
                for name in self.files
            )
            sorting = '<th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th>'
            up = '<tr><td><a href="/">Parent Directory</a></td><td></td></tr>'
            return f"<html><title>Index of /tabel</title><table><tr>{sorting}</tr>{up}{rows}</table>".encode()
        if path == "/buletin.html":
            links = "".join(
                f'<li><a href="/tabel/{quote(name)}">{html.escape(self.texts[name])}</a></li>' for name in self.files
            )
            return f'<!doctype html><a href="/tentang.html">Tentang</a><ul>{links}</ul>'.encode("cp1252")
        page = self.pages.get(path)
        return page if page is None else page.encode()


def as_csv(rows, delimiter=";"):
    return "\n".join(delimiter.join(row) for row in rows).encode()


def as_xlsx(**sheets):
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    return target.getvalue()


def as_merged_xlsx(rows, *merges):
    """A workbook with cells that are merged: (first row, first column, last row, last column, text)."""
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Tabel")
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        for merge in merges:
            sheet.merge_range(*merge)
    return target.getvalue()


def as_pdf(*tables, together=False):
    """A bulletin with a ruled table on each page, or with all of them on one."""
    document = FPDF()
    document.set_font("Helvetica", size=10)
    for place, (title, rows) in enumerate(tables):
        if not together or not place:
            document.add_page()
        document.cell(text=title, new_x="LMARGIN", new_y="NEXT")
        with document.table() as table:
            for row in rows:
                line = table.row()
                for cell in row:
                    line.cell(cell)
    return bytes(document.output())


def as_html(*tables):
    drawn = "".join(
        f"<h3>{title}</h3><table>"
        + "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
        + "</table>"
        for title, rows in tables
    )
    return f"<!doctype html><html><body>{drawn}</body></html>"


def as_zip(**files):
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_csv", ".csv").replace("_xlsx", ".xlsx"), content)
    return target.getvalue()
