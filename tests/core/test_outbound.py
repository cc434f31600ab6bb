"""Whatever address somebody types, nothing inside our own network hears of it."""

import http.server
import ipaddress
import itertools
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core import outbound
from core.outbound import Failed, Refused

# What is inside

INSIDE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "127.0.0.1", "127.1.2.3", "169.254.169.254",
    "169.254.0.1", "172.16.0.1", "172.31.255.254", "192.0.0.1", "192.0.2.7", "192.168.0.1", "192.168.255.255",
    "198.18.0.1", "198.51.100.4", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "100.100.100.200",
]  # fmt: skip
INSIDE_6 = [
    "::", "::1", "::2", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "100::1",
    "2001:db8::1", "2001::1", "64:ff9b:1::1", "::7f00:1", "::127.0.0.1", "not an address", "",
]  # fmt: skip
OUTSIDE = ["1.1.1.1", "93.184.216.34", "2606:2800:220:1::1", "::ffff:1.1.1.1", "64:ff9b::101:101"]


def wrapped(address):
    """The same place of IPv4, as IPv6 has it in its several ways."""
    number = int(ipaddress.IPv4Address(address))
    high, low = number >> 16, number & 0xFFFF
    return [
        f"::ffff:{address}", f"::ffff:{high:x}:{low:x}", f"64:ff9b::{high:x}:{low:x}", f"2002:{high:x}:{low:x}::1",
        f"::{high:x}:{low:x}",
    ]  # fmt: skip


@pytest.mark.parametrize("address", [*INSIDE, *INSIDE_6, *itertools.chain(*map(wrapped, INSIDE))])
def test_an_address_inside_is_known_as_such_however_it_is_wrapped(address):
    assert outbound.is_public(address) is False


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_outside_is_public(address):
    assert outbound.is_public(address) is True


# Which addresses are read at all


def spellings(address):
    """The same place, as lenient readers take it."""
    a, b, c, d = (int(part) for part in address.split("."))
    number = int(ipaddress.IPv4Address(address))
    return [
        address, str(number), hex(number), oct(number).replace("o", ""), f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{c * 256 + d}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        f"[::ffff:{address}]", f"{address}.", f"0x{number:08x}",
    ]  # fmt: skip


SCHEMES = [
    "http",
    "ftp",
    "file",
    "gopher",
    "dict",
    "ldap",
    "webcal",
    "javascript",
    "data",
    "HTTP",
    "",
    "httpss",
]
ODD = [
    "https://", "https:///x", "https:x", "//example.org/x", "example.org", "", " https://example.org/",
    "https://example.org /", "https://exam ple.org/", "https://example.org\\@127.0.0.1/", "https://user@example.org/",
    "https://user:secret@example.org/", "https://example.org:80/", "https://example.org:22/", "https://example.org:6379/",
    "https://example.org:65536/", "https://example.org:x/", "https://example.org:0/", "https://example.org:-1/",
    "https://127.0.0.1#@example.org/", "https://127.0.0.1\\.example.org/",
    "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://a.localhost/", "https://printer.local/",
    "https://metadata.google.internal/", "https://db.internal/", "https://router.lan/", "https://x.home.arpa/",
    "https://redis/", "https://intranet/", "https://web.corp/", "https://[::1]/", "https://[::]/", "https://[fe80::1%25eth0]/",
    "https://[fd00:ec2::254]/latest/", "https://[0:0:0:0:0:ffff:7f00:1]/", "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/",
    "https://ｌｏｃａｌｈｏｓｔ/", "https://lоcalhost.example.org/", "https://example.org/\r\nHost: inside", "https://example.org/\nx",
    "https://example.org/\x00", "https://example.org\t/", "https://-example.org/", "https://exa_mple.org/",
    "https://example..org/", "https://.example.org/", "https://%31%32%37.0.0.1/", "https://127.0.0.1%2f@example.org/",
    "https://[example.org]/", "https://[::1/", "https://example.org:443:80/", "https://0/", "https://1/", "https://a.1/",
    f"https://example.org/{'x' * 2000}", f"https://{'x' * 64}.example.org/", f"https://{'x.' * 130}org/",
    "https://@127.0.0.1/", "https://example.org@/", "https://:443/",
]  # fmt: skip
SHAPES = [
    *(f"https://{host}/calendar.ics" for address in INSIDE for host in spellings(address)),
    *(f"{scheme}://calendar.example.org/x.ics" for scheme in SCHEMES),
    *ODD,
]


def nobody(host):
    raise AssertionError(f"{host} was looked up")


def test_there_are_some_hundred_shapes():
    assert len(SHAPES) > 300


