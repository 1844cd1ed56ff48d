#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""TLS servers for the tests, each with something of its own: one process, one port for each.

usage: tls.py start DIR     after nginx.sh start DIR: makes the certificates, starts the servers, adds their
                            addresses to DIR/env as QMGR_TEST_TLS_<NAME>
       tls.py stop DIR      stops them, by their process id

Whatever is asked for, the answer is SERVED.
"""
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import warnings

warnings.simplefilter("ignore", DeprecationWarning)     # old versions are wanted

SERVED = b"served over TLS\n"
OLDEST, NEWEST = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


class Server:
    def __init__(self, certificate, least=OLDEST, most=NEWEST, client=ssl.CERT_NONE, by_name=None):
        self.certificate = certificate
        self.least, self.most = least, most
        self.client = client        # is a client to show a certificate?
        self.by_name = by_name      # certificate for those who ask for localhost by SNI


SERVERS = {
    "ONLY12": Server("ecdsa", most=ssl.TLSVersion.TLSv1_2),
    "ONLY13": Server("ecdsa", least=ssl.TLSVersion.TLSv1_3),
    "ONLY11": Server("good", least=ssl.TLSVersion.TLSv1, most=ssl.TLSVersion.TLSv1_1),
    "RSA4096": Server("rsa4096"),
    "CHAIN": Server("chain"),
    "NOCHAIN": Server("nochain"),
    "BIGCHAIN": Server("bigchain"),
    "SNI": Server("wrongname", by_name="ecdsa"),
    "ASKS": Server("ecdsa", client=ssl.CERT_OPTIONAL),
    "DEMANDS": Server("ecdsa", most=ssl.TLSVersion.TLSv1_2, client=ssl.CERT_REQUIRED),
    "FUTURE": Server("future"),
    "CLIENTONLY": Server("clientonly"),
    "CLIENTSAUTHORITY": Server("clientsauthority"),
    "SHA1": Server("sha1"),
    "RSA1024": Server("rsa1024"),
    "SELFSIGNED": Server("selfsigned"),
    "NOTCA": Server("notca"),
    "CONSTRAINED": Server("constrained"),
    "CONSTRAINEDLAX": Server("constrainedlax"),
    "CONSTRAINEDWIDE": Server("constrainedwide"),
    "CONSTRAINEDADDRESS": Server("constrainedaddress"),
    "EXCLUDED": Server("excluded"),
    "CRITICAL": Server("critical"),
    "ADDRESS": Server("address"),
    "ADDRESSLESS": Server("addressless"),
    "IMPOSTOR": Server("impostor"),
    "FORGED": Server("forged"),
    "STRANGERCHAIN": Server("strangerchain"),
    "STRANGEREXPIRED": Server("strangerexpired"),
    "STRANGERNAME": Server("strangername"),
    "STRANGERCLIENT": Server("strangerclient"),
    "STRANGERCLIENTSAUTHORITY": Server("strangerclientsauthority"),
    "STRANGERSHA1": Server("strangersha1"),
    "STRANGERNOTCA": Server("strangernotca"),
}
BY_ADDRESS = {"ADDRESS", "ADDRESSLESS", "CONSTRAINEDADDRESS"}     # their URLs have 127.0.0.1 for localhost


def context(certs, server, certificate):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Old versions, SHA-1 and short keys are what some are there for.
    made.set_ciphers("DEFAULT:@SECLEVEL=0")
    made.load_cert_chain(certs / f"{certificate}.pem", certs / f"{certificate}.key")
    made.minimum_version, made.maximum_version = server.least, server.most
    made.verify_mode = server.client
    if server.client != ssl.CERT_NONE:
        made.load_verify_locations(certs / "ca.pem")
    return made


def context_by_name(certs, server):
    made = context(certs, server, server.certificate)
    if server.by_name:
        named = context(certs, server, server.by_name)

        def choose(connection, name, _):
            if name == "localhost":
                connection.context = named

        made.sni_callback = choose
    return made


def serve_one(connection):
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            more = connection.recv(4096)
            if not more:
                return
            data += more
        head, _, data = data.partition(b"\r\n\r\n")
        body = b"" if head.startswith(b"HEAD") else SERVED
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: \"served\"\r\n\r\n"
                           % len(SERVED) + body)


def answer(tls, raw):
    raw.settimeout(60)
    spare = raw.dup()
    try:
        with tls.wrap_socket(raw, server_side=True) as connection:
            serve_one(connection)
    except OSError:
        pass        # refused by one side or the other, which is what the tests want to see
    try:
        # To close a connection on which something has come that was not read takes away our last words.
        spare.shutdown(socket.SHUT_WR)
        while spare.recv(4096):
            pass
    except OSError:
        pass
    spare.close()


def accept(listener, tls):
    while True:
        raw, _ = listener.accept()
        threading.Thread(target=answer, args=(tls, raw), daemon=True).start()


def serve(top):
    """Listens, then goes on in a process of its own."""
    lines = []
    ready = []
    for name, server in SERVERS.items():
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        host = "127.0.0.1" if name in BY_ADDRESS else "localhost"
        lines.append(f"QMGR_TEST_TLS_{name}='https://{host}:{listener.getsockname()[1]}'\n")
        ready.append((listener, context_by_name(top / "certs", server)))
    lines.append(f"QMGR_TEST_CERTS='{top}/certs'\n")
    pid = os.fork()
    if pid:
        (top / "tls.pid").write_text(f"{pid}\n")
        with open(top / "env", "a", encoding="ascii") as env:
            env.writelines(lines)
        return
    os.setsid()
    with open(os.devnull, "r+b") as null, open(top / "logs" / "tls.txt", "ab") as log:
        os.dup2(null.fileno(), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    # Nobody who waits for the end of a pipe or of a lock is to wait for us.
    listening = {listener.fileno() for listener, _ in ready}
    for descriptor in set(range(3, 256)) - listening:
        try:
            os.close(descriptor)
        except OSError:
            pass
    for listener, tls in ready:
        threading.Thread(target=accept, args=(listener, tls), daemon=True).start()
    signal.pause()


def start(top):
    here = pathlib.Path(__file__).resolve().parent
    made = subprocess.run(["sh", here / "tls-certificates.sh", top / "certs"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if made.returncode:
        sys.stderr.buffer.write(made.stdout)
        sys.exit(1)
    serve(top)


def stop(top):
    try:
        pid = int((top / "tls.pid").read_text())
        # The id may have gone to somebody else since.
        if b"tls.py" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGTERM)
            while pathlib.Path(f"/proc/{pid}").exists():
                time.sleep(0.05)
    except (FileNotFoundError, ProcessLookupError):
        pass


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("start", "stop"):
        sys.exit("usage: tls.py start|stop DIR")
    top = pathlib.Path(sys.argv[2]).resolve()
    {"start": start, "stop": stop}[sys.argv[1]](top)


main()
