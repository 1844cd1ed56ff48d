# SPDX-License-Identifier: MIT
"""HTTP/2 that misbehaves, frame by frame (RFC 9113).

URLs as in server.py, on the port QMGR_TEST_FAULTS_H2, with the names of ANSWERS below.  Two things are different.  Of a
request's fields only :path is read, and only if it comes without Huffman's code, which libraries use where it makes the
text shorter: so a path here ends in as many "~" (which are long in that code) as it has other characters.  And there
are no ranges: /file sends all.  Who has no HTTP/2 gets a 505 of HTTP/1.1 at the first request.

How to add one: a name in ANSWERS, with what is sent; and in ENDS, if the connection is to end then.
"""
import struct

from server import Gone, Request, log, read_request

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 9
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY = 1, 1, 4, 8, 32
CODES = {"no-error": 0, "protocol-error": 1, "internal-error": 2, "flow-control-error": 3, "refused-stream": 7,
         "cancel": 8, "enhance-your-calm": 11, "inadequate-security": 12, "http-1-1-required": 13}
MOST = 16384  # bytes in a frame


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name, value):
    """A field without indexing, both as they are."""
    def text(data):
        data = data.encode("latin-1")
        size = len(data)
        if size < 127:
            return bytes([size]) + data
        size -= 127
        head = [127]
        while size >= 128:
            head.append(size % 128 + 128)
            size //= 128
        return bytes(head + [size]) + data
    return b"\x00" + text(name) + text(value)


def integer(block, at):
    """(value, where it ends) of a length; None in place of the value if Huffman's code follows."""
    first, at = block[at], at + 1
    value, shift = first & 127, 0
    more = value == 127
    while more and at < len(block):
        value += (block[at] & 127) << shift
        more = block[at] & 128
        shift += 7
        at += 1
    return (None if first & 128 else value), at


def path_of(block):
    """The value of :path, which is a literal without indexing, name 4 of the static table."""
    for at in range(len(block) - 2):
        if block[at] == 4:
            size, start = integer(block, at + 1)
            if size and block[start:start + 1] == b"/":
                return block[start:start + size].decode("latin-1")
    raise Gone


