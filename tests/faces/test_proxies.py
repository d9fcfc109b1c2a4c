"""Behind a reverse proxy: the visitor's address counts when the proxy tells it, and nobody else's word for it."""

import ipaddress
from types import SimpleNamespace
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import Client

from config import env
from wenming.faces.kit import proxies
from wenming.faces.public import limits
from wenming.faces.public.models import Tally

NGINX, BALANCER, VISITOR, NEIGHBOUR = "127.0.0.1", "10.20.0.7", "203.0.113.9", "203.0.113.77"
TRUSTED = [ipaddress.ip_network(one) for one in ("127.0.0.1", "::1", "10.20.0.0/24")]


@pytest.fixture(autouse=True)
def _behind_nginx(settings: Any) -> None:
    settings.PROXIES = TRUSTED


def seen(peer: str, forwarded: str | None, **more: str) -> dict[str, Any]:
    """What a view finds in META."""
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": peer, **more} | (
        {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    )
    proxies.ClientAddress(lambda _request: HttpResponse())(request)
    return dict(request.META)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (NGINX, VISITOR, VISITOR),
        (NGINX, f"1.1.1.1, {VISITOR}", VISITOR),  # the first one the visitor has invented
        (NGINX, f"{VISITOR}, {BALANCER}", VISITOR),  # two proxies of ours
        (NGINX, f"1.1.1.1, {VISITOR}, {BALANCER}", VISITOR),
        (NGINX, f"127.0.0.1, {VISITOR}", VISITOR),  # nobody becomes a proxy by saying so
        (NGINX, f"{VISITOR}:51234", VISITOR),
        (NGINX, "[2001:db8::5]:443", "2001:db8::5"),
        (NGINX, "2001:db8::5", "2001:db8::5"),
        (f"::ffff:{NGINX}", VISITOR, VISITOR),
        ("::1", VISITOR, VISITOR),
        (BALANCER, VISITOR, VISITOR),
        (NGINX, "", NGINX),
        (NGINX, None, NGINX),
        (NGINX, "unknown", NGINX),
        (NGINX, f"{VISITOR}, <script>", NGINX),
        (NGINX, f"{VISITOR}, , {BALANCER}", BALANCER),
        (VISITOR, "1.1.1.1", VISITOR),  # came past the proxy
        (VISITOR, NGINX, VISITOR),
        ("", VISITOR, ""),
        ("nonsense", VISITOR, "nonsense"),
    ],
)
def test_address_of_the_visitor(peer: str, forwarded: str | None, address: str) -> None:
    assert seen(peer, forwarded)["REMOTE_ADDR"] == address


def test_headers_of_strangers_are_taken_away() -> None:
    said = {
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_FORWARDED": "for=1.1.1.1",
    }
    assert set(seen(VISITOR, "1.1.1.1", **said)) == {"REMOTE_ADDR"}
    assert seen(NGINX, VISITOR, **said)["HTTP_X_FORWARDED_PROTO"] == "https"


def test_without_proxies_no_header_counts(settings: Any) -> None:
    settings.PROXIES = []
    assert seen(NGINX, VISITOR) == {"REMOTE_ADDR": NGINX}


def test_it_stands_before_everything_else() -> None:
    assert settings.MIDDLEWARE[0] == "wenming.faces.kit.proxies.ClientAddress"


@pytest.mark.parametrize("peer", [NGINX, VISITOR])
def test_https_is_believed_from_the_proxy_only(town: SimpleNamespace, settings: Any, peer: str) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True
    answer = Client(REMOTE_ADDR=peer).get("/public/", headers={"X-Forwarded-Proto": "https"})
    assert answer.status_code == (200 if peer == NGINX else 301)


# --- lock-out and bounds ------------------------------------------------------------------------------------


def wrong(town: SimpleNamespace, forwarded: str, peer: str = NGINX) -> int:
    """A log-in with a wrong password; the status."""
    client = Client(REMOTE_ADDR=peer, headers={"X-Forwarded-For": forwarded})
    return client.post("/log-in/", {"username": town.clerk.phone, "password": "Falsch-2026"}).status_code


def test_five_failures_lock_the_visitor_and_not_the_office(town: SimpleNamespace) -> None:
    for _ in range(5):
        wrong(town, VISITOR)
    assert wrong(town, VISITOR) == 429
    assert AccessAttempt.objects.get().ip_address == VISITOR
    assert wrong(town, NEIGHBOUR) == 200


def test_an_invented_address_does_not_open_the_lock(town: SimpleNamespace) -> None:
    """nginx appends the true address to what the visitor brought; a new invention each time changes nothing."""
    for number in range(5):
        wrong(town, f"198.51.100.{number}, {VISITOR}")
    assert wrong(town, f"198.51.100.99, {VISITOR}") == 429


def test_past_the_proxy_the_header_is_worth_nothing(town: SimpleNamespace) -> None:
    for number in range(5):
        wrong(town, f"198.51.100.{number}", peer=VISITOR)
    assert wrong(town, "198.51.100.99", peer=VISITOR) == 429
    assert AccessAttempt.objects.get().ip_address == VISITOR


def test_nobody_can_lock_out_a_neighbour(town: SimpleNamespace) -> None:
    for _ in range(6):
        wrong(town, NEIGHBOUR, peer=VISITOR)
    assert wrong(town, NEIGHBOUR) == 200


def test_bounds_of_the_public_face_count_visitors(town: SimpleNamespace) -> None:
    for address in (VISITOR, VISITOR, NEIGHBOUR):
        Client(REMOTE_ADDR=NGINX, headers={"X-Forwarded-For": address}).get(
            "/public/follow/", {"code": "ABCDEFGH"}
        )
    counts = Tally.objects.filter(kind=limits.WRONG_CODE).values_list("count", flat=True)
    assert sorted(counts) == [1, 2]


# --- the setting --------------------------------------------------------------------------------------------


def test_networks_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENMING_PROXIES", "127.0.0.1, 10.20.0.0/24 ,::1")
    assert [str(one) for one in env.networks("WENMING_PROXIES")] == [
        "127.0.0.1/32",
        "10.20.0.0/24",
        "::1/128",
    ]
    monkeypatch.delenv("WENMING_PROXIES")
    assert env.networks("WENMING_PROXIES") == []
    assert [str(one) for one in env.networks("WENMING_PROXIES", "127.0.0.1")] == ["127.0.0.1/32"]


@pytest.mark.parametrize("said", ["nginx", "10.20.0.7/24", "300.1.1.1"])
def test_what_is_no_network_stops_the_start_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("WENMING_PROXIES", f"127.0.0.1,{said}")
    with pytest.raises(ImproperlyConfigured, match=said):
        env.networks("WENMING_PROXIES")
