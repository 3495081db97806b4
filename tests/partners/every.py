"""A partner of every protocol behind one and the same handle, for tests that put each through the same."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.harvesters.servers import PartnerServer, send
from tests.partners.bps_partner import KEY, BpsPartner
from tests.partners.ckan_partner import CkanPartner
from tests.partners.csw_partner import CswPartner
from tests.partners.dcat_partner import DcatPartner
from tests.partners.files_partner import FilesPartner, as_csv
from tests.partners.jabar_partner import JabarPartner
from tests.partners.jakarta_partner import JakartaPartner
from tests.partners.jatim_partner import JatimPartner
from tests.partners.sdmx_partner import SdmxPartner

Rows = set[tuple[Any, ...]]


class EveryPartner(ABC):
    """Datasets by number; each has a title of its own, and a table where the protocol serves figures.

    Attributes:
        type: of its source.
        config: of its source.
        figures: columns of its tables, by which their rows are compared; () if it has none.
        quiet_requests: how many requests it costs to find three datasets unchanged.
        single: whether it has one dataset alone, which cannot vanish.
    """

    type: ClassVar[str]
    config: Mapping[str, Any] | None = None
    figures: tuple[str, ...] = ()
    quiet_requests: int = 1
    single: bool = False

    def __init__(self, server: PartnerServer) -> None:
        self.server = server
        self.there: dict[int, int] = {}
        self.figure: dict[int, int] = {}
        self.gone: dict[int, Any] = {}

    @property
    @abstractmethod
    def url(self) -> str:
        """Address of the source."""

    def add(self, number: int) -> None:
        """Publish a new dataset."""
        self.there[number], self.figure[number] = 0, 10 * number
        self._add(number)

    def change(self, number: int) -> None:
        """Change what is said of a dataset."""
        self.there[number] += 1
        self._change(number)

    def change_figures(self, number: int) -> None:
        """Change a figure, and nothing else."""
        self.figure[number] += 1
        self._change_figures(number)

    def remove(self, number: int) -> None:
        """Take a dataset away."""
        self.gone[number] = (self.there.pop(number), self._remove(number))

    def restore(self, number: int) -> None:
        """Bring it back as it was."""
        self.there[number], kept = self.gone.pop(number)
        self._restore(number, kept)

    def titles(self) -> set[str]:
        """Return the titles of all datasets that there are."""
        return {self.title(number) for number in self.there}

    def title(self, number: int) -> str:
        """Return the title of a dataset as it is now."""
        return f"Data {number}"

    def told(self, number: int) -> str:
        """Return what stands in the title or the description of a dataset as it is now."""
        return f"Data {number} keadaan {self.there[number]}"

    def rows(self, number: int) -> Rows:
        """Return the rows of a dataset's table, by the columns of `figures`."""
        return {("Bogor", self.figure[number]), ("Cianjur", 5)}

    @abstractmethod
    def _add(self, number: int) -> None: ...

    @abstractmethod
    def _change(self, number: int) -> None: ...

    @abstractmethod
    def _remove(self, number: int) -> Any: ...

    @abstractmethod
    def _restore(self, number: int, kept: Any) -> None: ...

    def _change_figures(self, number: int) -> None:
        raise NotImplementedError


class EveryDataJson(EveryPartner):
    type = "data_json"

    def __init__(self, server: PartnerServer) -> None:
        super().__init__(server)
        self.records: dict[int, dict[str, Any]] = {}
        server.do("/data.json", self._answer)

    @property
    def url(self) -> str:
        return f"{self.server.url}/data.json"

    def _answer(self, handler: Any) -> None:
        content = json.dumps({"dataset": list(self.records.values())}).encode()
        send(handler, 200, content, {"Content-Type": "application/json"})

    def _add(self, number: int) -> None:
        file = {"title": "Berkas", "downloadURL": f"{self.server.url}/{number}.csv", "format": "CSV"}
        self.records[number] = {"identifier": f"d{number}", "title": self.title(number), "distribution": [file]}
        self._change(number)

    def _change(self, number: int) -> None:
        self.records[number]["description"] = self.told(number)

    def _remove(self, number: int) -> Any:
        return self.records.pop(number)

    def _restore(self, number: int, kept: Any) -> None:
        self.records[number] = kept


