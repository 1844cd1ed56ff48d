# SPDX-License-Identifier: MIT
"""How a download that goes on can be answered: for tests/native/test_resume_matrix.c."""
from behaviours import proofs, text
from server import KEEP, behaviour


def framing(request, body):
    """The fields that tell where the body ends, and the body as it is sent then.  tells=no: nobody is told a length."""
    if request.option("tells") != "no":
        return ["Content-Length: %d" % len(body)], body
    chunk = b"%X\r\n%s\r\n" % (len(body), body) if body else b""
    return ["Transfer-Encoding: chunked"], chunk + b"0\r\n\r\n"


def send(peer, request, status, body, *fields):
    lengths, framed = framing(request, body)
    peer.send(text("HTTP/1.1 %s Thus" % status, *proofs(request), *lengths, *fields) + framed)
    return KEEP


def send_part(peer, request, first):
    """From there to the end; of nothing, if that is where it begins."""
    data = request.file
    total = "*" if request.option("tells") == "no" else len(data)
    return send(peer, request, "206", data[first:], "Content-Range: bytes %d-%d/%s" % (first, len(data) - 1, total))


@behaviour
def resume(peer, request):
    """/resume/STATUS: a request for a part gets 200 (all of the file), 206 (what it asked for), 412 or 416; a request for all
    gets all.  tells=no: without any length.  stubborn=yes: a request for all gets STATUS as well."""
    status = request.arguments[0]
    if not request.range and not request.option("stubborn"):
        return send(peer, request, "200", request.file)
    if status == "206":
        return send_part(peer, request, request.range[0] if request.range else 1000)
    return send(peer, request, status, request.file if status == "200" else b"")
