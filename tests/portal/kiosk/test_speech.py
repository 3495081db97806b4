"""What is read aloud of a screen, and how it becomes a clip."""

from __future__ import annotations

import pytest

from ckanext.satudatapmi.portal.kiosk import speech

PAGE = """<html><body><header><p>Not read</p></header><main>
<h1>Hak <b>saya</b></h1>
<p class="unspoken"><a>Tutup</a></p>
<ul><li><a><span>Paspor</span> <span>milik Anda</span><span class="unspoken">1</span></a></li></ul>
<div><h3>Gaji</h3><ul><li>HKD 4.870</li><li>Apa?</li></ul></div><p> </p>
</main></body></html>"""


def test_lines_of_the_main_part_are_read():
    assert speech.text_of(PAGE).splitlines() == ["Hak saya.", "Paspor milik Anda.", "Gaji.", "HKD 4.870.", "Apa?"]


def test_of_what_is_folded_the_title_is_read():
    folded = "<details{}><summary>Hak <span>atas</span> upah</summary><p>Setiap bulan</p></details>"
    page = f"<main>{folded.format('')}{folded.format(' open')}</main>"
    assert speech.text_of(page).splitlines() == ["Hak atas upah.", "Hak atas upah.", "Setiap bulan."]


def test_another_text_or_language_is_another_clip():
    names = {speech.name_of(text, language) for text in ("Hak", "Biaya") for language in speech.VOICES}
    assert len(names) == 4


@pytest.mark.parametrize("language", list(speech.VOICES))
def test_clip_is_ogg_opus_and_the_same_each_time(language):
    assert speech.is_possible(language)
    clip = speech.clip("Hak saya. 9.948 orang.", language)
    assert clip.startswith(b"OggS") and b"OpusHead" in clip[:100]
    assert clip == speech.clip("Hak saya. 9.948 orang.", language)
    assert len(speech.clip("Hak saya. " * 5, language)) > len(clip) / 2


def test_thousands_are_read_as_one_number(monkeypatch):
    said = []
    monkeypatch.setattr(speech, "_run", lambda command, content: said.append(content) or b"")
    speech.clip("9.948 dan 1.234.567, 4,5 persen", "id")
    assert said[0] == b"9948 dan 1234567, 4,5 persen"


def test_languages_without_a_voice_are_not_read():
    assert not speech.is_possible("sas")


def test_missing_program_is_told(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert not speech.is_possible("id")
    with pytest.raises(speech.SpeechAway, match="espeak-ng"):
        speech.clip("Hak", "id")
