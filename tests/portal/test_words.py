"""Errors, provenance, citations, comparisons: what the portal says in words."""

from __future__ import annotations

from ckanext.satudatapmi.harvesters.addresses import anonymous_address
from ckanext.satudatapmi.portal import home, memory
from ckanext.satudatapmi.portal.citation import citation, year_of
from ckanext.satudatapmi.portal.errors import group_errors, without_contacts
from ckanext.satudatapmi.portal.provenance import provenance, remarks


def error(message, record=None, stage="Import"):
    return {"message": message, "record": record, "stage": stage}


def test_errors_that_differ_in_names_and_numbers_are_one_group():
    groups = group_errors(
        [error(f'Source a, record {n}, field x: "{n}y" is refused', str(n)) for n in range(5)] + [error("Other")]
    )
    assert [(group["count"], group["records"]) for group in groups] == [(5, ["0", "1", "2"]), (1, [])]
    assert groups[0]["message"] == 'Source a, record 0, field x: "0y" is refused'


def test_the_same_words_of_another_stage_are_another_group():
    assert len(group_errors([error("a", stage="Gather"), error("a", stage="Import")])) == 2


def test_contacts_are_struck_out_and_dates_are_not():
    assert without_contacts("mailto:nama.orang+x@dinas.example.go.id.") == "mailto:[…@…]."
    assert without_contacts("WA +62 812-3456-7890") == "WA [08…]"
    for text in ("2024-08-17T10:00:00", "/datasets/081234567890.csv", "id 35.06.081"):
        assert without_contacts(text) == text


def test_address_loses_what_may_be_secret():
    assert anonymous_address("http://u:p@h.example:81/a?token=1#b") == "http://h.example:81/a"
    assert anonymous_address("") == ""


def test_provenance_names_the_source_and_when_it_was_checked():
    sources = {"sumber-a": {"title": "Sumber A", "last_harvest": {"finished": "2024-06-01T03:00:00"}}}
    origin = provenance(
        {
            "source_name": "sumber-a",
            "source_identifier": "17",
            "url": "javascript:alert(1)",
            "wire_extra": '{"kunciLain": 1, "modified": "-"}',
        },
        sources,
    )
    assert (origin.title, origin.checked, origin.identifier) == ("Sumber A", "2024-06-01T03:00:00", "17")
    assert origin.landing_page == ""
    assert origin.other_entries == {"kunciLain": 1}


def test_dataset_without_source_was_entered_here():
    origin = provenance({}, {})
    assert (origin.source, origin.checked, origin.remarks) == ("", None, ())


def test_broken_remarks_say_nothing():
    for flags in (None, "", "{", "[1, null]", '{"kind": "x"}'):
        assert remarks(flags) == ()
    (remark,) = remarks('[{"kind": "identifier_missing", "field": "identifier", "value": ""}]')
    assert "identifier" in remark.words


def test_citation_names_producer_body_year_and_address():
    dataset = {
        "title": "Penempatan",
        "publisher_name": "Bidang A",
        "organization": {"title": "Dinas B"},
        "modified": "2024-05",
    }
    line = citation(dataset, "Satu Data PMI", "https://x.example/d", year_of(dataset), "1 June 2024")
    assert line == "Bidang A, Dinas B (2024). Penempatan. Satu Data PMI. https://x.example/d (accessed 1 June 2024)."


def test_citation_of_a_bare_dataset():
    line = citation({"name": "d"}, "Satu Data PMI", "https://x.example/d", year_of({"issued": "-"}), "hari ini")
    assert line == "Satu Data PMI (no year). d. Satu Data PMI. https://x.example/d (accessed hari ini)."


def row(day, value):
    return {"nilai": value, "satuan": "orang", "periode_akhir": day}


def test_only_a_table_with_one_figure_for_its_latest_day_is_compared():
    dataset = {"organization": {"name": "a"}}
    one = home.compared(dataset, [row("2023-07-31", 2), row("2021-08-24", 1)])
    assert one is not None
    assert (one.value, one.unit, one.day) == (2, "orang", "2023-07-31")
    assert home.compared(dataset, [row("2023-07-31", 2), row("2023-07-31", 1)]) is None
    assert home.compared(dataset, [row("2023-07-31", None)]) is None
    assert home.compared(dataset, []) is None


def test_one_figure_of_each_body_is_compared():
    def of(body, value):
        return home.Compared({"organization": {"name": body}}, value, "orang", "2023-07-31")

    found = home.one_of_each_body([of("a", 1), None, of("a", 2), of("b", 3), of("c", 4), of("d", 5)])
    assert [item.value for item in found] == [1, 3, 4]


def test_memory_calls_again_only_after_its_time():
    memory.forget()
    calls = iter(range(9))
    assert [memory.remembered("x", lambda: next(calls)) for _n in range(3)] == [0, 0, 0]
    assert memory.remembered("x", lambda: next(calls), seconds=0) == 1
    memory.forget()
    assert memory.remembered("x", lambda: next(calls)) == 2
