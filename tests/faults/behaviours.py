# SPDX-License-Identifier: MIT
"""What the server can be asked to do in HTTP/1; see server.py for the form of the URLs."""
import email.utils
import gzip
import time

from server import KEEP, URLS, behaviour

MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT"


def text(*lines):
    """These lines (those that are not empty) and the empty one."""
    return "".join(line + "\r\n" for line in lines if line).encode("latin-1") + b"\r\n"


def proofs(request, etag=None):
    """The fields by which a version is told."""
    return ["ETag: " + (etag or '"v%d"' % request.version), "Last-Modified: " + MODIFIED,
            "Date: " + email.utils.formatdate(time.time(), usegmt=True)]


def part(request, first, last, total=None, shown=None, etag=None):
    """Header section of a 206."""
    shown_first, shown_last = shown or (first, last)
    return text("HTTP/1.1 206 Part", *proofs(request, etag), "Content-Length: %d" % (last - first + 1),
                "Content-Range: bytes %d-%d/%s" % (shown_first, shown_last, total or len(request.file)))


def whole(request, *fields, status="HTTP/1.1 200 OK"):
    """Header section of a 200."""
    return text(status, *proofs(request), "Content-Length: %d" % len(request.file), *fields)


@behaviour
def file(peer, request):
    """As a good server: with ranges, If-Range and HEAD."""
    data = request.file
    asked = request.range
    if asked and request.fields.get("if-range", '"v%d"' % request.version) not in (
            '"v%d"' % request.version, MODIFIED):
        asked = None
    if asked and asked[0] >= len(data):
        peer.send(text("HTTP/1.1 416 No", "Content-Range: bytes */%d" % len(data), "Content-Length: 0"))
        return KEEP
    if asked:
        peer.send(part(request, *asked))
        data = data[asked[0]:asked[1] + 1]
    else:
        peer.send(whole(request, "Accept-Ranges: bytes"))
    if request.method != "HEAD":
        peer.send(data)
    return KEEP


# ---- answers of one's own ----------------------------------------------------------------------------------

@behaviour
def answer(peer, request):
    """An answer with anything wrong that options can say:

        status=TEXT    status line ("HTTP/1.1 200 OK")
        length=TEXT    value of Content-Length, as it is; repeated: several fields; "none": none (else the true one)
        field=TEXT     one more field, as it is; may be repeated
        proofs=no      without ETag, Last-Modified and Date
        etag=TEXT      value of ETag
        send=N         bytes of the file that are sent (all)
        extra=N        further bytes behind them
        end=HOW        then: keep, close (the default), cut, reset, stall
    """
    data = request.file
    lengths = request.options.get("length", [str(len(data))])
    peer.send(text(
        request.option("status", "HTTP/1.1 200 OK"),
        *([] if request.option("proofs") else proofs(request, request.option("etag"))),
        *("Content-Length: " + length for length in lengths if length != "none"),
        *request.options.get("field", [])))
    peer.send(data[:request.number("send", len(data))] + b"X" * request.number("extra", 0))
    how = request.option("end", "close")
    if how == "keep":
        return KEEP
    peer.end(how)


@behaviour
def status(peer, request):
    """/status/N: this status with a short text.  field=TEXT as in /answer.  In the place of N, any word will do."""
    number = request.arguments[0]
    body = b"" if number in ("204", "205", "304") else b"This is not the file.\n"
    length = "" if number in ("204", "304") else "Content-Length: %d" % len(body)
    peer.send(text("HTTP/1.1 %s No" % number, length, *request.options.get("field", [])) + body)
    return KEEP


@behaviour
def interim(peer, request):
    """/interim/N: N comes before the answer of /file; times=N: so often (1); then=HOW: that is all, as in /end."""
    for _ in range(request.number("times", 1)):
        peer.send(text("HTTP/1.1 %s Wait" % request.arguments[0], "Link: </style.css>; rel=preload"))
    if request.option("then"):
        peer.end(request.option("then"))
    return file(peer, request)


# ---- breaking off ------------------------------------------------------------------------------------------

