"""The portal as the browser tests see it, and what a page should not do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page


@dataclass(frozen=True)
class Portal:
    """The running portal: its address and the names of what is in it (see filling.py)."""

    url: str
    names: dict[str, Any]

    def at(self, path: str, language: str = "id") -> str:
        """Return the address of a page in a language."""
        return f"{self.url}{'' if language == 'id' else '/' + language}{path}"

    @property
    def pages(self) -> dict[str, str]:
        """Every kind of page a visitor meets, by a name for it."""
        dataset = f"/dataset/{self.names['dataset']}"
        return {
            "home": "/",
            "search": "/dataset/",
            "search with filters": "/dataset/?q=pengaduan&tags=x&res_format=XLSX",
            "search by a synonym": "/dataset/?q=TKI+kabupaten",
            "nothing found": "/dataset/?q=zzzqqq",
            "misspelt": "/dataset/?q=penempatn&year=2023",
            "dataset": dataset,
            "resource": f"{dataset}/resource/{self.names['resource']}",
            "data dictionary": f"{dataset}/resource/{self.names['resource']}/kamus",
            "rows": f"{dataset}/resource/{self.names['resource']}/baris?tampil=tahun&tampil=jumlah&urut=jumlah",
            "history of a dataset": f"{dataset}/riwayat",
            "interactive table": f"{dataset}/resource/{self.names['resource']}/view/{self.names['view']}",
            "publishers": "/organization/",
            "publisher": f"/organization/{self.names['body']}",
            "sources": "/sumber",
            "source": f"/sumber/{self.names['source']}",
            "protocols": "/sumber/protokol",
            "activity form": f"{dataset}/formulir/ms_keg",
            "indicator form": f"{dataset}/formulir/ms_ind",
            "quality": "/mutu",
            "quality of a publisher": f"/mutu/{self.names['body']}?profile=sdi",
            "what is measured": "/mutu/metrik/sdi",
            "metric": "/mutu/metrik/mqa/keyword",
            "code lists": "/kode",
            "code list": "/kode/wilayah",
            "code found": "/kode/wilayah?q=Kediri",
            "code": "/kode/wilayah/91",
            "figures": "/angka?time=2019:2024&by=destination",
            "indicators": "/indikator",
            "indicator": "/indikator/placement",
            "indicator in a frame": "/indikator/placement/sematan",
            "briefs": "/kabar",
            "brief": "/kabar/2025-02",
            "wall": "/pusat-kendali",
            "wall with maps": "/pusat-kendali?layar=2",
            "areas": "/wilayah",
            "province": "/wilayah/35",
            "district": "/wilayah/52.02",
            "countries": "/negara",
            "country": "/negara/HKG",
            "which number": "/angka/berapa",
            "reconciliation board": "/pusat-kendali/rekonsiliasi",
            "reconciliation of a place": "/pusat-kendali/rekonsiliasi?destination=HKG&time=2022",
            "reconciliation": "/pusat-kendali/rekonsiliasi/metode/combine?case=hkg-combine",
            "refused reconciliation": "/pusat-kendali/rekonsiliasi/metode/combine?case=mys-combine",
            "signed reconciliations": "/pusat-kendali/rekonsiliasi/hasil",
            "what is published": "/angka/ketersediaan",
            "what was revised": "/angka/revisi?since=2020-01-01",
            "what does not add up": "/angka/pemeriksaan",
            "signals": "/pusat-kendali/sinyal",
            "signal": f"/pusat-kendali/sinyal/{self.names['signal']}",
            "follow by e-mail": "/langganan?kind=indicator&target=placement",
            "mail on its way": "/langganan/terkirim",
            "about": "/about",
            "returnees": "/kepulangan",
            "accessibility": "/aksesibilitas",
            "login": "/user/login",
            "not found": "/dataset/tidak-ada",
        }


@dataclass
class Misdeeds:
    """What a page did that it should not: errors on the console, requests to other hosts, answers that failed."""

    console: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def watched(page: Page, portal: Portal, misdeeds: Misdeeds) -> Page:
    """Return the page, with what it does wrong going into `misdeeds`."""
    host = urlsplit(portal.url).netloc

    def on_request(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.netloc != host:
            misdeeds.elsewhere.append(request.url)

    def on_console(message: Any) -> None:
        # qs.js of CKAN tries whether texts may become scripts, and does without.
        if message.type == "error" and not message.text.startswith("Evaluating a string as JavaScript"):
            misdeeds.console.append(message.text)

    page.on("request", on_request)
    page.on("console", on_console)
    page.on("pageerror", lambda error: misdeeds.console.append(str(error)))
    page.on("response", lambda response: misdeeds.failed.append(response.url) if response.status >= 400 else None)
    return page