@pytest.mark.parametrize("url", SHAPES)
def test_an_address_of_a_forbidden_shape_is_not_even_looked_up(url):
    with pytest.raises(Refused):
        outbound.read(url, resolve=nobody)


@pytest.mark.parametrize(
    "url",
    [
        "https://calendar.example.org/private-abc/basic.ics",
        "https://calendar.example.org:443/x?y=z",
        "HTTPS://Calendar.Example.ORG./x",
        "https://xn--bcher-kva.example.org/",
    ],
)
def test_an_ordinary_address_may_be_read(url):
    assert outbound.check(url).hostname


# Names


@pytest.mark.parametrize("found", [*INSIDE, *INSIDE_6])
def test_a_name_that_leads_inside_is_refused_and_nothing_is_sent(found, no_line):
    with pytest.raises(Refused) as refusal:
        outbound.read("https://calendar.example.org/", resolve=lambda host: [found])

    assert refusal.value.code == "inside"
    assert no_line == []


def test_one_address_inside_among_several_is_enough_to_refuse(no_line):
    with pytest.raises(Refused):
        outbound.read(
            "https://calendar.example.org/", resolve=lambda host: ["1.1.1.1", "10.0.0.1", "9.9.9.9"]
        )

    assert no_line == []


def test_a_name_that_changes_its_mind_is_asked_once_and_the_line_goes_to_what_was_checked(no_line):
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])

    with pytest.raises(Failed):
        outbound.read("https://rebinding.example.org/", resolve=lambda host: next(answers))

    assert no_line == [("93.184.216.34", 443)]
    assert next(answers) == ["127.0.0.1"]


def test_a_name_that_nobody_knows_is_unreachable(no_line):
    def unknown(host):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    for resolve in (unknown, lambda host: []):
        with pytest.raises(Failed) as failure:
            outbound.read("https://nowhere.example.org/", resolve=resolve)
        assert failure.value.code == "unreachable"


@pytest.fixture
def no_line(monkeypatch):
    """Where a line was tried to; none comes about."""
    tried = []

    def refuse(address, *args, **kwargs):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    return tried


# A real server behind a public address: the line to it is led to this machine, the rest is as it is outside.

HOST, PUBLIC = "calendar.example.org", "93.184.216.34"


class Pages(http.server.BaseHTTPRequestHandler):
    asked: list[tuple[str, str]] = []

    def do_GET(self):
        self.asked.append((self.path, self.headers["Host"]))
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", "https://127.0.0.1/inside")
            self.end_headers()
            return
        if self.path.startswith("/gone"):
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        try:
            if self.path.startswith("/endless"):
                while True:
                    self.wfile.write(b"x" * 65_536)
            if self.path.startswith("/dripping"):
                while True:
                    self.wfile.write(b"x")
                    time.sleep(0.05)
        except OSError:
            return
        self.wfile.write(b"BEGIN:VCALENDAR")

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=3650))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def server(certificate, monkeypatch):
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    running.daemon_threads = True
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    running.socket = tls.wrap_socket(running.socket, server_side=True)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    Pages.asked.clear()
    real, default = socket.create_connection, ssl.create_default_context

    def led_here(address, *args, **kwargs):
        assert address == (PUBLIC, 443)
        return real(running.server_address, *args, **kwargs)

    monkeypatch.setattr(socket, "create_connection", led_here)
    monkeypatch.setattr(ssl, "create_default_context", lambda: default(cafile=str(certificate)))
    yield Pages.asked
    running.shutdown()
    running.server_close()


def read(path, host=HOST, **how):
    return outbound.read(f"https://{host}{path}", resolve=lambda name: [PUBLIC], **how)


def test_what_stands_there_is_read(server):
    assert read("/calendar.ics?token=x") == b"BEGIN:VCALENDAR"
    assert server == [("/calendar.ics?token=x", HOST)]


@pytest.mark.parametrize(("path", "code"), [("/moved", "moved"), ("/gone", "answer"), ("/endless", "large")])
def test_no_redirect_is_followed_and_nothing_large_is_read(server, path, code):
    with pytest.raises(Failed) as failure:
        read(path, most=200_000)

    assert failure.value.code == code
    assert [asked for asked, _host in server] == [path]


def test_a_server_that_drips_is_left_when_the_time_is_over(server):
    began = time.monotonic()

    with pytest.raises(Failed) as failure:
        read("/dripping", seconds=0.6)

    assert failure.value.code == "slow"
    assert time.monotonic() - began < 30


def test_a_certificate_of_another_name_is_not_taken(server):
    with pytest.raises(Failed) as failure:
        read("/calendar.ics", host="other.example.org")

    assert failure.value.code == "unreachable"
    assert server == []


def test_no_proxy_of_the_environment_is_asked(server, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert read("/calendar.ics") == b"BEGIN:VCALENDAR"
