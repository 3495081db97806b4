"""Static files, sent before CKAN is asked, as small as a browser takes them: they are packed when a process starts.

CKAN itself sends them as they are, and asks the database for each who wants it.
"""

from __future__ import annotations

import fcntl
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib import webassets_tools
from webassets.exceptions import BundleError
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from ckanext.satudatapmi.publication.http import rules

log = logging.getLogger(__name__)

FINGERPRINTED = re.compile(r"/[0-9a-f]{8}_[^/]+$")
"""How the file of a bundle is called: another content has another name."""
PUBLIC = Path(__file__).parents[2] / "public"


def serve(application: Callable[..., Iterable[bytes]]) -> WhiteNoise:
    """Return an application that sends the bundles and our own files itself, and asks another for all else."""
    bundles = Path(webassets_tools.get_webassets_path())
    with _one_process(bundles):
        _build()
        _pack(bundles)
    site = WhiteNoise(
        application,
        max_age=rules.rule_of("static").lifetime["max-age"],
        immutable_file_test=lambda _path, url: bool(FINGERPRINTED.search(url)),
        add_headers_function=lambda headers, _path, _url: headers.add_header("X-Content-Type-Options", "nosniff"),
    )
    site.add_files(bundles, prefix=tk.config["ckan.webassets.url"])
    site.add_files(PUBLIC)
    if assets := tk.config["ckanext.satudatapmi.charts.assets"]:
        site.add_files(Path(assets) / "public")
    return site


@contextmanager
def _one_process(folder: Path) -> Iterator[None]:
    """Have the others wait: all processes of the web server start at the same moment."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build() -> None:
    """Write the file of every bundle that has none yet."""
    bundles: Any = webassets_tools.env
    for bundle in bundles:
        try:
            bundle.urls()
        except BundleError as error:
            log.warning("The bundle %s cannot be written: %s", bundle.output, error)


def _pack(folder: Path) -> None:
    """Write beside each bundle what is sent to whoever takes gzip or Brotli; a bundle never changes."""
    compressor = Compressor(quiet=True)
    for path in folder.rglob("*"):
        if path.suffix in (".css", ".js") and not path.with_name(f"{path.name}.gz").exists():
            compressor.compress(str(path))
