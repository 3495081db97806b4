"""Another CKAN: all datasets, one request where nothing changed, and what vanished only where counts do not add up."""

from __future__ import annotations

import doctest
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.fetch import FetchError
from ckanext.satudatapmi.harvesters.protocols import ckan_record, ckan_search
from ckanext.satudatapmi.harvesters.protocols.base import Reading, SourceSettings
from ckanext.satudatapmi.harvesters.protocols.ckan import CkanProtocol
from ckanext.satudatapmi.harvesters.protocols.ckan_memory import Known
from ckanext.satudatapmi.harvesters.protocols.remembering import Forgotten
from tests.harvesters import servers
from tests.partners.ckan_partner import PATH, CkanPartner
from tests.partners.misbehaving import busy, saying
from tests.partners.sessions import PlainSession, read

REFUSED = saying(json.dumps({"success": False, "error": {"message": "Solr is away"}}).encode(), "application/json")


@pytest.fixture
def partner():
    with servers.partner_server() as server:
        yield CkanPartner(server)


def harvest(partner, memory=None, token=None, pages=None, **config):
    source = SourceSettings("ckan", partner.url, {"rows": 3, **config})
    return read(CkanProtocol(), source, partner.host, memory, token, pages)


def fill(partner, number=10):
    return [partner.add(f"Dataset {one}") for one in range(number)]


def test_examples_in_docstrings_hold():
    assert doctest.testmod(ckan_search).failed == 0


@pytest.mark.parametrize("keyset", [True, False, "ignored"])
def test_all_datasets_come_once_whatever_ranges_the_site_understands(partner, keyset):
    partner.keyset = keyset
    ids = fill(partner)
    first = harvest(partner)
    assert sorted(first.identifiers) == sorted(ids)
    assert (first.reading.whole, first.reading.problem, first.reading.announced) == (True, "", 10)
    assert first.tokens[-1] is None


def test_site_that_gives_fewer_rows_than_asked_is_read_to_its_end(partner):
    partner.rows_max = 2
    fill(partner, 7)
    assert len(harvest(partner, rows=500).records) == 7


def test_nothing_changed_takes_one_request(partner):
    fill(partner)
    memory = json.loads(json.dumps(harvest(partner).reading.memory))
    asked = partner.asked
    second = harvest(partner, memory)
    assert (second.unchanged, partner.asked - asked, second.reading.memory) == (True, 1, memory)


def test_only_what_was_modified_is_read_and_the_rest_stays(partner):
    ids = fill(partner)
    memory = harvest(partner).reading.memory
    partner.change(ids[4], title="Berubah")
    new = partner.add("Baru")
    asked = partner.asked
    second = harvest(partner, memory)
    assert {"Berubah", "Baru"} <= {record["title"] for record in second.records}
    assert len(second.records) == 3  # and the newest of last time, within the hour that is read again
    assert (second.reading.whole, second.reading.removed, second.tokens) == (False, [], [None])
    assert partner.asked - asked == 4  # its state before and after, one page, and how many that should have been
    assert new in second.identifiers
    assert harvest(partner, second.reading.memory).unchanged


@pytest.mark.parametrize("filters_moments", [True, False])
def test_vanished_datasets_are_named_and_come_back(partner, filters_moments):
    partner.filters_moments = filters_moments
    ids = fill(partner)
    memory = harvest(partner).reading.memory
    gone = partner.remove(ids[2])
    partner.change(ids[5], title="Berubah")
    second = harvest(partner, memory)
    assert (second.reading.removed, second.reading.whole) == ([ids[2]], False)
    partner.restore(gone)
    third = harvest(partner, second.reading.memory)
    assert (ids[2] in third.identifiers, third.reading.removed) == (True, [])
    assert harvest(partner, third.reading.memory).unchanged


def test_newest_dataset_that_vanished_is_named(partner):
    ids = fill(partner, 4)
    memory = harvest(partner).reading.memory
    partner.remove(ids[3])
    second = harvest(partner, memory)
    assert second.reading.removed == [ids[3]]
    assert harvest(partner, second.reading.memory).unchanged


def test_dataset_that_appears_with_an_old_date_is_not_missed(partner):
    fill(partner)
    memory = harvest(partner).reading.memory
    old = partner.add("Lama")
    partner.datasets[old]["metadata_modified"] = "2020-01-01T00:00:00.000000"
    second = harvest(partner, memory)
    assert (old in second.identifiers, second.reading.removed) == (True, [])


