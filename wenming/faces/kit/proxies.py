"""Behind a reverse proxy: whose request is it? The peer is the proxy, the visitor stands in X-Forwarded-For.

Anybody can write that header. So it counts only when the peer is one of the proxies that the office names
(WENMING_PROXIES), and of the addresses in it only the last one that no proxy of ours has: whatever stands before
it was brought along by the visitor.
"""

import ipaddress
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from wenming.faces.kit.middleware import Answer

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_FORWARDED",
)


class ClientAddress:
    """Puts the visitor's address into REMOTE_ADDR, where lock-out and bounds look for it. Comes first of all.

    From a peer that is no proxy of ours the forwarding headers are taken away: nothing later can believe them.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        peer = parse(request.META.get("REMOTE_ADDR", ""))
        proxies: Sequence[Network] = settings.PROXIES
        if peer is not None and inside(peer, proxies):
            request.META["REMOTE_ADDR"] = str(
                client(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""), proxies)
            )
        else:
            for name in _FORWARDED:
                request.META.pop(name, None)
        return self.answer(request)


def client(peer: Address, forwarded: str, proxies: Sequence[Network]) -> Address:
    """The address nearest to us that is not a proxy of ours; what cannot be read ends the chain."""
    found = peer
    for said in reversed(forwarded.split(",")):
        address = parse(said)
        if address is None:
            break
        found = address
        if not inside(address, proxies):
            break
    return found


def parse(said: str) -> Address | None:
    """An address as proxies write it: with a port, in brackets, or IPv4 in IPv6 clothes; None for anything else."""
    text = said.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def inside(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