class EveryCkan(EveryPartner):
    type = "satudata_ckan"

    def __init__(self, server: PartnerServer) -> None:
        super().__init__(server)
        self.service = CkanPartner(server)
        self.ids: dict[int, str] = {}

    @property
    def url(self) -> str:
        return self.service.url

    def _add(self, number: int) -> None:
        self.ids[number] = self.service.add(self.title(number), notes=self.told(number))

    def _change(self, number: int) -> None:
        self.service.change(self.ids[number], notes=self.told(number))

    def _remove(self, number: int) -> Any:
        return self.service.remove(self.ids[number])

    def _restore(self, number: int, kept: Any) -> None:
        self.service.datasets[kept["id"]] = kept


class EveryDcat(EveryPartner):
    type = "satudata_dcat"

    def __init__(self, server: PartnerServer) -> None:
        super().__init__(server)
        self.service = DcatPartner(server)
        self.ids: dict[int, str] = {}

    @property
    def url(self) -> str:
        return self.service.url

    def title(self, number: int) -> str:
        return self.told(number)

    def _add(self, number: int) -> None:
        self.ids[number] = self.service.add(self.title(number))

    def _change(self, number: int) -> None:
        self.service.change(self.ids[number], title=self.title(number))

    def _remove(self, number: int) -> Any:
        return self.service.remove(self.ids[number])

    def _restore(self, number: int, kept: Any) -> None:
        self.service.restore(self.ids[number], kept)


class EveryCsw(EveryDcat):
    type = "satudata_csw"

    def __init__(self, server: PartnerServer) -> None:
        EveryPartner.__init__(self, server)
        self.service: Any = CswPartner(server)
        self.ids = {}

    def _change(self, number: int) -> None:
        self.service.change(self.ids[number], self.title(number))


class EveryBps(EveryPartner):
    type = "bps_webapi"
    config: ClassVar = {"key": KEY}
    figures = ("vervar", "nilai")
    quiet_requests = 8

    def __init__(self, server: PartnerServer) -> None:
        super().__init__(server)
        self.service = BpsPartner(server)

    @property
    def url(self) -> str:
        return self.service.url

    def rows(self, number: int) -> Rows:
        return {("Jawa Timur", self.figure[number]), ("Indonesia", 5)}

    def _add(self, number: int) -> None:
        figures = {(3500, 0, 2024, 0): self.figure[number], (9999, 0, 2024, 0): 5}
        self.service.add_variable(number, self.title(number), figures)
        self._change(number)

    def _change(self, number: int) -> None:
        self.service.lists["var"][number]["def"] = self.told(number)

    def _change_figures(self, number: int) -> None:
        self.service.change(number, (3500, 0, 2024, 0), self.figure[number])

    def _remove(self, number: int) -> Any:
        self.service.remove(number)

    def _restore(self, number: int, kept: Any) -> None:
        self.service.restore(number)


class _EveryProvince(EveryPartner):
    """The services of provinces, whose partner servers have the same handle."""

    figures = ("daerah", "jumlah")
    service: Any
    description = "description"

    @property
    def url(self) -> str:
        return self.service.url

    def _add(self, number: int) -> None:
        rows = [{"daerah": "Bogor", "jumlah": self.figure[number]}, {"daerah": "Cianjur", "jumlah": 5}]
        self.service.add(number, self.title(number), rows, **{self.description: self.told(number)})

    def _change(self, number: int) -> None:
        self.service.datasets[number][self.description] = self.told(number)

    def _change_figures(self, number: int) -> None:
        self.service.change(number, 0, jumlah=self.figure[number])

    def _remove(self, number: int) -> Any:
        self.service.remove(number)

    def _restore(self, number: int, kept: Any) -> None:
        self.service.restore(number)


class EveryJabar(_EveryProvince):
    type = "opendata_jabar"
    quiet_requests = 7

    def __init__(self, server: PartnerServer) -> None:
        super().__init__(server)
        self.service = JabarPartner(server)


class EveryJatim(_EveryProvince):
    type = "opendata_jatim"
    description = "deskripsi"
    quiet_requests = 5

    def __init__(self, server: PartnerServer) -> None:
        super().__init__(server)
        self.service = JatimPartner(server)