def test_what_is_not_listed_while_the_index_of_a_site_is_rebuilt_is_asked_for_again(partner):
    ids = fill(partner)
    away = {one: partner.remove(one) for one in sorted(ids)[4:6]}
    partner.before_answer = lambda: partner.datasets.update(away if partner.asked == 1 or partner.asked > 5 else {})
    taken = partner.answer

    def answer(handler):
        taken(handler)
        for one in away if partner.asked == 1 else ():
            partner.datasets.pop(one, None)

    partner.answer = answer
    first = harvest(partner)
    assert sorted(first.identifiers) == sorted(ids)
    assert harvest(partner, first.reading.memory).unchanged


@pytest.mark.parametrize("back", ["at once", "later"])
def test_change_that_is_not_listed_while_the_index_of_a_site_is_rebuilt_is_read_the_next_time(partner, back):
    ids = fill(partner)
    memory = harvest(partner).reading.memory
    partner.change(ids[2], title="Berubah")
    before, answer = partner.asked, partner.answer
    away = {}

    def rebuilding(handler):
        number = partner.asked - before
        if number == 2:
            away.update({ids[2]: partner.remove(ids[2])})
        if number == (3 if back == "at once" else 5):
            partner.datasets.update(away)
        answer(handler)

    partner.answer = rebuilding
    second = harvest(partner, memory)
    assert "Berubah" not in {record["title"] for record in second.records}
    assert "Berubah" in {record["title"] for record in harvest(partner, second.reading.memory).records}


def test_swap_that_neither_count_nor_newest_tells_is_found_after_a_week(partner):
    ids = fill(partner)
    returning = partner.remove(ids[3])
    memory = harvest(partner).reading.memory
    gone = partner.remove(ids[4])["id"]
    partner.datasets[ids[3]] = returning
    assert harvest(partner, memory).unchanged
    memory["listed"] = (datetime.now(UTC) - timedelta(days=8)).isoformat()
    second = harvest(partner, memory)
    assert (ids[3] in second.identifiers, second.reading.removed) == (True, [gone])
    assert harvest(partner, second.reading.memory).unchanged


def test_dataset_with_another_identifier_than_before_is_one_gone_and_one_new(partner):
    ids = fill(partner, 4)
    memory = harvest(partner).reading.memory
    partner.change(ids[0], extras=[{"key": "guid", "value": "urn:baru"}])
    second = harvest(partner, memory)
    assert ("urn:baru" in second.identifiers, second.reading.removed) == (True, [ids[0]])


def test_page_that_fails_is_told_and_reading_goes_on_by_token(partner):
    ids = fill(partner)
    partner.next_but(4, servers.cut_off)
    first = harvest(partner)
    assert first.reading.problem
    assert first.reading.memory is None
    assert 0 < len(first.records) < 10
    rest = harvest(partner, None, json.loads(json.dumps(first.tokens[-1])))
    assert sorted(first.identifiers + rest.identifiers) == sorted(ids)
    assert (rest.reading.problem, rest.reading.whole) == ("", True)
    partner.change(ids[0], title="Berubah")
    assert len(harvest(partner, rest.reading.memory).records) == 10  # ids before the break are not known: all again


@pytest.mark.parametrize("keyset", [False, "ignored"])
def test_reading_by_page_numbers_begins_anew_rather_than_read_twice(partner, keyset):
    partner.keyset = keyset
    fill(partner)
    partner.next_but(5, servers.cut_off)
    broken = harvest(partner)
    assert broken.reading.problem and 0 < len(broken.records) < 10
    assert set(broken.tokens[1:]) == {None}


@pytest.mark.parametrize("keyset", [True, False])
def test_empty_page_in_the_middle_is_no_end(partner, keyset):
    partner.keyset = keyset
    fill(partner)
    empty = json.dumps({"success": True, "result": {"count": 7, "results": []}}).encode()
    partner.next_but(2 if keyset else 3, saying(empty, "application/json"))
    first = harvest(partner)
    assert len(first.records) < 10 and "empty page" in first.reading.problem
    assert (first.reading.announced, first.reading.memory) == (10, None)


