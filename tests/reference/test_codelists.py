from __future__ import annotations

from pathlib import Path

import pytest

from ckanext.satudatapmi.reference.codelists import FOLDER, Code, UnknownCodeList, load, rows, special_group
from ckanext.satudatapmi.reference.matchers import MatcherOptionError, codes_of, matcher
from ckanext.satudatapmi.reference.matching import MatchStatus, fold

LISTS = sorted(Path(str(FOLDER)).glob("*.csv"))
LABELLED = [path.stem for path in LISTS if "label" in rows(path.stem)[0] and not path.stem.startswith("wilayah")]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_every_list_is_in_the_readme_and_has_whole_rows(path: Path):
    readme = (path.parent / "README.md").read_text(encoding="utf-8")
    assert f"`{path.name}`" in readme
    for row in rows(path.stem):
        assert None not in row.values()
        assert None not in row
        assert next(iter(row.values()))


def is_below(one: Code, other: Code) -> bool:
    return one.extra.get("kode_induk") == other.code


@pytest.mark.parametrize("name", LABELLED)
def test_codes_are_unique_and_every_spelling_leads_to_its_code(name: str):
    listed = load(name)
    assert len({code.code for code in listed}) == len(listed.codes)
    for code in listed:
        match = listed.match(code.label)
        # A class of a classification often has the name of the one class in it.
        kin = {code.code, code.extra.get("kode_induk"), *(one.code for one in listed if is_below(one, code))}
        assert match.code == code.code or {one.code for one in match.candidates} <= kin
        for alias in code.aliases:
            match = listed.match(alias)
            assert match.code == code.code or match.status is MatchStatus.AMBIGUOUS


def test_only_the_congos_share_a_spelling():
    shared = [
        alias for name in LABELLED for code in load(name) for alias in code.aliases if not load(name).match(alias).found
    ]
    assert {fold(alias) for alias in shared} == {"kongo", "congo"}


@pytest.mark.parametrize(
    ("text", "code"), [("JUMLAH", "_T"), ("Grand Total", "_T"), ("Lain-lain", "_O"), ("Jawa Timur", None)]
)
def test_totals_and_leftovers_are_known_by_their_words(text: str, code: str | None):
    assert special_group(text).code == code


@pytest.mark.parametrize("name", ["tidak_ada", "../secrets", "", "wilayah"])
def test_an_unknown_list_is_refused(name: str):
    with pytest.raises(UnknownCodeList, match="codelists"):
        load(name)


@pytest.mark.parametrize(
    ("name", "options", "option"),
    [
        ("wilayah", {"within": "36.01"}, "within"),
        ("wilayah", {"unmarked": "desa"}, "unmarked"),
        ("wilayah", {"inside": "35"}, "inside"),
        ("negara", {"within": "35"}, "within"),
        ("sektor", {"level": "provinsi"}, "level"),
    ],
)
def test_an_option_that_does_not_fit_is_named(name: str, options: dict[str, str], option: str):
    with pytest.raises(MatcherOptionError) as caught:
        matcher(name, options)
    assert caught.value.option == option


def test_the_codes_that_may_be_meant_follow_the_options():
    assert len(codes_of("wilayah", {"within": "35", "level": "kabupaten_kota"})) == 38
    assert len(codes_of("wilayah", {"level": "provinsi"})) == 38
    assert codes_of("sektor") == {"F": "Formal", "I": "Informal"}
