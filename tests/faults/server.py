#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server on loopback that misbehaves as it is asked to, for the tests.

usage: server.py DIR CERTS      (faults.sh starts and stops it)

Every byte that it sends is written out in behaviours.py and http2.py, over raw sockets: no library corrects it.

How a behaviour is asked for
    http://127.0.0.1:PORT/NAME/ARGUMENT/...?OPTION=VALUE&...
The first part of the path is the name of a behaviour, the others are its arguments; options are percent-encoded, and
may be repeated where that makes sense.  Which there are stands with each behaviour.  These options go with every one:

    size=N      bytes of the file that is served (50000)
    version=N   which content it has (1); its entity tag is "vN"
    heal=N      only the first N requests of this URL (GET and HEAD are counted apart) are misbehaved to,
                those after them are answered as /file does.
                A key of its own (key=ANYTHING) makes the URL one of its own, so that nobody else counts in it.
    delay=S     seconds to wait before the answer

Content
    The file of version V has, from its beginning, little-endian words of 32 bits: word k is
    (k * 2654435761 + V * 40503) mod 2^32.  So a test knows each byte, and no piece is like that of another place or
    version.

How to add a behaviour
    A function with @behaviour in behaviours.py, of the name that the URL has (an underscore stands for a hyphen).  It
    gets the peer, to send bytes to or to break with, and the request (path, options, header fields, which request of
    this URL it is).  When it returns, the connection is closed in good order; it returns KEEP to wait for another
    request.

Hosts
    HTTP, HTTPS and H2 are also reached under the names 0.localhost to 255.localhost, which libcurl knows to be this
    machine: to a client each is a server of its own, with connections of its own.