def test_catalogue_of_which_less_came_than_was_announced_is_not_remembered(partner):
    partner.keyset = False
    fill(partner)
    nothing = json.dumps({"success": True, "result": {"count": 0, "results": []}}).encode()
    partner.next_but(3, saying(nothing, "application/json"))
    first = harvest(partner)
    assert (len(first.records), first.reading.announced, first.reading.memory) == (3, 10, None)


def test_changes_are_read_on_by_token(partner):
    ids = fill(partner)
    memory = harvest(partner).reading.memory
    for one in ids[:6]:
        partner.change(one, title=f"Berubah {one}")
    new = partner.add("Baru")
    begun = harvest(partner, memory, pages=1)
    rest = harvest(partner, memory, json.loads(json.dumps(begun.tokens[0])))
    changed = begun.identifiers + rest.identifiers
    assert sorted(changed) == sorted([*ids[:6], ids[9], new])
    assert harvest(partner, rest.reading.memory).unchanged


def begun_and_changed(partner, ids, pages):
    """Read some pages of changes; then what was read changes again. Return memory, identifiers and token."""
    memory = harvest(partner).reading.memory
    for one in ids[:8]:
        partner.change(one, title=f"Berubah {one}")
    begun = harvest(partner, memory, pages=pages)
    for one in begun.identifiers:
        partner.change(one, title="Berubah lagi")
    return memory, begun.identifiers, json.loads(json.dumps(begun.tokens[-1]))


def guid(value):
    return {"extras": [{"key": "guid", "value": value}]}


def test_dataset_with_the_identifier_of_an_older_one_has_the_whole_read(partner):
    ids = fill(partner)
    partner.change(ids[0], **guid("urn:x"))
    for one in ids[1:]:
        partner.touch(one)
    memory = harvest(partner).reading.memory
    partner.add("Kembar", **guid("urn:x"))
    with pytest.raises(Forgotten):
        harvest(partner, memory)
    memory = harvest(partner).reading.memory
    assert harvest(partner, memory).unchanged
    partner.remove(ids[0])
    after = harvest(partner, memory)
    assert after.reading.whole and after.identifiers.count("urn:x") == 1


def test_dataset_that_is_deleted_after_it_was_read_is_missed_the_next_time(partner):
    ids = sorted(fill(partner))
    taken = partner.answer

    def answer(handler):
        taken(handler)
        if partner.asked == 2:
            partner.remove(ids[0])
            partner.add("Pengganti", id="ffffffff-ffff-4fff-8fff-ffffffffffff")

    partner.answer = answer
    first = harvest(partner)
    assert {ids[0], "ffffffff-ffff-4fff-8fff-ffffffffffff"} <= set(first.identifiers)
    assert harvest(partner, first.reading.memory).reading.removed == [ids[0]]


@pytest.mark.parametrize("newest", ["2999-01-01T00:00:00", "2999-01-01T00:00:00+00:00"])
def test_partner_with_a_date_ahead_is_read_whole(partner, newest):
    ids = fill(partner)
    partner.datasets[ids[0]]["metadata_modified"] = newest
    memory = harvest(partner).reading.memory
    partner.change(ids[1], title="Berubah")
    second = harvest(partner, memory)
    assert second.reading.whole and "Berubah" in {record["title"] for record in second.records}
    partner.touch(ids[0])
    assert harvest(partner, second.reading.memory).reading.whole


def test_what_changes_between_two_parts_of_a_reading_is_not_read_twice(partner):
    ids = fill(partner)
    memory, begun, token = begun_and_changed(partner, ids, 2)
    read = begun + harvest(partner, memory, token).identifiers
    assert len(set(read)) == len(read) and set(ids[:8]) <= set(read)


@pytest.mark.parametrize("keyset", [False, "ignored"])
def test_reading_that_cannot_go_on_after_an_id_begins_anew(partner, keyset):
    ids = fill(partner)
    partner.keyset = keyset
    memory, _begun, token = begun_and_changed(partner, ids, 1)
    with pytest.raises(Forgotten):
        harvest(partner, memory, token)


@pytest.mark.parametrize("understood", [False, "ignored"])
def test_site_that_cannot_be_asked_for_a_moment_is_read_newest_first(partner, understood):
    ids = fill(partner)
    memory = harvest(partner).reading.memory
    partner.change(ids[0], title="Berubah")
    partner.filters_moments = understood
    second = harvest(partner, memory)
    assert set(second.identifiers) == {ids[0], ids[9]}
    assert set(second.tokens) == {None}


