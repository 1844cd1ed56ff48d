# SPDX-License-Identifier: MIT
"""HTTP/2 that misbehaves, frame by frame (RFC 9113).

URLs as in server.py, on the port QMGR_TEST_FAULTS_H2, with two differences.  Of a request's fields only :path is read, and
only if it comes without Huffman's code, which libraries use where it makes the text shorter: so a path here ends in as many
"~" (which are long in that code) as it has other characters.  And there are no ranges: /file sends all.
"""
import struct

from server import Gone, Request, log, read_request

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4
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


def headers(request, stream, status="200", length=None, flags=END_HEADERS, more=()):
    size = len(request.file) if length is None else length
    block = b"".join(literal(*field) for field in [
        (":status", status), ("etag", '"v%d"' % request.version), ("content-length", str(size)), *more])
    return frame(HEADERS, flags, stream, block)


def data(stream, body, last=True):
    """As many frames as it needs."""
    pieces = [body[i:i + MOST] for i in range(0, len(body), MOST)] or [b""]
    frames = [frame(DATA, 0, stream, piece) for piece in pieces[:-1]]
    return b"".join(frames) + frame(DATA, END_STREAM if last else 0, stream, pieces[-1])


def goaway(last, code):
    return frame(GOAWAY, 0, 0, struct.pack(">II", last, CODES[code]))


def rst(stream, code):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", CODES[code]))


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


def answer(peer, request, stream):
    """What the path asks for; how the names are to be read stands beside each."""
    name, *arguments = request.arguments if request.name == "h2" else [request.name, *request.arguments]
    body = request.file
    half = body[:len(body) // 2]
    whole = headers(request, stream) + data(stream, body)
    code = arguments[0] if arguments and arguments[0] in CODES else "no-error"
    begun = headers(request, stream) + data(stream, half, last=False)
    if request.healed or name == "file":
        peer.send(whole)
    elif name == "status":  # /status/N
        peer.send(headers(request, stream, arguments[0], 5) + data(stream, b"wrong"))
    elif name == "rst":  # /rst/CODE: instead of an answer
        peer.send(rst(stream, code))
    elif name == "rst-head":  # after the header section
        peer.send(headers(request, stream) + rst(stream, code))
    elif name == "rst-body":  # in the middle of the body
        peer.send(begun + rst(stream, code))
    elif name == "goaway":  # /goaway/CODE: instead of an answer, which will not come
        peer.send(goaway(stream - 2 if stream > 1 else 0, code))
        peer.close()
    elif name == "goaway-body":  # in the middle of the body, whose end does not come
        peer.send(begun + goaway(stream, code))
        peer.close()
    elif name == "goaway-finish":  # in the middle of the body, whose end does come
        peer.send(begun + goaway(stream, code) + data(stream, body[len(half):]))
    elif name in ("close", "cut", "reset", "stall"):  # instead of an answer
        peer.end(name)
    elif name == "end-body":  # /end-body/HOW: in the middle of the body
        peer.send(begun)
        peer.end(arguments[0])
    elif name == "short":  # the stream ends before the length
        peer.send(headers(request, stream) + data(stream, half))
    elif name == "long":  # and after it
        peer.send(headers(request, stream) + data(stream, body + b"X" * 100))
    elif name == "no-length":
        peer.send(frame(HEADERS, END_HEADERS, stream, literal(":status", "200")) + data(stream, body))
    elif name == "no-length-rst":
        peer.send(frame(HEADERS, END_HEADERS, stream, literal(":status", "200")) + data(stream, half, last=False) +
                  rst(stream, code))
    elif name == "no-length-cut":
        peer.send(frame(HEADERS, END_HEADERS, stream, literal(":status", "200")) + data(stream, half, last=False))
        peer.cut()
    elif name == "no-status":
        peer.send(frame(HEADERS, END_HEADERS, stream, literal("content-length", str(len(body)))) + data(stream, body))
    elif name == "upper-case":
        peer.send(headers(request, stream, more=[("X-Upper", "case")]) + data(stream, body))
    elif name == "connection-field":
        peer.send(headers(request, stream, more=[("connection", "keep-alive")]) + data(stream, body))
    elif name == "line-break":  # in a value
        peer.send(headers(request, stream, more=[("x-break", "a\r\nContent-Length: 5")]) + data(stream, body))
    elif name == "two-lengths":
        peer.send(headers(request, stream, more=[("content-length", "7")]) + data(stream, body))
    elif name == "many-fields":
        block = b"".join(literal("x-more", "and more, and more") for _ in range(500))
        peer.send(frame(HEADERS, 0, stream, literal(":status", "200")) +
                  b"".join(frame(CONTINUATION, 0, stream, block) for _ in range(100)) +
                  frame(CONTINUATION, END_HEADERS, stream) + data(stream, body))
    elif name == "data-first":
        peer.send(data(stream, body) + headers(request, stream))
    elif name == "garbage":
        peer.send(b"\xff" * 100)
    elif name == "frame-too-long":
        peer.send(headers(request, stream) + frame(DATA, END_STREAM, stream, body[:MOST + 1000]))
    elif name == "bad-hpack":
        peer.send(frame(HEADERS, END_HEADERS, stream, b"\xff\xff\xff\xff\xff\xff\xff"))
    elif name == "push":
        peer.send(frame(PUSH_PROMISE, END_HEADERS, stream, struct.pack(">I", 2) + literal(":path", "/x")) + whole)
    elif name == "other-stream":  # the answer to a question that was not asked
        peer.send(headers(request, stream + 100) + data(stream + 100, body))
    elif name == "interim":
        peer.send(frame(HEADERS, END_HEADERS, stream, literal(":status", "103")) + whole)
    elif name == "trailers":
        peer.send(headers(request, stream) + data(stream, body, last=False) +
                  frame(HEADERS, END_HEADERS | END_STREAM, stream, literal(
                      "content-length" if request.option("length") else "x-sum", "7")))
    elif name == "padded":
        peer.send(headers(request, stream) + b"".join(
            frame(DATA, 8, stream, b"\x10" + body[i:i + 8000] + b"\0" * 16) for i in range(0, len(body), 8000)) +
            frame(DATA, END_STREAM, stream))
    else:
        peer.send(headers(request, stream, "404", 0, END_HEADERS | END_STREAM))


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
                at = 1 if flags & 8 else 0       # padded
                at += 5 if flags & 32 else 0     # with priority
                block = payload[at:]
            else:
                block += payload
            if flags & END_HEADERS:
                request = Request("GET", path_of(block).rstrip("~"), {})
                log(request)
                answer(peer, request, stream)