@behaviour
def end(peer, request):
    """/end/HOW/STAGE: HOW is close, cut, reset, stall; STAGE is request (that was read, nothing is answered), status
    (in the middle of the status line), fields (in the middle of the header section), head (at its end), body (in the
    middle of the body), last (all of the body but one byte).  after=N: with body, after N bytes of it."""
    how, stage = request.arguments
    head = whole(request)
    size = len(request.file)
    count = {"request": 0, "status": 8, "fields": len(head) // 2, "head": len(head),
             "body": len(head) + request.number("after", size // 2), "last": len(head) + size - 1}[stage]
    peer.send((head + request.file)[:count])
    peer.end(how)


# ---- ranges ------------------------------------------------------------------------------------------------

@behaviour
def range_(peer, request):
    """/range/KIND: how a request for a part is answered; without Range as /file."""
    kind = request.arguments[0]
    if not request.range:
        return file(peer, request)
    first, last = request.range
    data = request.file
    total = len(data)
    if kind == "ignored":
        peer.send(whole(request) + data)
    elif kind == "earlier":  # begins before what was asked for
        peer.send(part(request, first - 100, last) + data[first - 100:])
    elif kind == "later":
        peer.send(part(request, first + 100, last) + data[first + 100:])
    elif kind == "from-start":
        peer.send(part(request, 0, last) + data)
    elif kind == "short":  # a part of the part
        peer.send(part(request, first, (first + last) // 2) + data[first:(first + last) // 2 + 1])
    elif kind == "too-long":  # more bytes than the range has
        peer.send(part(request, first, last) + data[first:] + b"X" * 100)
    elif kind == "beyond":  # the range ends behind the total
        peer.send(part(request, first, last + 100, shown=(first, last + 100)) + data[first:] + b"X" * 100)
    elif kind == "length-differs":  # from the range's
        peer.send(part(request, first, last - 10, shown=(first, last)) + data[first:last - 9])
    elif kind == "other-total":
        peer.send(part(request, first, last, total=total + 1) + data[first:])
    elif kind == "unknown-total":
        peer.send(part(request, first, last, total="*") + data[first:])
    elif kind == "no-range":
        peer.send(text("HTTP/1.1 206 Part", *proofs(request), "Content-Length: %d" % (total - first)) + data[first:])
    elif kind == "garbage-range":
        peer.send(text("HTTP/1.1 206 Part", *proofs(request), "Content-Length: %d" % (total - first),
                       "Content-Range: bytes all/of-it") + data[first:])
    elif kind == "two-ranges":
        peer.send(text("HTTP/1.1 206 Part", *proofs(request), "Content-Length: %d" % (total - first),
                       "Content-Range: bytes %d-%d/%d" % (first, last, total),
                       "Content-Range: bytes %d-%d/%d" % (first + 1, last, total)) + data[first:])
    elif kind == "multipart":
        body = (b"\r\n--frontier\r\n" + text("Content-Type: application/octet-stream",
                                               "Content-Range: bytes %d-%d/%d" % (first, last, total)) +
                data[first:] + b"\r\n--frontier--\r\n")
        peer.send(text("HTTP/1.1 206 Part", *proofs(request), "Content-Length: %d" % len(body),
                       "Content-Type: multipart/byteranges; boundary=frontier") + body)
    elif kind in ("other-etag", "weak-etag", "no-etag"):
        etag = {"other-etag": '"other"', "weak-etag": 'W/"v%d"' % request.version, "no-etag": "none"}[kind]
        peer.send(part(request, first, last, etag=etag) + data[first:])
    elif kind == "416":
        peer.send(text("HTTP/1.1 416 No", "Content-Length: 0"))
    elif kind == "416-total":
        peer.send(text("HTTP/1.1 416 No", "Content-Range: bytes */%d" % total, "Content-Length: 0"))
    elif kind == "412":
        peer.send(text("HTTP/1.1 412 No", "Content-Length: 0"))
    else:
        raise ValueError(kind)


@behaviour
def part_unasked(peer, request):
    """206 for a request without Range."""
    size = len(request.file)
    peer.send(part(request, 0, size // 2, total=size) + request.file[:size // 2 + 1])
    return KEEP


@behaviour
def changing(peer, request):
    """Each request finds another version (1, 2, and so on); those for a part are refused.  breaks=N: the first N bodies
    break off in the middle.  grows=N: each version is that much longer."""
    request.options["version"] = [str(request.nth)]
    request.options["size"] = [str(request.number("size", 50000) + (request.nth - 1) * request.number("grows", 0))]
    data = request.file
    peer.send(whole(request))
    if request.nth <= request.number("breaks", 0):
        peer.send(data[:len(data) // 2])
        peer.cut()
    peer.send(data)


# ---- chunks ------------------------------------------------------------------------------------------------

@behaviour
def chunked(peer, request):
    """/chunked/KIND: good, or the first chunk is right and then something is not."""
    kind = request.arguments[0]
    data = request.file
    half = len(data) // 2

    def chunk(piece, size=None, extension="", end="\r\n"):
        return ("%s%s\r\n" % (size or "%X" % len(piece), extension)).encode("latin-1") + piece + end.encode()

    first, rest = chunk(data[:half]), chunk(data[half:])
    last = b"0\r\n\r\n"
    bodies = {
        "good": first + rest + last,
        "extensions": chunk(data[:half], extension=';name=value;other="quoted"') + rest + b"0;end\r\n\r\n",
        "trailers": first + rest + b"0\r\nX-Sum: 1\r\nContent-Length: 7\r\nETag: \"trailer\"\r\n\r\n",
        "zeros-before": chunk(data[:half], size="0000%X" % half) + rest + last,
        "bad-size": first + chunk(data[half:], size="xyz") + last,
        "negative-size": first + chunk(data[half:], size="-%X" % half) + last,
        "huge-size": first + chunk(data[half:], size="F" * 17) + last,
        "endless-size": first + b"0" * 100000,
        "no-size": first + chunk(data[half:], size=" ") + last,
        "missing-last": first + rest,
        "missing-end": first + rest + b"0\r\n",
        "cut": first + rest[:half // 2],
        "longer-than-size": chunk(data[:half] + b"XXXX", size="%X" % half) + rest + last,
        "bytes-after": first + rest + last + b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nX",
        "endless-trailers": first + rest + b"0\r\n" + b"X-More: and more\r\n" * 60000 + b"\r\n",
        "twice": first + rest + last,
        "not-last": data,
        "not-chunked": data,
    }
    coding = {"twice": "chunked, chunked", "not-last": "chunked, gzip"}.get(kind, "chunked")
    fields = ["Transfer-Encoding: " + coding]
    if request.option("length"):
        fields.append("Content-Length: " + request.option("length"))
    peer.send(text("HTTP/1.1 200 OK", *proofs(request), *fields) + bodies[kind])


# ---- header sections ---------------------------------------------------------------------------------------

@behaviour
def fields(peer, request):
    """/fields/KIND: a header section that is odd; the rest of the answer is right."""
    kind = request.arguments[0]
    good = whole(request)
    line, rest = good.split(b"\r\n", 1)
    heads = {
        "megabyte": line + b"\r\n" + b"X-More: and more, and more\r\n" * 40000 + rest,
        "many": line + b"\r\n" + b"X-More: and more, and more\r\n" * 2000 + rest,
        "long-line": line + b"\r\nX-Long: " + b"a" * 50000 + b"\r\n" + rest,
        "huge-line": line + b"\r\nX-Long: " + b"a" * 1000000 + b"\r\n" + rest,
        "endless-status": line + b" OK" * 100000 + b"\r\n" + rest,
        "nul": line + b"\r\nX-Nul: a\0b\r\n" + rest,
        "nul-name": line + b"\r\nX\0Nul: a\r\n" + rest,
        "binary": line + b"\r\nX-Binary: " + bytes(range(128, 256)) + b"\x01\x02\x7f\r\n" + rest,
        "no-colon": line + b"\r\nThis is not a field\r\n" + rest,
        "empty-name": line + b"\r\n: value\r\n" + rest,
        "blank-before-colon": line + b"\r\nX-Blank : value\r\n" + rest,
        "length-blank-before-colon": line + b"\r\nContent-Length : 7\r\n" + rest.replace(b"Content-L", b"X-L"),
        "folded": line + b"\r\nX-Folded: a\r\n  b\r\n\tc\r\n" + rest,
        "folded-length": good.replace(b"Content-Length: ", b"Content-Length:\r\n "),
        "folded-first": line + b"\r\n folded\r\n" + rest,
        "only-lf": good.replace(b"\r\n", b"\n"),
        "bare-cr": line + b"\r\nX-Cr: a\rContent-Length: 7\r\n" + rest,
        "cr-cr-lf": good.replace(b"\r\n", b"\r\r\n"),
        "blank-line-first": b"\r\n" + good,
        "lower-case": line + b"\r\n" + rest.replace(b"Content-Length", b"content-length").replace(b"ETag", b"etag"),
        "no-reason": good.replace(b"200 OK", b"200"),
        "no-end": good[:-2],
        "old": b"",
        "spoilt-status": good.replace(b"HTTP/1.1 200", b"HTTP/1.1 2x0"),
        "no-status": good.replace(b"HTTP/1.1 200 OK", b"HTTP/1.1"),
        "four-digits": good.replace(b" 200 ", b" 2000 "),
        "two-digits": good.replace(b" 200 ", b" 99 "),
        "http-2-0": good.replace(b"HTTP/1.1", b"HTTP/2.0"),
        "http-3": good.replace(b"HTTP/1.1", b"HTTP/3"),
        "http-7-7": good.replace(b"HTTP/1.1", b"HTTP/7.7"),
        "icy": good.replace(b"HTTP/1.1", b"ICY"),
        "smtp": b"220 smtp.example.com ESMTP\r\n",
        "status-twice": line + b"\r\n" + good,
    }
    head = heads[kind]
    peer.send(head + (b"" if kind == "smtp" else request.file))


@behaviour
def slow_fields(peer, request):
    """The header section comes one byte at a time, within about a second."""
    head = whole(request)
    peer.trickle(head, 1.0 / len(head))
    peer.send(request.file)


# ---- redirects and credentials -----------------------------------------------------------------------------

@behaviour
def redirect(peer, request):
    """/redirect/N: status N; location=TEXT: as it is, may be left out or repeated; in it, {OTHER} becomes where
    QMGR_TEST_FAULTS_OTHER says, and so on."""
    peer.send(text("HTTP/1.1 %s Elsewhere" % request.arguments[0],
                   *("Location: " + to.format(**URLS) for to in request.options.get("location", [])),
                   "Content-Length: 0"))
    return KEEP


@behaviour
def hops(peer, request):
    """/hops/N: N redirects, then the file; /hops/loop: always to itself."""
    left = request.arguments[0]
    if left == "0":
        return file(peer, request)
    to = request.target if left == "loop" else request.target.replace("/hops/" + left, "/hops/%d" % (int(left) - 1), 1)
    peer.send(text("HTTP/1.1 302 Elsewhere", "Location: " + to, "Content-Length: 0"))
    return KEEP


@behaviour
def redirect_huge(peer, request):
    """A Location of size=N bytes."""
    peer.send(text("HTTP/1.1 302 Elsewhere", "Location: /file?" + "x" * request.number("size", 50000),
                   "Content-Length: 0"))
    return KEEP


@behaviour
def login(peer, request):
    """The file for user "user" with password "secret" (Basic)."""
    if request.fields.get("authorization") == "Basic dXNlcjpzZWNyZXQ=":
        return file(peer, request)
    peer.send(text("HTTP/1.1 401 Who", 'WWW-Authenticate: Basic realm="test"', "Content-Length: 0"))
    return KEEP


@behaviour
def no_login(peer, request):
    """The file for who tells no secrets, also if asked (then 401 is the answer that asks); 406 for who does."""
    if "authorization" in request.fields:
        peer.send(text("HTTP/1.1 406 You should not have told me", "Content-Length: 0"))
        return KEEP
    if request.option("asks"):
        peer.send(text("HTTP/1.1 401 Who", 'WWW-Authenticate: Basic realm="test"', "Content-Length: 0"))
        return KEEP
    return file(peer, request)


# ---- connections -------------------------------------------------------------------------------------------

@behaviour
def keep_alive_lie(peer, request):
    """/keep-alive-lie/HOW: a redirect to the file on a connection that is said to stay, and that ends HOW with the
    next request that comes on it."""
    peer.send(text("HTTP/1.1 302 Elsewhere", "Location: /file?" + request.target.partition("?")[2],
                   "Connection: keep-alive", "Content-Length: 0"))
    peer.take_until(b"\r\n\r\n")
    peer.end(request.arguments[0])


@behaviour
def premature(peer, request):
    """A redirect to the file (body=N: with a body of so many bytes), and with it, unasked, an answer to what may be
    asked next: another file."""
    size = request.number("body", 0)
    peer.send(text("HTTP/1.1 302 Elsewhere", "Location: /file?" + request.target.partition("?")[2],
                   "Connection: keep-alive", "Content-Length: %d" % size) + b"x" * size +
              text("HTTP/1.1 200 OK", "Content-Length: 5") + b"wrong")
    return KEEP


@behaviour
def gzipped(peer, request):
    """The file in a coding that nobody asked for."""
    data = gzip.compress(request.file, mtime=0)
    peer.send(text("HTTP/1.1 200 OK", *proofs(request), "Content-Encoding: gzip", "Content-Length: %d" % len(data)) +
              data)
    return KEEP