def test_datasets_that_come_and_go_while_reading_shift_nothing(partner):
    for keyset in (True, False):
        partner.datasets.clear()
        partner.keyset = keyset
        ids = sorted(fill(partner))

        def vanish(first=ids[0]):
            if partner.asked % 4 == 0:
                partner.datasets.pop(first, None)

        partner.before_answer = vanish
        found = harvest(partner).identifiers
        assert set(ids[1:]) <= set(found)
        assert len(found) == len(set(found))


@pytest.mark.parametrize("behaviour", [saying(b"no", status=403), busy, servers.silence(2.5), servers.cut_off])
def test_site_that_does_not_answer_is_an_error(partner, behaviour):
    fill(partner, 1)
    partner.next_but(0, behaviour)
    with pytest.raises(FetchError):
        harvest(partner)


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (REFUSED, "refused"),
        (saying(b"<html>Login</html>"), "html"),
        (saying(b'{"success": true, "result": []}', "application/json"), "no_catalogue"),
        (saying(b'{"success": true', "application/json"), "broken_json"),
    ],
)
def test_error_inside_an_answer_is_told_in_words(partner, behaviour, kind):
    partner.next_but(0, behaviour)
    with pytest.raises(CatalogueError) as caught:
        harvest(partner)
    assert caught.value.kind == kind


def test_error_with_status_200_on_a_later_page_is_told(partner):
    fill(partner)
    partner.next_but(2, REFUSED)
    first = harvest(partner)
    assert len(first.records) >= 3
    partner.keyset = True
    partner.next_but(3, REFUSED)
    partner.next_but(4, REFUSED)
    second = harvest(partner)
    assert "Solr is away" in second.reading.problem


def test_empty_site_is_an_error_not_an_empty_catalogue(partner):
    with pytest.raises(CatalogueError) as caught:
        harvest(partner)
    assert caught.value.kind == "empty_catalogue"


def test_redirects_and_other_charsets_are_followed(partner):
    fill(partner, 1)
    body = json.dumps({"success": True, "result": {"count": 1, "results": [*partner.datasets.values()]}})
    latin = body.replace("Keterangan", "Caf\xe9").encode("cp1252")
    partner.server.do("/moved", saying(latin, "application/json; charset=windows-1252"))
    partner.next_but(1, servers.redirect(f"{partner.url}/moved"))
    assert harvest(partner).records[0]["description"].startswith("Café")


def test_filters_and_key_are_sent_and_another_filter_forgets_the_memory(partner):
    wanted = fill(partner, 3)
    partner.change(wanted[0], organization={"name": "lain", "title": "Lain"})
    only = harvest(partner, organizations_filter_include=["dinas"])
    assert sorted(only.identifiers) == sorted(wanted[1:])
    without = harvest(partner, only.reading.memory, organizations_filter_exclude=["dinas"])
    assert (without.identifiers, without.reading.whole) == ([wanted[0]], True)
    session = PlainSession(partner.host)
    source = SourceSettings("ckan", partner.url, {"api_key": "rahasia"})
    list(CkanProtocol().read(source, session, Reading(), None, None))
    assert {one["Authorization"] for one in session.headers} == {"rahasia"}
    assert not any("rahasia" in url for url in session.asked)


def test_filters_are_written_in_the_words_of_solr():
    config = {"groups_filter_exclude": ["a"], "tags": ['satu "dua"', "tiga"], "fq": "res_format:CSV"}
    source = SourceSettings("ckan", "https://x.example/dataset?q=1", config)
    search = ckan_search.Search.of(source, PlainSession(""))
    assert search.site == "https://x.example"
    assert search.filters == ('-groups:("a")', '+tags:("satu \\"dua\\"" OR "tiga")', "+(res_format:CSV)")


def test_private_datasets_and_harvest_sources_are_left_out(partner):
    kept = partner.add("Terbuka")
    partner.add("Rahasia", private=True)
    partner.add("Sumber", type="harvest")
    first = harvest(partner)
    assert (first.identifiers, first.reading.announced) == ([kept], 1)
    assert harvest(partner, first.reading.memory).unchanged