class Stream:
    """One request and the pieces of its answer."""

    def __init__(self, request, number):
        self.request = request
        self.number = number
        self.file = request.file
        self.half = self.file[:len(self.file) // 2]
        # Of RST_STREAM and GOAWAY: the path's first argument.
        self.code = (request.arguments or ["no-error"])[0]

    def fields(self, *fields, flags=END_HEADERS):
        return frame(HEADERS, flags, self.number, b"".join(literal(*field) for field in fields))

    def head(self, *more, status="200", size=None):
        return self.fields((":status", status), ("etag", '"v%d"' % self.request.version),
                           ("content-length", str(len(self.file) if size is None else size)), *more)

    def data(self, body, last=True):
        """As many frames as it needs."""
        pieces = [body[i:i + MOST] for i in range(0, len(body), MOST)] or [b""]
        flags = [0] * (len(pieces) - 1) + [END_STREAM if last else 0]
        return b"".join(frame(DATA, flag, self.number, piece) for flag, piece in zip(flags, pieces))

    def whole(self, *more):
        return self.head(*more) + self.data(self.file)

    def begun(self):
        """All but the second half of the body."""
        return self.head() + self.data(self.half, last=False)

    def rst(self):
        return frame(RST_STREAM, 0, self.number, struct.pack(">I", CODES[self.code]))

    def goaway(self, last):
        """last: the number of the last request that is still answered."""
        return frame(GOAWAY, 0, 0, struct.pack(">II", last, CODES[self.code]))

    def many_fields(self):
        block = b"".join(literal("x-more", "and more, and more") for _ in range(500))
        return (self.fields((":status", "200"), flags=0) + frame(CONTINUATION, 0, self.number, block) * 100 +
                frame(CONTINUATION, END_HEADERS, self.number) + self.data(self.file))

    def padded(self):
        pieces = [self.file[i:i + 8000] for i in range(0, len(self.file), 8000)]
        return self.head() + b"".join(
            frame(DATA, PADDED, self.number, b"\x10" + piece + b"\0" * 16) for piece in pieces) + self.data(b"")


NO_LENGTH = (":status", "200")

# What is sent for each name.
ANSWERS = {
    "file": Stream.whole,
    "status": lambda s: s.head(status=s.request.arguments[0], size=5) + s.data(b"wrong"),  # /status/N
    "interim": lambda s: s.fields((":status", "103")) + s.whole(),
    "no-length": lambda s: s.fields(NO_LENGTH) + s.data(s.file),
    "short": lambda s: s.head() + s.data(s.half),  # the stream ends before the length
    "long": lambda s: s.head() + s.data(s.file + b"X" * 100),  # and after it
    "two-lengths": lambda s: s.whole(("content-length", "7")),
    "trailers": lambda s: s.head() + s.data(s.file, last=False) + s.fields(
        ("x-sum", "1"), flags=END_HEADERS | END_STREAM),
    "trailing-length": lambda s: s.head() + s.data(s.file, last=False) + s.fields(
        ("content-length", "7"), flags=END_HEADERS | END_STREAM),
    "padded": Stream.padded,
    # RST_STREAM: /rst/CODE instead of an answer, after the header section, in the middle of the body
    "rst": Stream.rst,
    "rst-head": lambda s: s.head() + s.rst(),
    "rst-body": lambda s: s.begun() + s.rst(),
    "no-length-rst": lambda s: s.fields(NO_LENGTH) + s.data(s.half, last=False) + s.rst(),
    # GOAWAY: /goaway/CODE instead of an answer, in the middle of a body whose end does not come, or does
    "goaway": lambda s: s.goaway(max(s.number - 2, 0)),
    "goaway-body": lambda s: s.begun() + s.goaway(s.number),
    "goaway-finish": lambda s: s.begun() + s.goaway(s.number) + s.data(s.file[len(s.half):]),
    # in the middle of the body; what follows is in ENDS
    "end-body": Stream.begun,
    "no-length-cut": lambda s: s.fields(NO_LENGTH) + s.data(s.half, last=False),
    # against the rules
    "no-status": lambda s: s.fields(("content-length", str(len(s.file)))) + s.data(s.file),
    "upper-case": lambda s: s.whole(("X-Upper", "case")),
    "connection-field": lambda s: s.whole(("connection", "keep-alive")),
    "line-break": lambda s: s.whole(("x-break", "a\r\nContent-Length: 5")),
    "many-fields": Stream.many_fields,
    "data-first": lambda s: s.data(s.file) + s.head(),
    "frame-too-long": lambda s: s.head() + frame(DATA, END_STREAM, s.number, s.file[:MOST + 1000]),
    "garbage": lambda s: b"\xff" * 100,
    "bad-hpack": lambda s: frame(HEADERS, END_HEADERS, s.number, b"\xff" * 7),
    "push": lambda s: frame(PUSH_PROMISE, END_HEADERS, s.number, struct.pack(">I", 2) + literal(":path", "/x")) +
    s.whole(),
    "other-stream": lambda s: Stream(s.request, s.number + 100).whole(),  # answers what was not asked
    # nothing at all
    "close": lambda s: b"",
    "cut": lambda s: b"",
    "reset": lambda s: b"",
    "stall": lambda s: b"",
}

# How the connection ends then; "argument": as the path says, /end-body/HOW.  The others stay.
ENDS = {"goaway": "close", "goaway-body": "close", "end-body": "argument", "no-length-cut": "cut",
        "close": "close", "cut": "cut", "reset": "reset", "stall": "stall"}


def answer(peer, request, number):
    name = "file" if request.healed else request.name
    peer.send(ANSWERS[name](Stream(request, number)))
    if name in ENDS:
        peer.end(request.arguments[0] if ENDS[name] == "argument" else ENDS[name])


def serve(peer):
    if peer.sock.selected_alpn_protocol() != "h2":
        request = read_request(peer)
        if request.nth == 1:
            # Whoever has no HTTP/2 is told so by a status that nothing else here has.
            peer.send(b"HTTP/1.1 505 Only HTTP/2\r\nContent-Length: 0\r\n\r\n")
        else:
            request.behave(peer)  # was told to come back without
        peer.close()
    if peer.take(len(PREFACE)) != PREFACE:
        raise Gone
    peer.send(frame(SETTINGS, 0, 0))
    block = b""
    while True:
        head = peer.take(9)
        size = int.from_bytes(head[:3], "big")
        kind, flags, stream = head[3], head[4], int.from_bytes(head[5:], "big") & 0x7FFFFFFF
        payload = peer.take(size)
        if kind == SETTINGS and not flags & ACK:
            peer.send(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            peer.send(frame(PING, ACK, 0, payload))
        elif kind in (HEADERS, CONTINUATION):
            if kind == HEADERS:
                at = 1 if flags & PADDED else 0
                at += 5 if flags & PRIORITY else 0
                block = payload[at:]
            else:
                block += payload
            if flags & END_HEADERS:
                request = Request("GET", path_of(block).rstrip("~"), {})
                log(request)
                answer(peer, request, stream)