class EveryJakarta(_EveryProvince):
    type = "satudata_jakarta"
    description = "deskripsi"
    quiet_requests = 7

    def __init__(self, server: PartnerServer) -> None:
        super().__init__(server)
        self.service = JakartaPartner(server)

    def title(self, number: int) -> str:
        return self.told(number)

    def _change(self, number: int) -> None:
        self.service.datasets[number]["title"] = self.title(number)


class EverySdmx(EveryPartner):
    type = "sdmx"
    figures = ("REF_AREA", "OBS_VALUE")
    quiet_requests = 7

    def __init__(self, server: PartnerServer) -> None:
        super().__init__(server)
        self.service = SdmxPartner(server)

    @property
    def url(self) -> str:
        return self.service.url

    def title(self, number: int) -> str:
        return f"{self.told(number)} (id)"

    def rows(self, number: int) -> Rows:
        return {("IDN", self.figure[number]), ("TWN", 5)}

    def _add(self, number: int) -> None:
        figures = {("IDN", "2024"): self.figure[number], ("TWN", "2024"): 5}
        self.service.add(f"DF_{number}", self.told(number), figures)

    def _change(self, number: int) -> None:
        self.service.flows[f"DF_{number}"] = self.told(number)

    def _change_figures(self, number: int) -> None:
        self.service.change(f"DF_{number}", ("IDN", "2024"), self.figure[number])

    def _remove(self, number: int) -> Any:
        self.service.remove(f"DF_{number}")

    def _restore(self, number: int, kept: Any) -> None:
        self.service.restore(f"DF_{number}")


class EveryFiles(EveryPartner):
    type = "published_files"
    figures = ("daerah", "jumlah")
    quiet_requests = 4

    def __init__(self, server: PartnerServer) -> None:
        super().__init__(server)
        self.service = FilesPartner(server)

    @property
    def url(self) -> str:
        return self.service.index

    def title(self, number: int) -> str:
        return self.told(number)

    def rows(self, number: int) -> Rows:
        return {("Bogor", str(self.figure[number])), ("Cianjur", "5")}

    def _add(self, number: int) -> None:
        self.service.add(f"{number}.csv", self._content(number), self.title(number))

    def _content(self, number: int) -> bytes:
        return as_csv([["daerah", "jumlah"], ["Bogor", str(self.figure[number])], ["Cianjur", "5"]])

    def _change(self, number: int) -> None:
        self.service.texts[f"{number}.csv"] = self.title(number)

    def _change_figures(self, number: int) -> None:
        self.service.change(f"{number}.csv", self._content(number))

    def _remove(self, number: int) -> Any:
        self.service.remove(f"{number}.csv")

    def _restore(self, number: int, kept: Any) -> None:
        self.service.restore(f"{number}.csv")


class EveryTable(EveryPartner):
    """One file; its title is that of its source."""

    type = "published_table"
    config: ClassVar = {"table": {"unpivot": "tahun", "satuan": "orang"}}
    figures = ("kode_negara", "nilai")
    single = True

    @property
    def url(self) -> str:
        return f"{self.server.url}/tabel.csv"

    def title(self, number: int) -> str:
        return "Sumber contoh"

    def told(self, number: int) -> str:
        return "Sumber contoh"

    def rows(self, number: int) -> Rows:
        return {("MYS", self.figure[number]), ("TWN", 5)}

    def _add(self, number: int) -> None:
        self._change_figures(number)

    def _change(self, number: int) -> None:
        raise NotImplementedError

    def _change_figures(self, number: int) -> None:
        content = f"Negara;2024\nMalaysia;{self.figure[number]}\nTaiwan;5\n"
        self.server.serve("/tabel.csv", content.encode(), "text/csv")

    def _remove(self, number: int) -> Any:
        return self.server.answers.pop("/tabel.csv")

    def _restore(self, number: int, kept: Any) -> None:
        self.server.answers["/tabel.csv"] = kept


EVERY: dict[str, type[EveryPartner]] = {
    one.type: one
    for one in (
        EveryDataJson,
        EveryTable,
        EveryCkan,
        EveryDcat,
        EveryCsw,
        EveryBps,
        EveryJabar,
        EveryJatim,
        EveryJakarta,
        EverySdmx,
        EveryFiles,
    )
}
"""By the type of the source."""
