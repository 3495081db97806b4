"""Makes the files of this folder's `files/`: python -m tests.partners.print_tables.make [folder]"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from tests.partners.print_tables.styled import write
from tests.partners.print_tables.tables import printed_tables

FILES = Path(__file__).parent / "files"
FILTERS = {"xls": "xls:MS Excel 97", "ods": "ods", "html": "html:HTML (StarCalc)", "pdf": "pdf"}


def make(folder: Path) -> None:
    """Make all files, through LibreOffice but for XLSX, which is what they are made from."""
    folder.mkdir(parents=True, exist_ok=True)
    by_ending: dict[str, list[Path]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        for table in printed_tables():
            stem, _dot, ending = table.name.rpartition(".")
            workbook = Path(scratch) / ending / f"{stem}.xlsx"
            workbook.parent.mkdir(exist_ok=True)
            write(table.page, workbook)
            by_ending[ending].append(workbook)
        for ending, workbooks in by_ending.items():
            if ending == "xlsx":
                for workbook in workbooks:
                    (folder / workbook.name).write_bytes(workbook.read_bytes())
            else:
                convert(workbooks, FILTERS[ending], folder, Path(scratch) / "profile")


def convert(workbooks: list[Path], to: str, folder: Path, profile: Path) -> None:
    """Convert workbooks with LibreOffice, whose settings stay in a folder of their own."""
    command = ["soffice", "--headless", f"-env:UserInstallation={profile.as_uri()}", "--convert-to", to]
    subprocess.run(
        [*command, "--outdir", str(folder), *map(str, workbooks)], check=True, capture_output=True, timeout=300
    )


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else FILES)