What happens before any request has a port of its own; see listeners() below.  DIR/env says where they are, one
variable each: QMGR_TEST_FAULTS_HTTP, _HTTPS, _H2 and so on.  DIR/requests.log has a line for each request: method,
target, "Range", "If-Range", "Authorization".
"""
import array
import contextlib
import functools
import os
import signal
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse
import warnings

KEEP = "keep"
URLS = {}  # by the names of listeners(): where each is
PATIENCE_S = 60  # for a client to go away
BEHAVIOURS = {}


def behaviour(function):
    """Makes the function a behaviour of its name."""
    BEHAVIOURS[function.__name__.rstrip("_").replace("_", "-")] = function
    return function


@functools.lru_cache(maxsize=64)
def content(size, version):
    """The file."""
    words = array.array("I", ((k * 2654435761 + version * 40503) & 0xFFFFFFFF for k in range((size + 3) // 4)))
    if sys.byteorder != "little":
        words.byteswap()
    return words.tobytes()[:size]


class Gone(Exception):
    """The client is not there any more, or the connection has been ended."""


class Peer:
    """The other end of one connection."""

    def __init__(self, sock):
        self.sock = sock
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.settimeout(PATIENCE_S)
        self.received = b""

    def send(self, data):
        """Sends all of it; Gone if nobody takes it."""
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Gone from error

    def trickle(self, data, pause_s):
        """Sends one byte at a time."""
        for i in range(len(data)):
            self.send(data[i:i + 1])
            time.sleep(pause_s)

    def receive(self):
        """More bytes into self.received; Gone if there are none."""
        try:
            data = self.sock.recv(65536)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        self.received += data

    def take(self, count):
        """The next bytes, so many of them."""
        while len(self.received) < count:
            self.receive()
        data, self.received = self.received[:count], self.received[count:]
        return data

    def take_until(self, end):
        """The next bytes up to and with `end`."""
        while end not in self.received:
            self.receive()
        return self.take(self.received.index(end) + len(end))

    def _raw(self):
        """The TCP socket below, without a word of TLS any more."""
        return socket.socket(fileno=self.sock.detach())

    def cut(self):
        """Ends TCP in good order (FIN), but not TLS (no close_notify)."""
        raw = self._raw()
        with raw, contextlib.suppress(OSError):
            raw.settimeout(PATIENCE_S)
            raw.shutdown(socket.SHUT_WR)
            # A socket closed with bytes unread sends RST, and what had been sent could get lost.
            while raw.recv(65536):
                pass
        raise Gone

    def close(self):
        """Ends all in good order."""
        if isinstance(self.sock, ssl.SSLSocket):
            with contextlib.suppress(OSError, ValueError):
                self.sock.settimeout(0.0)  # close_notify goes out; nobody waits for the other
                self.sock.unwrap()
        self.cut()

    def reset(self):
        """RST."""
        raw = self._raw()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.close()
        raise Gone

    def stall(self):
        """Says nothing until the other end has enough of it."""
        while True:
            self.receive()

    def end(self, how):
        """One of the ways: close, cut, reset, stall."""
        {"close": self.close, "cut": self.cut, "reset": self.reset, "stall": self.stall}[how]()


class Request:
    """What is asked for; method, target and header fields (names in lower case)."""

    counts = {}
    lock = threading.Lock()

    def __init__(self, method, target, fields):
        self.method = method
        self.target = target
        self.fields = fields
        path, _, query = target.partition("?")
        self.name, *self.arguments = [urllib.parse.unquote(part) for part in path[1:].split("/")]
        self.options = urllib.parse.parse_qs(query, keep_blank_values=True, encoding="latin-1")
        with self.lock:
            self.nth = self.counts[method, target] = self.counts.get((method, target), 0) + 1

    def option(self, name, default=None):
        return self.options.get(name, [default])[-1]

    def number(self, name, default):
        return int(self.option(name, default))

    @property
    def version(self):
        return self.number("version", 1)

    @property
    def file(self):
        return content(self.number("size", 50000), self.version)

    @property
    def healed(self):
        return "heal" in self.options and self.nth > self.number("heal", 1)

    @property
    def range(self):
        """(first, last) of the file as asked for, or None."""
        text = self.fields.get("range", "")
        if not text.startswith("bytes=") or "-" not in text:
            return None
        first, last = text[6:].split("-")
        end = len(self.file) - 1
        return (int(first), min(int(last), end) if last else end)

    def behave(self, peer):
        """Does what the name says."""
        time.sleep(float(self.option("delay", 0)))
        name = "file" if self.healed else self.name
        if name not in BEHAVIOURS:
            peer.send(b"HTTP/1.1 404 No such behaviour\r\nContent-Length: 0\r\n\r\n")
            return KEEP
        return BEHAVIOURS[name](peer, self)


def log(request):
    fields = request.fields
    with Request.lock, open("requests.log", "a", encoding="latin-1") as out:
        print(request.method, request.target, *('"%s"' % fields.get(name, "") for name in (
            "range", "if-range", "authorization")), file=out)


def read_request(peer):
    lines = peer.take_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    fields = {}
    for line in lines[1:-2]:
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    request = Request(method, target.rstrip("~"), fields)
    log(request)
    return request


def serve_http(peer):
    while read_request(peer).behave(peer) == KEEP:
        pass
    peer.close()


# ---- listeners ---------------------------------------------------------------------------------------------

def context(certs, name, low=ssl.TLSVersion.TLSv1_2, high=ssl.TLSVersion.TLSv1_3, alpn="http/1.1"):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(os.path.join(certs, name + ".pem"), os.path.join(certs, name + ".key"))
    if low < ssl.TLSVersion.TLSv1_2:
        made.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what is wanted
        made.minimum_version = low
        made.maximum_version = high
    made.set_alpn_protocols([alpn])
    return made


def tls(made, then=serve_http):
    def serve(peer):
        try:
            peer.sock = made.wrap_socket(peer.sock, server_side=True)
        except (OSError, ValueError) as error:
            raise Gone from error
        then(peer)
    return serve


def after_hello(act):
    """Reads the client's first words of TLS, then does something else than answer them."""
    def serve(peer):
        peer.receive()
        act(peer)
        peer.cut()
    return serve


FULL = object()


def at_once(how):
    return lambda peer: peer.end(how)


