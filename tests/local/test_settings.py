from __future__ import annotations

import json
import os
import socket
import stat
from pathlib import Path

import pytest

from satudata_local import processes, programs, servers, settings, system, website
from satudata_local.console import SetupError


@pytest.fixture
def stack(tmp_path: Path) -> settings.Stack:
    return settings.Stack("probe", tmp_path, tmp_path, settings.Ports.free(), "127.0.0.1")


def test_port_moves_them_all(monkeypatch):
    monkeypatch.setenv("PORT", "8000")
    assert settings.site_stack().ports.named() == {
        "web": 8000,
        "partners": 8001,
        "postgres": 8002,
        "redis": 8003,
        "solr": 8004,
        "csw": 8005,
        "charts": 8006,
    }


@pytest.mark.parametrize("port", ["abc", "80", "70000"])
def test_senseless_port_is_refused_in_one_line(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(SetupError, match=f"PORT is '?{port}'?; give a number between 1024 and 65000"):
        settings.site_stack()


def test_taken_port_is_named_with_a_way_out(stack):
    servers.check_ports(stack)
    with socket.create_server(("127.0.0.1", stack.ports.redis)), pytest.raises(SetupError) as refusal:
        servers.check_ports(stack)
    assert f"port {stack.ports.redis} (redis) on 127.0.0.1 cannot be used" in str(refusal.value)
    assert "PORT=" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_secrets_are_random_private_and_kept(stack, tmp_path):
    first = stack.secrets()
    assert stack.secrets() == first
    assert len(set(first.values())) == len(settings.SECRET_NAMES)
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    other = settings.Stack("other", tmp_path / "b", tmp_path / "b", stack.ports, "127.0.0.1")
    assert other.secrets() != first


def test_secret_that_an_older_version_did_not_have_is_added(stack, tmp_path):
    kept = {name: word for name, word in stack.secrets().items() if name != "csw_read"}
    (tmp_path / "secrets.json").write_text(json.dumps(kept))
    later = stack.secrets()
    assert later["csw_read"] and {**later, **kept} == later == stack.secrets()


def test_configuration_is_private_and_binds_servers_to_loopback(stack):
    website.write_ini(stack)
    for path in (stack.ini, stack.home / "pycsw.cfg"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        text = path.read_text(encoding="utf-8")
        assert "${" not in text
        assert f"@127.0.0.1:{stack.ports.postgres}/ckan" in text


def test_missing_packages_are_listed_in_one_message(monkeypatch):
    monkeypatch.setattr(system, "is_root", lambda: False)
    monkeypatch.setattr(system, "_is_there", lambda proof: proof not in ("java", "mvn"))
    with pytest.raises(SetupError) as refusal:
        system.install_packages(for_tests=False)
    assert "openjdk-17-jre-headless maven" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_full_disk_is_refused_before_anything_is_made(monkeypatch, tmp_path):
    monkeypatch.setattr(system, "MINIMUM_FREE_BYTES", 1 << 62)
    with pytest.raises(SetupError, match="GiB are needed"):
        system.check_machine(tmp_path / "var")
    assert not (tmp_path / "var").exists()


def test_old_python_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(system.sys, "version_info", (3, 10, 0))
    with pytest.raises(SetupError, match="Python 3.11 is needed"):
        system.check_machine(tmp_path)


def test_stale_process_id_is_nobody(stack):
    stack.pid_file.write_text(str(os.getpid()), encoding="utf-8")
    assert processes.running(stack) is None
    assert processes.stop(stack) is False


def test_failed_command_shows_its_last_lines_and_its_log(tmp_path):
    with pytest.raises(SetupError) as refusal:
        programs.run(["sh", "-c", "echo before; echo reason >&2; exit 3"], tmp_path / "x.log")
    assert "ended with 3" in str(refusal.value)
    assert "reason" in str(refusal.value)
    assert str(tmp_path / "x.log") in str(refusal.value)


def test_digest_sees_a_changed_file(tmp_path):
    (tmp_path / "a").write_text("1", encoding="utf-8")
    before = programs.digest(tmp_path)
    (tmp_path / "a").write_text("2", encoding="utf-8")
    assert programs.digest(tmp_path) != before


@pytest.mark.parametrize(("feeds", "words"), [("/nowhere", "is not a folder"), ("{empty}", "holds no")])
def test_feeds_folder_that_cannot_serve_is_named(stack, tmp_path, feeds, words):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SetupError, match=words):
        website.lay_out_partners(stack, feeds.format(empty=tmp_path / "empty"))


def test_feeds_are_served_beside_the_demo(stack, tmp_path):
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "satu.json").write_text("{}", encoding="utf-8")
    addresses = website.lay_out_partners(stack, f"{folder} https://data.example.go.id/data.json")
    assert addresses == [f"{stack.partners_url}/feeds1/satu.json", "https://data.example.go.id/data.json"]
    assert (stack.home / "partners" / "feeds1" / "satu.json").exists()
    assert (stack.home / "partners" / "demo").is_dir()
