"""How many requests a client may make: who is counted as whom, what it is told, and who is never held up."""

from __future__ import annotations

import itertools
import time

import pytest
from ckan.common import config_declaration
from ckan.exceptions import CkanConfigurationException
from ckan.tests import factories
from redis import Redis, RedisError

from ckanext.satudatapmi.publication.http import limits
from tests.one_portal import portal  # noqa: F401
from tests.publication.datasets import FULL, make

pytestmark = pytest.mark.usefixtures("portal")
CHEAP, EXPENSIVE = "/api/3/action/satudata_code_list_list", "/api/3/action/pmi_query"
NUMBERS = itertools.count(1)


@pytest.fixture
def options(ckan_config, monkeypatch):
    """Return a function that sets options of the limits."""

    def change(**values):
        for name, value in values.items():
            monkeypatch.setitem(ckan_config, f"ckanext.satudatapmi.limits.{name}", value)

    return change


@pytest.fixture
def ask(app, options):
    """Return a function that asks from an address that was never seen before, and returns the answer."""
    options(cheap_per_minute=5, expensive_per_minute=2)
    client = app.flask_app.test_client(use_cookies=False)
    own = f"198.51.{next(NUMBERS)}.{time.time_ns() % 250 + 1}"

    def get(address, remote=own, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.get(address, headers=named, environ_base={"REMOTE_ADDR": remote})

    return get


def statuses(ask, address, times, **more):
    return [ask(address, **more).status_code for _ in range(times)]


def test_a_client_that_asks_too_often_is_told_when_to_come_again(ask):
    assert statuses(ask, EXPENSIVE, 2) == [200, 200]
    refused = ask(EXPENSIVE)
    assert (refused.status_code, refused.content_type) == (429, "application/problem+json")
    assert refused.json["status"] == 429 and "2" in refused.json["detail"]
    seconds = int(refused.headers["Retry-After"])
    assert 1 <= seconds <= 60
    assert refused.headers["RateLimit-Policy"] == '"expensive";q=2;w=60'
    assert refused.headers["RateLimit"] == f'"expensive";r=0;t={seconds}'
    assert refused.headers["Cache-Control"] == "private, no-store"
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


def test_kinds_of_work_are_counted_apart(ask):
    assert statuses(ask, EXPENSIVE, 3)[-1] == 429
    assert statuses(ask, CHEAP, 6) == [200] * 5 + [429]
    assert statuses(ask, "/satudatapmi/favicon.svg", 8) == [200] * 8


def test_the_whole_catalogue_at_once_is_expensive_and_its_pages_are_cheap(ask):
    make(**FULL)
    assert statuses(ask, "/data.json?per_page=10", 3) == [200] * 3
    assert statuses(ask, "/catalog.ttl?page=all", 3) == [200, 200, 429]
    assert ask("/data.json").status_code == 429
    assert ask("/data.json?page=1&page=all").status_code == 429


def test_a_browser_gets_a_page_and_a_harvester_no_empty_catalogue(ask):
    make(**FULL)
    statuses(ask, CHEAP, 5)
    page = ask("/about", Accept="text/html")
    assert (page.status_code, page.mimetype) == (429, "text/html") and page.headers["Retry-After"]
    assert "Terlalu banyak permintaan" in page.text
    for address in ("/data.json?per_page=10", "/catalog.jsonld"):
        assert ask(address).content_type == "application/problem+xml"


def test_what_caches_keep_does_not_say_what_one_client_has_left(ask, ask_known):
    assert "RateLimit" not in ask(CHEAP).headers
    assert ask_known(ask, CHEAP.replace("satudata_code_list_list", "status_show")).headers["RateLimit"]


@pytest.fixture
def ask_known():
    token = factories.UserWithToken()["token"]
    return lambda ask, address, **more: ask(address, Authorization=token, **more)


def test_clients_are_counted_apart(ask):
    assert statuses(ask, EXPENSIVE, 3)[-1] == 429
    assert ask(EXPENSIVE, remote="192.0.2.77").status_code == 200


def test_an_account_is_counted_wherever_it_asks_from(ask, ask_known):
    answers = [ask_known(ask, EXPENSIVE, remote=f"203.0.113.{number}").status_code for number in range(1, 4)]
    assert answers == [200, 200, 429]


def test_one_site_of_ipv6_is_one_client(ask):
    site = f"2001:db8:{next(NUMBERS)}:{time.time_ns() % 9999}"
    assert [ask(EXPENSIVE, remote=f"{site}::{number}").status_code for number in range(1, 4)] == [200, 200, 429]


def test_the_national_portal_is_never_limited(ask, ckan_config, monkeypatch):
    user = factories.UserWithToken(name="bappenas")
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.national_portal_users", ["bappenas"])
    assert statuses(ask, EXPENSIVE, 9, Authorization=user["token"]) == [200] * 9
    assert statuses(ask, CHEAP, 9, Authorization=user["token"]) == [200] * 9


def test_its_name_without_its_token_does_not_help(ask, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.national_portal_users", ["bappenas"])
    assert statuses(ask, EXPENSIVE, 3, Authorization="bappenas")[-1] == 429


def test_named_networks_and_agents_are_never_limited(ask, options):
    options(unlimited_networks=["203.0.113.0/24"], unlimited_agents=["Data.go.id-Harvester"])
    assert statuses(ask, EXPENSIVE, 5, remote="203.0.113.9") == [200] * 5
    assert statuses(ask, EXPENSIVE, 5, User_Agent="data.go.id-harvester/2.1") == [200] * 5
    assert statuses(ask, EXPENSIVE, 3)[-1] == 429


def test_only_trusted_proxies_say_who_asks(ask, options):
    options(trusted_proxies=["10.0.0.0/8"])
    forged = [ask(EXPENSIVE, X_Forwarded_For=f"203.0.113.{number}").status_code for number in range(1, 4)]
    assert forged == [200, 200, 429]
    behind = [
        ask(EXPENSIVE, remote="10.0.0.1", X_Forwarded_For=f"203.0.113.{number}, 10.0.0.9").status_code
        for number in range(1, 4)
    ]
    assert behind == [200] * 3
    # What the client itself wrote stands left of what the proxy saw.
    lying = [
        ask(EXPENSIVE, remote="10.0.0.1", X_Forwarded_For=f"127.0.0.1, 203.0.113.{number}, 192.0.2.200").status_code
        for number in range(1, 4)
    ]
    assert lying == [200, 200, 429]


@pytest.mark.parametrize(
    ("forwarded", "remote", "address"),
    [
        ("", "192.0.2.1", "192.0.2.1"),
        ("203.0.113.1", "192.0.2.1", "192.0.2.1"),
        ("203.0.113.1", "127.0.0.1", "203.0.113.1"),
        ("203.0.113.1, 192.0.2.5", "127.0.0.1", "192.0.2.5"),
        ("203.0.113.1, 127.0.0.2", "127.0.0.1", "203.0.113.1"),
        ("nonsense", "127.0.0.1", "127.0.0.1"),
        ("203.0.113.1", "::ffff:127.0.0.1", "203.0.113.1"),
        ("2001:db8::1", "::1", "2001:db8::1"),
        ("203.0.113.1", "", "203.0.113.1"),
        ("", "", "None"),
    ],
)
def test_the_client_is_the_last_whom_no_trusted_proxy_wrote_of(app, forwarded, remote, address):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with app.flask_app.test_request_context("/", headers=headers, environ_base={"REMOTE_ADDR": remote}):
        assert str(limits.client_address()) == address


def test_nobody_is_held_up_while_redis_is_away(ask, monkeypatch):
    def refuse(*args, **values):
        raise RedisError("away")

    monkeypatch.setattr(Redis, "execute_command", refuse)
    assert statuses(ask, EXPENSIVE, 5) == [200] * 5


def test_no_limit_is_no_limit(ask, options):
    options(expensive_per_minute=0)
    assert statuses(ask, EXPENSIVE, 5) == [200] * 5


def test_a_network_that_is_none_is_named(app, options):
    options(trusted_proxies=["10.0.0.x"])
    with pytest.raises(CkanConfigurationException, match="trusted_proxies.*10.0.0.x"):
        limits.prepare(app.flask_app)


def test_a_proxy_that_does_not_say_who_asks_switches_no_limit_off(ask, options, caplog):
    """The default: without X-Forwarded-For whoever comes through a proxy on this machine is this machine."""
    limits._warn_of_proxy.cache_clear()
    option = config_declaration[f"{limits.OPTIONS}unlimited_networks"]
    options(unlimited_networks=option.normalize(option.default))
    machine = f"127.{next(NUMBERS)}.{time.time_ns() % 250}.9"
    assert statuses(ask, EXPENSIVE, 4, remote=machine) == [200, 200, 429, 429]
    told = [record.getMessage() for record in caplog.records if machine in record.getMessage()]
    assert len(told) == 1 and "X-Forwarded-For" in told[0]
    assert ask(EXPENSIVE, remote=machine, X_Forwarded_For="203.0.113.200").status_code == 200


def test_a_proxy_without_an_address_switches_no_limit_off(ask, options):
    """One that comes through a socket of the file system; the minute may have begun with another test."""
    assert statuses(ask, EXPENSIVE, 3, remote="")[-1] == 429
    own = f"198.51.{next(NUMBERS)}.77"
    assert statuses(ask, EXPENSIVE, 3, remote="", X_Forwarded_For=own) == [200, 200, 429]


def test_the_machine_itself_is_unlimited_if_it_is_named(ask):
    """As it is in the configuration of the tests."""
    assert statuses(ask, EXPENSIVE, 4, remote="127.0.0.1") == [200] * 4