def test_dataset_that_became_private_is_named_as_gone(partner):
    ids = fill(partner, 4)
    memory = harvest(partner).reading.memory
    partner.change(ids[1], private=True)
    assert harvest(partner, memory).reading.removed == [ids[1]]


def test_entry_that_is_no_dataset_is_rejected_and_the_rest_lands(partner):
    body = {"success": True, "result": {"count": 2, "results": ["rusak", {"id": "a", "title": "A"}]}}
    partner.server.serve(PATH, json.dumps(body).encode())
    first = harvest(partner)
    assert (first.identifiers, [one.place for one in first.rejections]) == (["a"], [1])


def test_site_that_gives_the_same_page_for_ever_comes_to_an_end(partner):
    body = {"success": True, "result": {"count": 10**9, "results": [{"id": "a", "title": "A"}]}}
    partner.server.serve(PATH, json.dumps(body).encode())
    first = harvest(partner)
    assert (first.identifiers, bool(first.reading.problem)) == (["a"], True)


def test_every_field_of_a_dataset_is_in_the_record(partner):
    partner.add(
        "Penempatan",
        id="b6b1a0d4-6f9e-4c3e-9d69-0d2f2b8c1a11",
        url="https://sumber.example",
        version="2",
        satuan="orang",
        language='["id", "en"]',
        license_id="cc-by",
        maintainer="Bidang Data",
        maintainer_email="data@dinas.go.id",
        groups=[{"name": "tenaga-kerja", "title": "Tenaga kerja"}],
        extras=[
            {"key": "guid", "value": "urn:asal:1"},
            {"key": "frequency", "value": "annual"},
            {"key": "temporal_start", "value": "2023-01-01"},
            {"key": "temporal_end", "value": "2023-12-31"},
            {"key": "produsen", "value": "BP2MI"},
            {"key": "harvest_object_id", "value": "7"},
        ],
        resources=[{"name": "Tabel", "url": "/files/a.csv", "format": "CSV", "mimetype": "text/csv", "hash": "ff"}],
    )
    (record,) = harvest(partner).records
    assert record == {
        "identifier": "urn:asal:1",
        "title": "Penempatan",
        "description": "Keterangan Penempatan",
        "keyword": ["pmi"],
        "theme": ["Tenaga kerja"],
        "publisher": {"@type": "org:Organization", "name": "Dinas Contoh"},
        "contactPoint": {"fn": "Bidang Data", "hasEmail": "mailto:data@dinas.go.id"},
        "landingPage": f"{partner.url}/dataset/dataset-b6b1a0d4",
        "license": "cc-by",
        "issued": "2026-01-01T00:00:00.000000",
        "modified": "2026-01-01T02:00:00.000000",
        "temporal": "2023-01-01/2023-12-31",
        "accrualPeriodicity": "annual",
        "produsen": "BP2MI",
        "satuan": "orang",
        "language": ["id", "en"],
        "url": "https://sumber.example",
        "version": "2",
        "distribution": [
            {
                "title": "Tabel",
                "downloadURL": f"{partner.url}/files/a.csv",
                "format": "CSV",
                "mediaType": "text/csv",
                "hash": "ff",
            }
        ],
    }


def test_digest_leaves_out_what_counts_views_or_changes_by_itself():
    package = {"id": "a", "title": "A", "tags": [{"name": "x"}, {"name": "y"}], "extras": {"k": "v"}}
    noisy = {
        **package,
        "num_resources": 3,
        "tracking_summary": {"total": 9},
        "tags": [{"name": "y", "id": "2"}, {"name": "x"}],
        "extras": [{"key": "k", "value": "v"}, {"key": "harvest_object_id", "value": "z"}],
    }
    assert ckan_record.digest(package) == ckan_record.digest(noisy)
    assert ckan_record.digest(package) != ckan_record.digest({**package, "title": "B"})


def test_memory_of_100_000_datasets_is_small():
    ids = {str(uuid.uuid4()): "" for _one in range(100_000)}
    ids = {one: one for one in ids} | {"bukan-uuid": "bukan-uuid", str(uuid.uuid4()): "urn:lain"}
    memory = Known(len(ids), "2026", ids).as_json("x")
    assert len(json.dumps(memory)) < 2_200_000
    assert Known.of(memory, "x") == Known(len(ids), "2026", ids)
    assert Known.of(memory, "y") is None
