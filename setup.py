"""Packaging of ckanext-satudatapmi: the only packaging file.

`schemas/` and `harvesters/` stand at the top of the checkout because domain people edit them; `package_dir` maps them
into the package. Data files (templates, YAML, CSV, translations, ...) are found by their place, so that a new file is
never forgotten in the wheel.
"""

from __future__ import annotations

import os
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).resolve().parent
PACKAGE = "ckanext.satudatapmi"
FOLDERS = {
    PACKAGE: "ckanext-satudatapmi/ckanext/satudatapmi",
    f"{PACKAGE}.schemas": "schemas",
    f"{PACKAGE}.harvesters": "harvesters",
}


def python_packages() -> dict[str, str]:
    """Return every Python package with its folder, both as setuptools wants them."""
    found: dict[str, str] = {}
    for name, folder in FOLDERS.items():
        for init in sorted((HERE / folder).rglob("__init__.py")):
            inner = init.parent.relative_to(HERE / folder)
            found[".".join((name, *inner.parts))] = str(Path(folder) / inner)
    return found


def data_files(packages: dict[str, str]) -> dict[str, list[str]]:
    """Return the files that are not Python, each under the innermost package that holds it."""
    files: dict[str, list[str]] = {name: [] for name in packages}
    by_folder = {HERE / folder: name for name, folder in packages.items()}
    for folder in FOLDERS.values():
        for path in sorted((HERE / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.endswith(".pyc"):
                owner = next(parent for parent in path.parents if parent in by_folder)
                if path.suffix != ".py" or not (path.parent / "__init__.py").exists():
                    files[by_folder[owner]].append(path.relative_to(owner).as_posix())
    return files


PACKAGES = python_packages()
BUILD = os.environ.get("SATUDATA_BUILD", "")

setup(
    name="ckanext-satudatapmi",
    version="0.1.0",
    description="Satu Data portal for Indonesian migrant workers (Pekerja Migran Indonesia), a CKAN extension",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    packages=sorted(PACKAGES),
    package_dir=PACKAGES,
    package_data=data_files(PACKAGES),
    install_requires=[
        line
        for line in (HERE / "config/requirements.in").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ],
    entry_points={
        "ckan.plugins": [
            "satudatapmi = ckanext.satudatapmi.plugin:SatuDataPmiPlugin",
            "satudatapmi_datajson = ckanext.satudatapmi.harvesters.plugin:DataJsonHarvester",
            "satudatapmi_table = ckanext.satudatapmi.harvesters.plugin:PublishedTableHarvester",
            "satudatapmi_ckan = ckanext.satudatapmi.harvesters.plugin:CkanHarvester",
            "satudatapmi_dcat = ckanext.satudatapmi.harvesters.plugin:DcatHarvester",
            "satudatapmi_csw = ckanext.satudatapmi.harvesters.plugin:CswHarvester",
            "satudatapmi_bps = ckanext.satudatapmi.harvesters.plugin:BpsHarvester",
            "satudatapmi_jabar = ckanext.satudatapmi.harvesters.plugin:JabarHarvester",
            "satudatapmi_jatim = ckanext.satudatapmi.harvesters.plugin:JatimHarvester",
            "satudatapmi_jakarta = ckanext.satudatapmi.harvesters.plugin:JakartaHarvester",
            "satudatapmi_files = ckanext.satudatapmi.harvesters.plugin:FilesHarvester",
            "satudatapmi_sdmx = ckanext.satudatapmi.harvesters.plugin:SdmxHarvester",
        ],
        "ckan.rdf.profiles": ["satudatapmi = ckanext.satudatapmi.publication.dcat:SatuDataPmiProfile"],
    },
    # A checkout that its reader may not write to (a system user's) still installs in place and gives a wheel.
    options={"egg_info": {"egg_base": BUILD or "ckanext-satudatapmi"}, "build": {"build_base": BUILD or "build"}},
)
