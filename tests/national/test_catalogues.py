"""The mixture of real catalogues that `make verify-national` takes."""

from __future__ import annotations

import json

from tests.national import catalogues


def test_small_bodies_come_in_whole_and_large_ones_are_spread():
    of_bodies = {"small": [1], "large": [1, 2, 3, 4, 5, 6], "none": []}
    assert catalogues.mixed(of_bodies, 4) == {"small": [1], "large": [1, 3, 5]}
    assert catalogues.mixed(of_bodies, 100) == {"small": [1], "large": [1, 2, 3, 4, 5, 6]}
    assert catalogues.mixed(of_bodies, 0) == {}


def test_records_stay_as_they_are_and_each_identifier_is_there_once(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    odd = {"identifier": 7, "title": None, "distribution": "x"}
    records = [{"identifier": "1", "title": "a"}, {"identifier": "1", "title": "b"}, odd, "no record"]
    (source / "body.json").write_text(json.dumps({"dataset": records}))
    (source / "broken.json").write_text("{")
    assert catalogues.lay_out(source, target, 10) == 2
    assert [file.name for file in target.iterdir()] == ["body.json"]
    assert json.loads((target / "body.json").read_text())["dataset"] == [{"identifier": "1", "title": "b"}, odd]
