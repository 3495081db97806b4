"""What the kiosk says in its languages, and what it says instead."""

from __future__ import annotations

from ckanext.satudatapmi.portal.kiosk.tiles import tiles
from ckanext.satudatapmi.portal.kiosk.tongues import Tongue, tongues
from ckanext.satudatapmi.reference import wilayah

JAVANESE = Tongue("jv", "Basa Jawa", texts={"Hak saya": "Hakku"})


def test_languages_are_those_of_the_issue():
    assert list(tongues())[:2] == ["id", "en"]
    assert {"jv", "su", "sas", "mad"} <= set(tongues())


def test_what_a_language_of_a_region_lacks_is_indonesian_and_marked_so():
    assert str(JAVANESE.told({"id": "Hak saya", "en": "My rights"})) == "Hakku"
    assert str(JAVANESE.told({"id": "Biaya & upah"})) == '<span lang="id">Biaya &amp; upah</span>'
    assert JAVANESE.plain("Biaya") == "Biaya"


def test_content_without_english_is_marked_as_indonesian():
    english = tongues()["en"]
    assert str(english.told({"id": "Biaya", "en": "Costs"})) == "Costs"
    assert str(english.told({"id": "Biaya"})) == '<span lang="id">Biaya</span>'


def test_texts_are_escaped():
    assert str(tongues()["id"].told({"id": "<b>"})) == "&lt;b&gt;"


def test_files_translate_what_the_kiosk_says_and_name_provinces():
    provinces = {area.code for area in wilayah.within_area(level="provinsi")}
    said = {text for tile in tiles() for text in (tile.title["id"], tile.about["id"])}
    frame = {"Beranda", "Kembali", "Bahasa", "Dengarkan", "Bantuan", "Lainnya", "Sentuh untuk mulai", "Masih di sana?"}
    for tongue in tongues().values():
        assert set(tongue.texts) <= said | frame | {"Ya, lanjutkan"}, tongue.code
        assert set(tongue.provinces) <= provinces
