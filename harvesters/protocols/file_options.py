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
        lambda: _('How the tables are to be read, such as {"unpivot": "tahun"}; as they stand if it is left out.'),
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
