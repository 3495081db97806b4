"""The quality of a dataset's metadata: points by the profiles of schemas/quality.yaml, and what to mend first.

The profile `mqa` is the Metadata Quality Assessment of data.europa.eu (https://data.europa.eu/mqa/methodology), 405
points; `sdi` adds 100 for what Satu Data Indonesia asks. Stars are Tim Berners-Lee's (https://5stardata.info).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ckanext.satudatapmi.schemas import vocabularies

PROFILES = ("mqa", "sdi")
SUCCESS = range(200, 300)
INDICATOR_FIELDS = ("interpretasi", "metode_perhitungan")


@dataclass(frozen=True)
class Metric:
    """One thing that is looked for: points, level (dataset or distribution); texts by language."""

    name: str
    points: int
    level: str
    title: Mapping[str, str]
    definition: Mapping[str, str]
    advice: Mapping[str, str]


@dataclass(frozen=True)
class Dimension:
    """A group of metrics."""

    name: str
    title: Mapping[str, str]
    definition: Mapping[str, str]
    metrics: tuple[Metric, ...]

    @property
    def points(self) -> int:
        """The most that a dataset can reach in it."""
        return sum(metric.points for metric in self.metrics)


@dataclass(frozen=True)
class Profile:
    """A way of scoring: its dimensions, and the points from which each band begins, best first.

    `inherited` names the dimensions that it shares with the profile that it extends.
    """

    name: str
    title: Mapping[str, str]
    definition: Mapping[str, str]
    bands: tuple[tuple[str, int], ...]
    dimensions: tuple[Dimension, ...]
    inherited: frozenset[str] = frozenset()

    @property
    def points(self) -> int:
        """The most that a dataset can reach."""
        return sum(dimension.points for dimension in self.dimensions)

    @property
    def metrics(self) -> Mapping[str, tuple[Dimension, Metric]]:
        """Every metric by name, with its dimension."""
        return {metric.name: (dimension, metric) for dimension in self.dimensions for metric in dimension.metrics}

    def band(self, points: float) -> str:
        """Return excellent, good, sufficient or bad."""
        return next(name for name, start in self.bands if points >= start)


@dataclass(frozen=True)
class Facts:
    """What is known of a dataset.

    Attributes:
        package: in the shape of package_show.
        links: HTTP status by address, as it was last checked; addresses that were not checked are missing.
        code_lists: names of the code lists that columns of its tables are bound to.
        linked_lists: those of them whose codes are linked to codes elsewhere.
    """

    package: Mapping[str, Any]
    links: Mapping[str, int] = field(default_factory=dict)
    code_lists: frozenset[str] = frozenset()
    linked_lists: frozenset[str] = frozenset()


@dataclass(frozen=True)
class DimensionScore:
    """What a dataset reached in a dimension: points, of how many, and the metrics that it missed."""

    dimension: Dimension
    points: int
    of: int
    missed: tuple[Metric, ...]


@dataclass(frozen=True)
class Score:
    """What a dataset reached.

    Attributes:
        profile: name of the profile.
        points: reached.
        of: how many there are.
        band: excellent, good, sufficient or bad.
        dimensions: points by dimension.
        stars: 0 to 5.
    """

    profile: str
    points: int
    of: int
    band: str
    dimensions: tuple[DimensionScore, ...]
    stars: int

    @property
    def missed(self) -> tuple[Metric, ...]:
        """What to mend, the most points first."""
        missed = [metric for dimension in self.dimensions for metric in dimension.missed]
        return tuple(sorted(missed, key=lambda metric: -metric.points))


@cache
def profile(name: str) -> Profile:
    """Return a profile.

    Raises:
        KeyError: there is none of that name.
    """
    document = vocabularies.read_yaml("quality.yaml")
    entry = document[name]
    inherited = profile(entry["extends"]).dimensions if "extends" in entry else ()
    own = tuple(
        Dimension(one["name"], one["title"], one["definition"], tuple(Metric(**metric) for metric in one["metrics"]))
        for one in entry["dimensions"]
    )
    shared = frozenset(dimension.name for dimension in inherited)
    bands = tuple(entry["bands"].items())
    return Profile(name, entry["title"], entry["definition"], bands, (*inherited, *own), shared)


def score(facts: Facts, name: str = "mqa") -> Score:
    """Return what a dataset reaches by a profile.

    Args:
        facts: what is known of it.
        name: of the profile.
    """
    wanted = profile(name)
    dimensions = tuple(_dimension(dimension, facts) for dimension in wanted.dimensions)
    points = sum(one.points for one in dimensions)
    return Score(name, points, wanted.points, wanted.band(points), dimensions, stars(facts))


def _dimension(dimension: Dimension, facts: Facts) -> DimensionScore:
    of_dataset = [metric for metric in dimension.metrics if metric.level == "dataset"]
    of_files = [metric for metric in dimension.metrics if metric.level == "distribution"]
    reached = {metric.name for metric in of_dataset if DATASET_CHECKS[metric.name](facts)}
    reached |= _best(of_files, facts)
    missed = tuple(metric for metric in dimension.metrics if metric.name not in reached)
    points = dimension.points - sum(metric.points for metric in missed)
    return DimensionScore(dimension, points, dimension.points, missed)


def _best(metrics: Iterable[Metric], facts: Facts) -> set[str]:
    """Return the metrics that the best distribution reaches: the one with the most points among these."""
    metrics = list(metrics)
    reached = (
        [metric for metric in metrics if FILE_CHECKS[metric.name](resource, facts)]
        for resource in facts.package.get("resources") or []
    )
    best = max(reached, key=lambda found: sum(metric.points for metric in found), default=[])
    return {metric.name for metric in best}


def stars(facts: Facts) -> int:
    """Return 0 to 5 stars: 1 an open licence, 2 structured data, 3 an open format, 4 codes with addresses of their own,
    5 codes that are linked to codes elsewhere.
    """
    files = facts.package.get("resources") or []
    steps = (
        bool(files) and _known_licence(facts),
        any(_machine_readable(file, facts) for file in files),
        any(_machine_readable(file, facts) and _non_proprietary(file, facts) for file in files),
        bool(facts.code_lists),
        bool(facts.linked_lists),
    )
    return next((number for number, reached in enumerate(steps) if not reached), len(steps))


def _filled(*names: str) -> Callable[[Facts], bool]:
    """Return a check that one of these fields is filled."""
    return lambda facts: any(not vocabularies.is_missing(facts.package.get(name)) for name in names)


def _known_licence(facts: Facts) -> bool:
    return vocabularies.licence(str(facts.package.get("license_id") or "")) is not None


def _known_access(facts: Facts) -> bool:
    value = facts.package.get("accessRights") or facts.package.get("accessLevel") or ""
    return vocabularies.access_level(str(value)) is not None


def _dcat_ap(facts: Facts) -> bool:
    """Tell whether what DCAT-AP 3 makes mandatory is there; our feeds write the rest as it asks."""
    files = facts.package.get("resources") or []
    return _filled("title")(facts) and _filled("notes")(facts) and all(_address(file) for file in files)


def _indicator(facts: Facts) -> bool:
    return all(_filled(name)(facts) for name in INDICATOR_FIELDS)


def _reference_codes(facts: Facts) -> bool:
    return bool(facts.code_lists) or _filled("kodereferensi")(facts)


DATASET_CHECKS: Mapping[str, Callable[[Facts], bool]] = {
    "keyword": _filled("tags"),
    "theme": _filled("theme", "kategori", "groups"),
    "spatial": _filled("spatial"),
    "temporal": _filled("temporal"),
    "dcat_ap": _dcat_ap,
    "licence": _filled("license_id"),
    "known_licence": _known_licence,
    "access_rights": _filled("accessRights", "accessLevel"),
    "known_access_rights": _known_access,
    "contact": _filled("maintainer", "maintainer_email"),
    "publisher": _filled("publisher_name", "organization", "owner_org"),
    "rights": _filled("rights"),
    "issued": _filled("issued"),
    "modified": _filled("modified"),
    "definition": _filled("notes"),
    "measure": _filled("ukuran"),
    "unit": _filled("satuan"),
    "standard": _filled("id_sds"),
    "activity": _filled("judul_kegiatan", "id_mskeg", "id_kegiatan_mms"),
    "indicator": _indicator,
    "reference_codes": _reference_codes,
    "frequency": _filled("accrualPeriodicity"),
    "walidata": _filled("organization", "owner_org"),
}


def _address(file: Mapping[str, Any]) -> str:
    return str(file.get("accessURL") or file.get("url") or "")


def _download(file: Mapping[str, Any]) -> str:
    """Return the address of the file itself; a file whose only address is its access address has none."""
    url = str(file.get("url") or "")
    return "" if url == file.get("accessURL") else url


def _answers(address: str, file: Mapping[str, Any], facts: Facts) -> bool:
    """Tell whether an address answers; what this site itself holds does."""
    return bool(address) and (bool(file.get("url_type")) or facts.links.get(address) in SUCCESS)


def _format(file: Mapping[str, Any]) -> vocabularies.FileFormat | None:
    return vocabularies.file_format(str(file.get("format") or ""))


def _machine_readable(file: Mapping[str, Any], facts: Facts) -> bool:
    known = _format(file)
    return known is not None and known.machine_readable


def _non_proprietary(file: Mapping[str, Any], facts: Facts) -> bool:
    known = _format(file)
    return known is not None and known.non_proprietary


FILE_CHECKS: Mapping[str, Callable[[Mapping[str, Any], Facts], bool]] = {
    "access_url_answers": lambda file, facts: _answers(_address(file), file, facts),
    "download_url": lambda file, facts: bool(_download(file)),
    "download_url_answers": lambda file, facts: _answers(_download(file), file, facts),
    "format": lambda file, facts: not vocabularies.is_missing(file.get("format") or ""),
    "media_type": lambda file, facts: not vocabularies.is_missing(file.get("mimetype") or file.get("mediaType") or ""),
    "known_format": lambda file, facts: _format(file) is not None,
    "non_proprietary": _non_proprietary,
    "machine_readable": _machine_readable,
    "byte_size": lambda file, facts: bool(file.get("size")),
}
