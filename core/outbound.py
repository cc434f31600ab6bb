"""Reading an address of the web that a person has typed: nothing inside our own network can be reached by it.

Only ``https://``, only port 443.  The name is looked up once, every address it stands for must be a public
one, and the connection goes to an address that was checked: a name that answers differently the next time
changes nothing.  No redirect is followed, no proxy asked; size and time are limited in all.
"""

import contextlib
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, urlsplit

PORT = 443
LONGEST_ADDRESS = 2000
MEGABYTE = 1024 * 1024
SECONDS = 10.0
IN_ONE_GO = 65_536
AGENT = "Mentorship/1 (calendar reader)"

# Letters, digits and hyphens, with a dot inside; the last part is a word, as that of no number is.
HOST = re.compile(
    r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})", re.ASCII
)
PRINTABLE = re.compile(r"[\x21-\x7e]+")
# Names that mean this machine or its neighbours, whatever a resolver makes of them.
INSIDE = ("localhost", "local", "internal", "localdomain", "lan", "home", "intranet", "corp", "arpa", "onion")
NAT64 = ipaddress.ip_network("64:ff9b::/96")
UNICAST = ipaddress.ip_network("2000::/3")

Resolver = Callable[[str], Iterable[str]]


class Refused(Exception):
    """We do not go there.  ``code`` says why: "address", "inside"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Failed(Exception):
    """It could not be read.  ``code`` says why: "unreachable", "slow", "moved", "answer", "large"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def look_up(host: str) -> list[str]:
    found = socket.getaddrinfo(host, PORT, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(place[4][0]) for place in found]


def check(url: str) -> SplitResult:
    """The parts of an address that may be read.  Raises ``Refused`` before any name is looked up."""
    if len(url) > LONGEST_ADDRESS or not PRINTABLE.fullmatch(url) or "\\" in url:
        raise Refused("address")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("address") from None
    if parts.scheme != "https" or "@" in parts.netloc or port not in (None, PORT):
        raise Refused("address")
    host = (parts.hostname or "").removesuffix(".")
    if host.rpartition(".")[2] in INSIDE:
        raise Refused("inside")
    if not HOST.fullmatch(host):
        raise Refused("address")
    return parts


def is_public(text: str) -> bool:
    """Whether packets for this address leave for the open internet, also when it is wrapped in another."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id:
            return False
        if carried := _carried(address):
            return is_public(str(carried))
        if address not in UNICAST:
            return False
    return address.is_global and not address.is_multicast


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address of IPv4 where the packets arrive in the end."""
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def read(
    url: str, *, most: int = MEGABYTE, seconds: float = SECONDS, resolve: Resolver | None = None
) -> bytes:
    """What stands at that address, at most ``most`` bytes.  Raises ``Refused`` or ``Failed``."""
    parts = check(url)
    host = str(parts.hostname).removesuffix(".")
    try:
        found = list(dict.fromkeys((resolve or look_up)(host)))
    except (OSError, UnicodeError):
        raise Failed("unreachable") from None
    if not found:
        raise Failed("unreachable")
    if not all(map(is_public, found)):
        raise Refused("inside")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _fetch(Pinned(host, found[0], seconds), path, most, seconds)


class Pinned(HTTPSConnection):
    """A connection to one address that was checked; the certificate must be that of the name."""

    def __init__(self, host: str, address: str, seconds: float) -> None:
        super().__init__(host, PORT, timeout=seconds, context=ssl.create_default_context())
        self.address = address
        self.line: ssl.SSLSocket | None = None

    def connect(self) -> None:
        line = socket.create_connection((self.address, PORT), self.timeout)
        # The greeting comes after the line is known, so that it can be cut as well.
        self.sock = self._context.wrap_socket(line, server_hostname=self.host, do_handshake_on_connect=False)
        # An answer that ends with the line takes it over, and ``sock`` is empty then.
        self.line = self.sock
        self.line.do_handshake()

    def cut(self) -> None:
        """From another thread: whoever waits on the line stops waiting."""
        with contextlib.suppress(OSError):
            if self.line is not None:
                socket.socket.shutdown(self.line, socket.SHUT_RDWR)


def _fetch(connection: Pinned, path: str, most: int, seconds: float) -> bytes:
    late = threading.Event()

    def cut() -> None:
        late.set()
        connection.cut()

    # A server that sends a byte now and then never meets a limit on the single wait.
    watch = threading.Timer(seconds, cut)
    watch.daemon = True
    watch.start()
    try:
        headers = {
            "User-Agent": AGENT,
            "Accept": "text/calendar, text/plain;q=0.5",
            "Accept-Encoding": "identity",
        }
        connection.request("GET", path, headers=headers)
        body = _body(connection.getresponse(), most, late)
    except TimeoutError:
        raise Failed("slow") from None
    except (OSError, HTTPException, ValueError):
        raise Failed("slow" if late.is_set() else "unreachable") from None
    finally:
        watch.cancel()
        connection.close()
    if late.is_set():
        raise Failed("slow")
    return body


def _body(response: HTTPResponse, most: int, late: Any) -> bytes:
    if 300 <= response.status < 400:
        raise Failed("moved")
    if response.status != 200:
        raise Failed("answer")
    body = b""
    while piece := response.read(min(IN_ONE_GO, most + 1 - len(body))):
        body += piece
        if len(body) > most:
            raise Failed("large")
        if late.is_set():
            raise Failed("slow")
    return body
