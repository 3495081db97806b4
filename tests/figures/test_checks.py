"""Each rule where it should speak and where it should not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudatapmi.figures.checks import Finding, check_series, check_table, explain, rules
from ckanext.satudatapmi.figures.checks.chains import expected_rise
from ckanext.satudatapmi.figures.checks.concepts import claimed_people_abroad
from ckanext.satudatapmi.figures.checks.explaining import SENTENCES
from ckanext.satudatapmi.figures.checks.words import extreme, percentage
from tests.figures.finding_tables import NOTHING, Loaded, load, rules_of

PLACEMENT, COMPLAINT, CUMULATIVE = "bp2mi_placement", "bp2mi_complaint", "bp2mi_placement_cumulative"


def table(text: str, facet: str = PLACEMENT, **description: object) -> Loaded:
    unit = {"satuan": "pengaduan" if facet == COMPLAINT else "orang"}
    return load(text, facet, unit | description)


def years(*values: int | str, first: int = 2010, published: str = "2024-02-01", facet: str = PLACEMENT) -> Loaded:
    lines = [f"{first + place};{value}" for place, value in enumerate(values)]
    return table("\n".join(["Tahun;Jumlah", *lines]), facet, constants={"tanggal_terbit": published})


def in_table(loaded: Loaded, rule: str) -> list[Finding]:
    return [one for one in check_table(loaded.tidy, loaded.observations) if one.rule == rule]


def in_series(loaded: Loaded, rule: str, known: pd.DataFrame = NOTHING) -> list[Finding]:
    return [one for one in check_series(loaded.observations, known) if one.rule == rule]


@pytest.mark.parametrize(
    ("total", "severity"),
    [(72624, None), (72625, "warning"), (72623, "warning"), (72626, "contradiction"), (1, "contradiction")],
)
def test_r1_parts_make_the_total_and_one_off_is_rounding(total: int, severity: str | None):
    text = f"Status Perkawinan;2021\nMenikah;40000\nBelum menikah;30000\nCerai;2624\nJumlah;{total}\n"
    assert [one.severity for one in in_table(table(text, unpivot="tahun"), "R1")] == ([severity] if severity else [])


def test_r1_amounts_may_be_off_by_the_rounding_of_their_parts():
    text = "Negara;Jumlah\nHongkong;1,1\nTaiwan;2,2\nJumlah;{total}\n"
    unit = {"satuan": "juta US$", "constants": {"tahun": 2021}}
    near, far = (load(text.format(total=total), "bank_indonesia_remittance", unit) for total in ("3,4", "3,6"))
    assert not in_table(near, "R1")
    assert [one.facts["difference"] for one in in_table(far, "R1")] == [-0.3]


def test_r1_thousands_may_be_off_by_their_rounding():
    text = "Negara;2021\nHongkong;1.100\nTaiwan;2.200\nMalaysia;51\nJumlah;{total}\n"
    near, far = (table(text.format(total=total), unpivot="tahun", scale=1000) for total in ("3.352", "3.354"))
    assert not in_table(near, "R1")
    assert [one.facts["difference"] for one in in_table(far, "R1")] == [-3000]


def test_r1_districts_make_their_province_and_the_nation():
    text = (
        "Provinsi;Kabupaten/Kota;2022\nJawa Timur;Kab. Kediri;1\nJawa Timur;Kota Kediri;2\nJawa Timur;Jumlah;3\n"
        "Jawa Barat;Kab. Bogor;4\nJawa Barat;Jumlah;{province}\nJumlah;;{nation}\n"
    )
    assert not check_table_of(text.format(province=4, nation=7))
    (found,) = in_table(table(text.format(province=9, nation=7), unpivot="tahun"), "R1")
    assert (found.key["origin"], found.facts["sum"], found.facts["total"], found.source_row) == ("32", 4, 9, 6)
    (found,) = in_table(table(text.format(province=4, nation=17), unpivot="tahun"), "R1")
    assert ("origin" in found.key, found.facts["sum"], found.facts["total"]) == (False, 7, 17)


def check_table_of(text: str) -> list[Finding]:
    loaded = table(text, unpivot="tahun")
    return check_table(loaded.tidy, loaded.observations)


def test_r1_one_total_over_two_dimensions_is_compared_with_all_cells():
    text = "Provinsi;Negara;2022\nBali;Hongkong;1\nBali;Taiwan;2\nBanten;Taiwan;4\nJumlah;;{total}\n"
    assert not check_table_of(text.format(total=7))
    (found,) = in_table(table(text.format(total=8), unpivot="tahun"), "R1")
    assert (found.facts["sum"], found.facts["total"]) == (7, 8)


def test_r1_names_without_a_code_are_parts_all_the_same():
    assert rules_of(check_table_of("Negara;2022\nKindom;73\nMalaysia;1\nJumlah;74\n")) == {"R10"}


def test_r1_two_editions_have_totals_of_their_own():
    text = "Negara;Jumlah;Tanggal Terbit\nHongkong;1;2024-02-05\nJumlah;1;2024-02-05\nHongkong;3;2025-02-15\nJumlah;3;2025-02-15\n"
    loaded = table(text, constants={"tahun": 2022})
    assert check_table(loaded.tidy, loaded.observations) == []


@given(st.lists(st.lists(st.integers(0, 10**7), min_size=3, max_size=3), min_size=1, max_size=6), st.integers(-9, 9))
@settings(max_examples=15)
def test_r1_speaks_exactly_of_the_totals_that_do_not_add_up(cells: list[list[int]], slip: int):
    countries = ["Hongkong", "Taiwan", "Malaysia", "Jepang", "Kuwait", "Qatar"]
    lines = ["Negara;2020;2021;2022"]
    lines += [";".join([name, *map(str, row)]) for name, row in zip(countries, cells, strict=False)]
    totals = [sum(column) for column in zip(*cells, strict=True)]
    wrong = max(0, totals[1] + slip)
    lines.append(f"Jumlah;{totals[0]};{wrong};{totals[2]}")
    found = in_table(table("\n".join(lines), unpivot="tahun"), "R1")
    assert [(one.source_column, one.facts["difference"]) for one in found] == (
        [("2021", totals[1] - wrong)] if wrong != totals[1] else []
    )


def test_r2_breakdowns_of_one_total_agree():
    known = table(
        "Sektor;2022\nFormal;60\nInformal;40\n", unpivot="tahun", constants={"tanggal_terbit": "2023-02-01"}
    ).known
    same = table("Jenis Kelamin;2022\nL;30\nP;70\n", unpivot="tahun", constants={"tanggal_terbit": "2023-02-01"})
    other = table("Jenis Kelamin;2022\nL;30\nP;80\n", unpivot="tahun", constants={"tanggal_terbit": "2023-02-01"})
    later = table("Jenis Kelamin;2022\nL;30\nP;80\n", unpivot="tahun", constants={"tanggal_terbit": "2023-06-01"})
    half = table("Jenis Kelamin;2022\nL;30\n", unpivot="tahun", constants={"tanggal_terbit": "2023-02-01"})
    assert not in_series(same, "R2", known)
    assert not in_series(half, "R2", known)
    assert [(one.severity, one.facts["difference"]) for one in in_series(other, "R2", known)] == [("contradiction", 10)]
    assert [one.severity for one in in_series(later, "R2", known)] == ["warning"]


def test_r2_a_complete_breakdown_is_not_less_than_the_known_total():
    known = years(100, first=2022, published="2023-02-01").known
    sexes = table("Jenis Kelamin;2022\nL;30\nP;60\n", unpivot="tahun", constants={"tanggal_terbit": "2023-02-01"})
    (found,) = in_series(sexes, "R2", known)
    assert (found.facts["sum"], found.facts["total"], found.severity) == (90, 100, "contradiction")


def test_r3_a_top_ten_may_be_less_than_the_total_and_never_more():
    text = "Negara;2022\nHongkong;5\nTaiwan;4\nJumlah;{total}\n"
    less, more = (table(text.format(total=total), unpivot="tahun", totals={"parts": "some"}) for total in (20, 8))
    assert not check_table(less.tidy, less.observations)
    assert rules_of(check_table(more.tidy, more.observations)) == {"R3"}


def test_r3_a_part_is_not_more_than_the_known_whole_of_one_definition():
    known = years(100, first=2022, published="2023-02-01").known
    part = table("Negara;2022\nHongkong;120\n", unpivot="tahun", constants={"tanggal_terbit": "2023-02-01"})
    assert {one.facts["kind"] for one in in_series(part, "R3", known)} == {"sum", "part"}
    revised = table("Negara;2022\nHongkong;120\n", unpivot="tahun", constants={"tanggal_terbit": "2025-02-01"})
    assert not in_series(revised, "R3", known)


def test_r3_a_district_is_not_more_than_its_province():
    known = table("Provinsi;2022\nJawa Timur;10\n", unpivot="tahun").known
    district = table("Kabupaten/Kota;2022\nKab. Kediri;11\n", unpivot="tahun")
    assert {one.key["origin"] for one in in_series(district, "R3", known)} == {"35.06"}


def test_r4_another_years_total_to_the_last_digit():
    known = years(113174, first=2020).known
    assert [one.facts["other_start"] for one in in_series(years(113174, first=2021), "R4", known)] == ["2020-01-01"]
    assert not in_series(years(113175, first=2021), "R4", known)
    assert not in_series(years(12, first=2021), "R4", years(12, first=2020).known)
    assert in_series(years(5000, 5000), "R4")
    assert not in_series(years(113174, first=2020), "R4", known)


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("Naik 29,37 % dari 35 menjadi 42", True),
        ("Naik 20 persen dari 35 menjadi 42", False),
        ("Naik 20,04 % dari 35 menjadi 42", False),
        ("Naik 20,06 % dari 35 menjadi 42", True),
        ("Turun 20 % dari 35 menjadi 42", True),
        ("Hongkong naik 20,0% pada 2022", False),
        ("Hongkong naik 29,37 %", True),
        ("Taiwan naik 29,37 %", False),
        ("Sebanyak 42 (53,8 %) dari 78", False),
        ("Sebanyak 42 (54,8 %) dari 78", True),
        ("Sebanyak 900 (1 %) dari 1.000", False),
        ("Anggaran naik 29,37 %", False),
        ("Target 100 %", False),
    ],
)
def test_r5_percentages_in_words_are_worked_out_again(sentence: str, wrong: bool):
    text = f"Judul\n\nNegara;2021;2022\nHongkong;35;42\nTaiwan;-;36\n\nCatatan: {sentence}\n"
    assert bool(in_table(table(text, unpivot="tahun"), "R5")) is wrong


@pytest.mark.parametrize(
    ("percent", "wrong"), [("25", False), ("25,0", False), ("25,02 %", False), ("27,3", True), ("", False)]
)
def test_r5_a_column_of_percentages_holds_shares(percent: str, wrong: bool):
    text = f"Negara;Jumlah;Persen\nHongkong;25;{percent}\nTaiwan;75;75\nJumlah;100;100\n"
    found = in_table(table(text, constants={"tahun": 2022}), "R5")
    assert [one.key["destination"] for one in found] == (["HKG"] if wrong else [])


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("Negara terbanyak adalah Taiwan", None),
        ("Negara terbanyak adalah Hongkong", "R6"),
        ("Hong Kong terendah", None),
        ("Taiwan tersedikit", "R6"),
        ("Terbanyak kedua Hong Kong", None),
        ("Pada 2021 terbanyak Hong Kong", None),
        ("10 negara terbanyak", None),
    ],
)
def test_r6_what_is_called_most_or_least_is(sentence: str, rule: str | None):
    text = f"{sentence}\n\nNegara;2021;2022\nHongkong;50;42\nTaiwan;40;60\nMalaysia;45;50\n"
    assert rules_of(in_table(table(text, unpivot="tahun"), "R6")) == ({rule} if rule else set())


def test_r6_a_column_of_ranks_follows_the_figures():
    text = "Negara;Jumlah;Peringkat\nHongkong;{first};1\nTaiwan;40;2\nMalaysia;40;3\n"
    assert not in_table(table(text.format(first=50), constants={"tahun": 2022}), "R6")
    (found,) = in_table(table(text.format(first=30), constants={"tahun": 2022}), "R6")
    assert (found.key["destination"], found.facts["before"]) == ("TWN", 30)


def test_r7_a_cumulative_figure_does_not_fall():
    text = "Periode;Jumlah\nJan 2007 - Des 2021;{first}\nJan 2007 - Jun 2022;4467510\n"
    assert not in_series(table(text.format(first=4411398), CUMULATIVE), "R7")
    (found,) = in_series(table(text.format(first=4500000), CUMULATIVE), "R7")
    assert (found.severity, found.facts["before"]) == ("contradiction", 4500000)


def test_r7_the_rise_is_the_sum_of_the_flows_in_between():
    flows = years(100_000, 120_000, first=2024, published="2026-02-01").known
    text = "Periode;Jumlah\nJan 2007 - Des 2023;5000000\nJan 2007 - Des 2025;{last}\n"
    assert not in_series(table(text.format(last=5_220_400), CUMULATIVE), "R7", flows)
    (found,) = in_series(table(text.format(last=5_260_000), CUMULATIVE), "R7", flows)
    assert (found.facts["rise"], found.facts["flows"], found.severity) == (260_000, 220_000, "warning")
    without_renewals = years(1, 1, first=2022, published="2024-02-01").known
    earlier = "Periode;Jumlah\nJan 2007 - Des 2021;1000000\nJan 2007 - Des 2023;5000000\n"
    assert not in_series(table(earlier, CUMULATIVE), "R7", without_renewals)


def test_flows_whose_ends_meet_tell_the_rise_between_any_two_days():
    def span(first: date, last: date) -> tuple[int, int]:
        return first.toordinal(), last.toordinal() + 1

    flows = {
        span(date(2022, 1, 1), date(2022, 12, 31)): 200761.0,
        span(date(2022, 1, 1), date(2022, 5, 31)): 46581.0,
        span(date(2023, 1, 1), date(2023, 12, 31)): 297108.0,
        span(date(2024, 1, 1), date(2024, 10, 31)): 250391.0,
        span(date(2024, 1, 1), date(2024, 11, 30)): 272164.0,
    }
    start, end = date(2022, 6, 21).toordinal(), date(2024, 11, 15).toordinal()
    rise, gap = expected_rise(flows, start, end) or (0, 0)
    # The cumulative figures of 20 June 2022 and 14 November 2024 differ by 699,390.
    assert abs(rise - 699390) < 0.01 * 699390
    assert gap == (200761 - 46581) + (272164 - 250391)
    exact = expected_rise(flows, date(2022, 6, 1).toordinal(), date(2024, 11, 1).toordinal())
    assert exact == (200761 - 46581 + 297108 + 250391, 0)
    assert expected_rise(flows, date(2021, 6, 1).toordinal(), end) is None


@pytest.mark.parametrize(("november", "month", "rule"), [(260, 60, None), (190, 60, "falls"), (260, 50, "month")])
def test_r8_year_to_date_grows_by_its_months(november: int, month: int, rule: str | None):
    text = f"Periode;Jumlah\nJan - Okt 2022;200\nJan - Nov 2022;{november}\nNovember 2022;{month}\n"
    found = in_series(table(text, constants={"tanggal_terbit": "2023-01-01"}), "R8")
    assert (rule in {one.facts["kind"] for one in found}) if rule else not found


@pytest.mark.parametrize(("month", "count"), [(19_673, 0), (24_000, 1)])
def test_r8_later_editions_of_a_month_may_differ_a_little(month: int, count: int):
    text = "Periode;Jumlah\nJan - Okt 2023;237.992\nJan - Nov 2023;257.460\n"
    known = table(text, constants={"tanggal_terbit": "2023-12-01"}).known
    later = table(f"Periode;Jumlah\nNovember 2023;{month}\n", constants={"tanggal_terbit": "2024-12-01"})
    assert [one.severity for one in in_series(later, "R8", known)] == ["warning"] * count


def test_r8_quarters_make_the_year():
    unit = {"satuan": "juta US$", "constants": {"tanggal_terbit": "2022-02-15"}}
    quarters = "Periode;Nilai\nTriwulan I 2021;2.259,98\nTriwulan II 2021;2.276,98\nTriwulan III 2021;2.303,07\nTriwulan IV 2021;2.324,01\n2021;{year}\n"
    assert not in_series(load(quarters.format(year="9.160"), "bank_indonesia_remittance", unit), "R8")
    assert in_series(load(quarters.format(year="9.190"), "bank_indonesia_remittance", unit), "R8")


def test_r9_two_spellings_of_one_place_are_one_cell():
    loaded = table("Negara;2022\nHongkong;1\nHong Kong SAR;2\nTaiwan;3\nTaiwan (ROC);3\n", unpivot="tahun")
    found = in_table(loaded, "R9")
    assert [(one.source_row, one.facts["above"], one.severity) for one in found] == [
        (3, 2, "contradiction"),
        (5, 4, "warning"),
    ]


def test_r10_a_name_is_told_once_with_how_much_it_holds_back():
    (found,) = in_table(table("Negara;2021;2022\nKongo;1;2\nTaiwan;3;4\n", unpivot="tahun"), "R10")
    assert (found.facts["name"], found.facts["figures"], found.source_row) == ("Kongo", 2, 2)


def test_r11_a_jump_among_quiet_changes_is_unusual():
    quiet = years(100, 105, 98, 104, 110, 103, 108).known
    assert not in_series(years(115, first=2017), "R11", quiet)
    (found,) = in_series(years(1080, first=2017), "R11", quiet)
    assert (found.facts["before"], found.facts["ratio"], found.key["ref_start"]) == (108, 10, "2017-01-01")
    assert not in_series(years(1080, first=2012), "R11", years(100, 105).known)


def test_r12_speaks_of_any_part_of_the_year_and_any_definition():
    known = years(1500, first=2024, facet=COMPLAINT, published="2025-02-01").known
    text = "Negara;Jumlah\nArab Saudi;{value}\n"
    for value, count in ((1501, 1), (1500, 0)):
        loaded = table(text.format(value=value), COMPLAINT, constants={"periode": "Jan - Nov 2024"})
        assert len(in_series(loaded, "R12", known)) == count


def test_r13_zero_between_large_figures_and_empty_years():
    assert in_series(years(500, 0, 600), "R13")
    assert not in_series(years(50, 0, 60), "R13")
    text = "Negara;2021;2022\nHongkong;5;0\nTaiwan;4;0\nMalaysia;3;{last}\n"
    assert in_table(table(text.format(last=0), unpivot="tahun"), "R13")
    assert not in_table(table(text.format(last=1), unpivot="tahun"), "R13")


def test_r13_no_data_in_one_edition_and_zero_in_another():
    known = years("-", first=2022, published="2023-02-01").known
    assert [one.facts["zero"] for one in in_series(years(0, first=2022), "R13", known)] == [True]
    assert not in_series(years(7, first=2022), "R13", known)


def test_r14_another_office_by_more_than_a_tenth():
    host = load("Negara;2022-12-31\nHongkong;140.057\n", "hong_kong_helpers", {"satuan": "orang", "unpivot": "periode"})
    bank = load(
        "Negara;2022-12-31\nHongkong;339.000\n", "bank_indonesia_stock", {"satuan": "orang", "unpivot": "periode"}
    )
    (found,) = in_series(bank, "R14", host.known)
    assert round(found.facts["ratio"], 2) == 2.42
    assert "coverage" in found.facts["differs"]
    near = load(
        "Negara;2022-12-31\nHongkong;150.000\n", "bank_indonesia_stock", {"satuan": "orang", "unpivot": "periode"}
    )
    assert not in_series(near, "R14", host.known)


def test_r14_a_revision_after_months_is_no_finding():
    known = years(295_439, first=2024, published="2024-12-31").known
    assert not in_series(years(297_434, first=2024, published="2025-02-15"), "R14", known)
    assert in_series(years(295_339, first=2024, published="2025-01-02"), "R14", known)


def test_f1_a_claim_of_people_abroad_that_counts_placements():
    claim = {
        "publisher": "bp2mi",
        "said_on": date(2023, 7, 31),
        "value": 4_700_000,
        "text": "4,7 juta PMI sedang bekerja",
    }
    (found,) = claimed_people_abroad(claim, "pernyataan_bp2mi")
    assert found.facts["measure"] == "cumulative_flow"
    assert not claimed_people_abroad(claim, "wni_lapor_diri")
    assert not claimed_people_abroad(claim | {"text": "4,7 juta penempatan sejak 2007"}, "pernyataan_bp2mi")


def test_the_same_observations_again_find_nothing_new():
    loaded = years(100, 120, 130)
    assert check_series(loaded.observations, loaded.known) == check_series(loaded.observations, NOTHING)


def test_nothing_new_has_no_findings():
    loaded = years(100)
    empty = replace(loaded.observations, frame=loaded.observations.frame.iloc[:0])
    assert check_series(empty, loaded.known) == []


def test_every_rule_says_what_it_means_and_what_to_do():
    assert set(rules()) == {*(f"R{number}" for number in range(1, 15)), "F1"}
    assert {rule for rule, _kind in SENTENCES} == set(rules())
    for rule in rules().values():
        assert rule.severity in ("warning", "contradiction")
        for words in (rule.title, rule.means, rule.todo):
            assert set(words) == {"id", "en"}


def test_findings_are_json_and_read_as_sentences():
    host = load("Negara;2022-12-31\nHongkong;140.057\n", "hong_kong_helpers", {"satuan": "orang", "unpivot": "periode"})
    bank = load(
        "Negara;2022-12-31\nHongkong;339.000\n", "bank_indonesia_stock", {"satuan": "orang", "unpivot": "periode"}
    )
    (found,) = in_series(bank, "R14", host.known)
    assert json.loads(json.dumps(dict(found.facts))) == found.facts
    assert explain(found) == (
        "Hong Kong, Dec 31, 2022: 339,000 here, 140,057 in: Immigration records of Hong Kong. Geography basis: country of "
        "work and country of work. Ask for the geography basis (home district or service office), or which of them was "
        "mistyped."
    )


@given(st.text(max_size=60))
def test_any_text_is_read_for_statements(text: str):
    statement = percentage(text)
    assert statement is None or statement.percent >= 0
    assert extreme(text) in (None, "most", "least")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Jumlah PMI yang sedang bekerja, seluruh negara", True),
        ("Jumlah penempatan, bukan jumlah orang yang sedang berada di luar negeri", False),
    ],
)
def test_text_that_denies_that_people_are_abroad_is_no_claim(text, told):
    from ckanext.satudatapmi.figures.checks.words import abroad

    assert abroad(text) is told
