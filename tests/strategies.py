"""Values that hypothesis makes for several rooms."""

from __future__ import annotations

from hypothesis import strategies as st

TEXTS = st.one_of(
    st.text(st.characters(codec=None), max_size=30),
    st.sampled_from(
        [
            "",
            "-",
            " ",
            "\x00",
            "\ud800",
            "\uffff",
            "public",
            "terbatas",
            "2024-05-31",
            "-000001-11-29T00:00:00Z",
            "31-05-2024",
            "javascript:alert(1)",
            "/relative",
            "http://[",
            "https://data.example.go.id/a b.csv",
            "&&",
            "mailto:unit@example.go.id",
            "null",
            "1",
            "R/P1Y",
            "Tahunan",
            "a,b",
            "[",
            "{}",
            '"',
        ]
    ),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)
KEYS = st.one_of(
    st.sampled_from(
        [
            "title",
            "description",
            "identifier",
            "landingPage",
            "publisher",
            "name",
            "contactPoint",
            "fn",
            "hasEmail",
            "keyword",
            "keywords",
            "modified",
            "issued",
            "accessLevel",
            "accesLevel",
            "accessRights",
            "private",
            "distribution",
            "downloadURL",
            "accessURL",
            "format",
            "mediaType",
            "theme",
            "spatial",
            "temporal",
            "license",
            "accrualPeriodicity",
            "satuan",
            "id_sds",
            "resources",
            "contributors",
            "path",
            "dataset",
        ]
    ),
    TEXTS,
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=8)),
    max_leaves=25,
)
"""Any JSON value, rich in what catalogues hold."""

RECORDS = st.dictionaries(KEYS, JSON, max_size=12)
