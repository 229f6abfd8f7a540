"""What the operator decides about the API. Frozen; knows no HTTP."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from pawlette.errors import BadJob

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PORT = 8470


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may ask for. Rates are of a token bucket: so many a second, and so many at once."""

    body: int = 64 * 1024  # bytes
    long_body: int = 512 * 1024  # bytes, at the addresses of `Config.programs`
    path: int = 2048  # bytes, with the query
    headers: int = 16 * 1024  # bytes
    body_seconds: float = 10.0  # until a request's body is there
    pictures: float = 1.0  # a second
    pictures_burst: float = 120.0
    requests: float = 50.0
    requests_burst: float = 400.0
    listeners: int = 256  # event streams open at once
    listeners_of_one: int = 64  # of one owner
    wait_seconds: float = 600.0  # that the Images API waits for its pictures


@dataclass(frozen=True, slots=True)
class Config:
    """`hosts`: names under which the server may be asked for; those of loopback and `host` itself always are."""

    host: str = "127.0.0.1"
    port: int = PORT
    hosts: frozenset[str] = frozenset()
    key_needed: bool = False
    studio_mode: bool = False  # open text, for adults and keys alone
    mark: bool = True  # pictures carry the visible mark
    limits: Limits = Limits()
    # Where programs may post long JSON, whatever they call its type; all below those that end with a stroke.
    programs: frozenset[str] = frozenset()
    sockets: frozenset[str] = frozenset()  # where a websocket may be opened
    pages: tuple[str, ...] = ()  # below these, a page of this server may do the same as programs

    def is_for_programs(self, path: str) -> bool:
        trees = tuple(one for one in self.programs if one.endswith("/"))
        return path in self.programs or path.startswith(trees)

    def most_body(self, path: str) -> int:
        """Bytes that a body may have."""
        is_long = self.is_for_programs(path) or path.startswith(self.pages)
        return self.limits.long_body if is_long else self.limits.body

    @property
    def on_loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def allowed_hosts(self) -> frozenset[str]:
        own = frozenset() if self.host in ("0.0.0.0", "::") else frozenset({self.host.lower()})
        return LOOPBACK | self.hosts | own

    def check(self, *, has_keys: bool) -> None:
        """Raise BadJob where the server would be open to a network without a key."""
        if not self.on_loopback and not has_keys:
            raise BadJob(
                f"{self.host} can be reached from other machines, so a key is needed: make one with "
                f"`pawlette keys new NAME`, or serve on 127.0.0.1"
            )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host.lower() in LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_name(header: str) -> str | None:
    """The name in a Host header or an Origin's authority, without its port; None where it is no such thing."""
    if not header.isascii() or not 0 < len(header) <= 255:
        return None
    if header.startswith("["):
        name, bracket, port = header[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            return None
        port = port[1:]
        try:
            ipaddress.IPv6Address(name)
        except ValueError:
            return None
    else:
        name, _, port = header.partition(":")
        if not name or not all(part and set(part) <= NAME_CHARACTERS for part in name.rstrip(".").split(".")):
            return None
    if port and not (port.isdigit() and int(port) < 65536):
        return None
    return name.rstrip(".").lower()


NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
