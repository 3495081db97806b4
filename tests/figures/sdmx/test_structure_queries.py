"""Queries for structures, and which artefacts answer them."""

import pytest

from ckanext.satudatapmi.figures.sdmx.errors import NO_RESULTS, NOT_IMPLEMENTED, SEMANTIC, SYNTAX, SdmxError
from ckanext.satudatapmi.figures.sdmx.structure_queries import answering, kind_of, structure_query


def found(resource, *path, **given):
    return answering(structure_query(resource, path, given))("en")


def kinds(artefacts) -> set[str]:
    return {kind_of(one) for one in artefacts}


@pytest.mark.parametrize(
    "path",
    [
        (),
        ("all", "all", "latest"),
        ("KP2MI", "DF_PMI", "1.0.0", "all"),
        ("*", "*", "~"),
        ("KP2MI", "DF_PMI", "+"),
        ("SDMX+KP2MI", "DF_X,DF_PMI"),
    ],
)
def test_the_dataflow_is_found_by_the_words_of_both_versions(path):
    (flow,) = found("dataflow", *path)
    assert flow.short_urn == "Dataflow=KP2MI:DF_PMI(1.0.0)"


@pytest.mark.parametrize(
    ("resource", "references", "expected"),
    [
        ("dataflow", "none", {"dataflow"}),
        ("dataflow", "children", {"dataflow", "datastructure"}),
        ("dataflow", "descendants", {"dataflow", "datastructure", "codelist", "conceptscheme"}),
        ("dataflow", "all", {"dataflow", "datastructure", "codelist", "conceptscheme"}),
        ("dataflow", "parents", {"dataflow"}),
        ("dataflow", "codelist", {"dataflow", "codelist"}),
        ("datastructure", "parents", {"datastructure", "dataflow"}),
        ("datastructure", "codelist", {"datastructure", "codelist"}),
        ("datastructure", "codelist,dataflow", {"datastructure", "codelist", "dataflow"}),
        ("codelist", "parents", {"codelist", "datastructure"}),
        ("codelist", "parentsandsiblings", {"codelist", "conceptscheme", "datastructure"}),
        ("codelist", "ancestors", {"codelist", "datastructure", "dataflow"}),
        ("datastructure", "categorisation", {"datastructure"}),
        ("structure", "none", {"agencyscheme", "codelist", "conceptscheme", "dataflow", "datastructure"}),
        ("organisationscheme", "none", {"agencyscheme"}),
    ],
)
def test_references_say_what_stands_beside(resource, references, expected):
    assert kinds(found(resource, references=references)) == expected


def test_items_make_a_partial_list():
    (codes,) = found("codelist", "KP2MI", "CL_FREQ", "latest", "A+M")
    assert [one.id for one in codes.items] == ["A", "M"]
    assert codes.is_partial


def test_stubs_have_names_and_no_contents():
    artefacts = found("datastructure", detail="allstubs", references="codelist")
    assert all(one.is_external_reference for one in artefacts)
    assert not any(len(getattr(one, "items", ())) for one in artefacts)
    asked, *lists = found("datastructure", detail="referencestubs", references="codelist")
    assert len(asked.components) and not asked.is_external_reference
    assert all(one.is_external_reference and not one.items for one in lists)


@pytest.mark.parametrize(
    ("resource", "path", "given", "code"),
    [
        ("dataflow", ("KP2MI", "DF_X"), {}, NO_RESULTS),
        ("dataflow", ("ECB",), {}, NO_RESULTS),
        ("dataflow", ("KP2MI", "DF_PMI", "2.0.0"), {}, NO_RESULTS),
        ("codelist", ("KP2MI", "CL_FREQ", "latest", "X"), {}, NO_RESULTS),
        ("categoryscheme", (), {}, NO_RESULTS),
        ("dataflow", ("KP2MI", "DF_PMI", "latest", "A"), {}, SYNTAX),
        ("warna", (), {}, SYNTAX),
        ("schema", (), {}, NOT_IMPLEMENTED),
        ("dataflow", (), {"references": "semua"}, SEMANTIC),
        ("dataflow", (), {"detail": "semua"}, SEMANTIC),
        ("dataflow", (), {"reference": "all"}, SYNTAX),
    ],
)
def test_what_is_not_there_is_told(resource, path, given, code):
    with pytest.raises(SdmxError) as refused:
        found(resource, *path, **given)
    assert refused.value.code == code


def test_unknown_dataflow_is_told_which_there_are():
    with pytest.raises(SdmxError, match=r"Dataflow=KP2MI:DF_PMI\(1\.0\.0\)"):
        found("dataflow", "KP2MI", "DF_X")
