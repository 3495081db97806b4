"""Counts the datasets in files of a catalogue, as a reader of their notation finds them.

python -m satudata_local.bench.arrived NOTATION FILE...    prints how many different ones there are
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

# This runs in the site's environment, which the checks of these scripts do not look into.
import ijson  # pyright: ignore[reportMissingImports]
import pyoxigraph  # pyright: ignore[reportMissingImports]

FORMATS = {
    "ttl": pyoxigraph.RdfFormat.TURTLE,
    "nt": pyoxigraph.RdfFormat.N_TRIPLES,
    "xml": pyoxigraph.RdfFormat.RDF_XML,
    "jsonld": pyoxigraph.RdfFormat.JSON_LD,
}
TYPE = pyoxigraph.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
DATASET = pyoxigraph.NamedNode("http://www.w3.org/ns/dcat#Dataset")


def datasets(file: Path, notation: str) -> Iterator[str]:
    """Yield what tells each dataset of a catalogue from others.

    Args:
        file: that holds the catalogue.
        notation: `json` for a data.json, else one of `FORMATS`.
    """
    if notation == "json":
        with file.open("rb") as stream:
            yield from ijson.items(stream, "dataset.item.identifier")
    else:
        # Stock writes addresses as publishers do, blanks and all.
        for quad in pyoxigraph.parse(path=file, format=FORMATS[notation], lenient=True):
            if quad.predicate == TYPE and quad.object == DATASET:
                yield str(quad.subject)


def count(notation: str, files: Sequence[str]) -> int:
    """Return how many different datasets some files hold."""
    return len({one for file in files for one in datasets(Path(file), notation)})


if __name__ == "__main__":
    print(count(sys.argv[1], sys.argv[2:]))
