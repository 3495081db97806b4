"""The options of published files."""

from __future__ import annotations

from ckanext.satudatapmi.harvesters.protocols.base import Features, Option
from ckanext.satudatapmi.text import _

DATA_TYPES = ("csv", "xlsx", "xls", "ods", "pdf", "zip")
TYPES = (*DATA_TYPES, "html", "htm")
FEATURES = Features(tables=True)
OPTIONS = (
    Option(
        "link_pattern",
        "text",
        lambda: _("Pattern of links"),
        lambda: _("A regular expression; only links whose address or text it is found in are taken."),
        default="",
        role="filter",
    ),
    Option(
        "types",
        "list",
        lambda: _("Types of files"),
        lambda: _("How the names of wanted files end."),
        default=list(DATA_TYPES),
        choices=TYPES,
        role="filter",
    ),
    Option(
        "follow",
        "text",
        lambda: _("Pages to follow"),
        lambda: _("A regular expression; pages whose address or text it is found in are searched for files as well."),
        default="",
    ),
    Option(
        "title_pattern",
        "text",
        lambda: _("Pattern of titles"),
        lambda: _("A regular expression; what it, or its first group, finds in the text of the link is the title."),
        default="",
    ),
    Option(
        "series",
        "flag",
        lambda: _("One dataset for all files"),
        lambda: _("The files are a series: one dataset with a distribution for each."),
        default=False,
    ),
    Option(
        "table",
        "object",
        lambda: _("Description of the table"),
        lambda: _(
            "How the tables are to be read, such as {example}; as they stand if it is left out. With facet or claim "
            "their figures go into the single data."
        ).format(example='{"unpivot": "tahun"}'),
        default={},
    ),
    Option(
        "tables",
        "object",
        lambda: _("Descriptions of files by their addresses"),
        lambda: _(
            "For files that are read in other ways: a regular expression, and the description of the files in whose "
            "address it is found, such as {example}. The first that fits counts, before the description above; with "
            "facet or claim the figures go into the single data."
        ).format(example='{"negara": {"unpivot": "tahun", "facet": "bp2mi_placement"}}'),
        default={},
    ),
    Option(
        "dataset",
        "object",
        lambda: _("Metadata"),
        lambda: _('Entries of every dataset, such as {"satuan": "orang"}.'),
        default={},
    ),
)