def listeners(certs):
    """(variable, URL's scheme and host, address, what a connection gets).  None: nobody ever accepts; FULL: nor does the
    system, so that there is no answer to a connect."""
    import http2
    v = ssl.TLSVersion
    local = "127.0.0.1"
    return [
        ("HTTP", "http://127.0.0.1", local, serve_http),
        ("OTHER", "http://localhost", local, serve_http),  # another host's name
        ("HTTPS", "https://localhost", local, tls(context(certs, "names"))),
        ("H2", "https://localhost", local, tls(context(certs, "names", alpn="h2"), http2.serve)),
        ("TLS10", "https://localhost", local, tls(context(certs, "good", v.TLSv1, v.TLSv1))),
        ("TLS11", "https://localhost", local, tls(context(certs, "good", v.TLSv1_1, v.TLSv1_1))),
        ("TLS12", "https://localhost", local, tls(context(certs, "good", v.TLSv1_2, v.TLSv1_2))),
        ("TLS13", "https://localhost", local, tls(context(certs, "good", v.TLSv1_3, v.TLSv1_3))),
        ("SELFSIGNED", "https://localhost", local, tls(context(certs, "selfsigned"))),
        ("WRONGNAME", "https://localhost", local, tls(context(certs, "wrongname"))),
        ("EXPIRED", "https://localhost", local, tls(context(certs, "expired"))),
        ("UNKNOWN", "https://localhost", local, tls(context(certs, "unknown"))),
        ("TLS_HTTP", "http://127.0.0.1", local, tls(context(certs, "good"))),  # TLS where none is expected
        ("PLAIN_HTTPS", "https://localhost", local, after_hello(
            lambda peer: peer.send(b"HTTP/1.1 400 This is no TLS\r\nContent-Length: 0\r\n\r\n"))),
        ("HELLO_CUT", "https://localhost", local, after_hello(Peer.cut)),
        ("HELLO_RESET", "https://localhost", local, after_hello(Peer.reset)),
        ("HELLO_STALL", "https://localhost", local, after_hello(Peer.stall)),
        ("HELLO_GARBAGE", "https://localhost", local, after_hello(lambda peer: peer.send(os.urandom(500)))),
        ("HELLO_ALERT", "https://localhost", local, after_hello(
            lambda peer: peer.send(b"\x15\x03\x03\x00\x02\x02\x28"))),  # fatal, handshake_failure
        ("HELLO_HALF", "https://localhost", local, after_hello(
            lambda peer: peer.send(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03" + b"\x00" * 20))),
        ("ACCEPT_CLOSE", "http://127.0.0.1", local, at_once("close")),
        ("ACCEPT_RESET", "http://127.0.0.1", local, at_once("reset")),
        ("ACCEPT_STALL", "http://127.0.0.1", local, at_once("stall")),
        ("ACCEPT_NEVER", "http://127.0.0.1", local, None),
        ("CONNECT_STALL", "http://127.0.0.1", local, FULL),
        ("IPV6", "http://[::1]", "::1", serve_http),
        ("IPV6_NAME", "http://localhost", "::1", serve_http),  # for a localhost that has both addresses
    ]


def connection(sock, serve):
    peer = Peer(sock)
    with contextlib.suppress(Gone, ssl.SSLError):
        serve(peer)
    peer.sock.close()


def accept(listener, serve):
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=connection, args=(sock, serve), daemon=True).start()


def listen(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.bind((address, 0))
    listener.listen(128)
    return listener


def fill(listener):
    """Linux holds one connection more than it is told to, and drops what comes for others."""
    listener.listen(0)
    waiting = [socket.socket() for _ in range(3)]
    for sock in waiting:
        sock.setblocking(False)
        sock.connect_ex(listener.getsockname())
    return waiting


def main(folder, certs):
    certs = os.path.abspath(certs)
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    rows = []
    for name, host, address, serve in listeners(certs):
        try:
            listener = listen(address)
            rows.append((listener, serve))
            URLS[name] = "%s:%d" % (host, listener.getsockname()[1])
        except OSError as error:
            print("no %s: %s" % (name, error), file=sys.stderr)  # a machine without IPv6
    # The caller goes on when all listen.
    child = os.fork()
    if child:
        with open("pid", "w", encoding="ascii") as out:
            print(child, file=out)
        with open("env", "w", encoding="ascii") as out:
            for name, url in URLS.items():
                print("QMGR_TEST_FAULTS_%s='%s'" % (name, url), file=out)
            print("QMGR_TEST_FAULTS_LOG='%s/requests.log'" % os.getcwd(), file=out)
        return
    os.setsid()
    output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    kept = [fill(listener) for listener, serve in rows if serve is FULL]
    for listener, serve in rows:
        if serve and serve is not FULL:
            threading.Thread(target=accept, args=(listener, serve), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    while kept:
        signal.pause()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.split("\n\n")[1])
    sys.modules["server"] = sys.modules["__main__"]  # behaviours.py imports it under this name
    import behaviours  # noqa: F401  fills BEHAVIOURS
    import resume  # noqa: F401  likewise
    main(sys.argv[1], sys.argv[2])
