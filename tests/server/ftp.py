#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real FTP server on loopback, which serves what the test server's nginx does (nginx.sh starts and stops both).

usage: ftp.py start DIR     serves DIR/www, adds QMGR_TEST_FTP to DIR/env; what was asked for is in DIR/logs/ftp.log
       ftp.py stop DIR

Who logs on decides how it behaves:
  anonymous          plainly
  user (secret)      likewise
  slow (secret)      1 MiB/s
  bare (secret)      knows neither SIZE nor MDTM
  stubborn (secret)  refuses REST
  cut (secret)       ends the connection after 256 KiB of each file
A file /reply/NNN is answered with that reply.
"""
import os
import signal
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, ThrottledDTPHandler
from pyftpdlib.servers import FTPServer

CUT_AT = 256 << 10


class Data(ThrottledDTPHandler):
    """The connection of one file."""

    def __init__(self, sock, cmd_channel):
        self.write_limit = (1 << 20) if cmd_channel.username == "slow" else 0
        super().__init__(sock, cmd_channel)

    def handle_write(self):
        if self.cmd_channel.username == "cut" and self.tot_bytes_sent >= CUT_AT:
            self.cmd_channel.close()
            return
        super().handle_write()


class Handler(FTPHandler):
    dtp_handler = Data
    use_sendfile = False
    auth_failed_timeout = 0

    def pre_process_command(self, line, cmd, arg):
        with open(os.path.join(directory, "logs", "ftp.log"), "a", encoding="ascii", errors="replace") as log:
            log.write("%s %s\n" % (cmd, "***" if cmd == "PASS" else arg))
        super().pre_process_command(line, cmd, arg)

    def ftp_RETR(self, file):
        if self.is_reply(file):
            self.respond(os.path.basename(file) + " As you asked.")
            return None
        return super().ftp_RETR(file)

    def ftp_CWD(self, path):
        if path.endswith("/reply"):     # there is no such folder
            self.respond("250 Here we are.")
            self.fs.cwd = "/reply"
            return None
        return super().ftp_CWD(path)

    def is_reply(self, path):
        return os.path.basename(os.path.dirname(path)) == "reply"

    def ftp_SIZE(self, path):
        return self.unknown() if self.username == "bare" or self.is_reply(path) else super().ftp_SIZE(path)

    def ftp_MDTM(self, path):
        return self.unknown() if self.username == "bare" or self.is_reply(path) else super().ftp_MDTM(path)

    def ftp_REST(self, line):
        return self.unknown() if self.username == "stubborn" else super().ftp_REST(line)

    def unknown(self):
        self.respond("502 Command not implemented.")


def serve(env):
    www = os.path.join(directory, "www")
    authorizer = DummyAuthorizer()
    authorizer.add_anonymous(www)
    for user in ("user", "slow", "bare", "stubborn", "cut"):
        authorizer.add_user(user, "secret", www, perm="elr")
    Handler.authorizer = authorizer
    server = FTPServer(("127.0.0.1", 0), Handler)
    with open(env, "a", encoding="utf-8") as text:
        text.write("QMGR_TEST_FTP='ftp://127.0.0.1:%u'\n" % server.address[1])
    ready.close()
    server.serve_forever()


def start():
    """Returns once it serves; it goes on in a process of its own, which holds nothing of ours open."""
    global ready
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        if os.read(reader, 1):          # nothing comes: it serves, or is dead
            sys.exit(1)
        with open(pid_file, "w", encoding="ascii") as text:
            text.write("%u\n" % child)
        return
    os.close(reader)
    os.setsid()
    ready = os.fdopen(writer, "wb", buffering=0)
    out = os.open(os.path.join(directory, "logs", "ftp.txt"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.closerange(max(3, writer + 1), 64)
    serve(os.path.join(directory, "env"))


def stop():
    try:
        with open(pid_file, encoding="ascii") as text:
            pid = int(text.read())
        with open("/proc/%u/cmdline" % pid, "rb") as line:
            ours = b"ftp.py" in line.read()     # the id may have gone to somebody else since
    except OSError:
        return
    if ours:
        os.kill(pid, signal.SIGKILL)
    os.unlink(pid_file)


if len(sys.argv) != 3 or sys.argv[1] not in ("start", "stop"):
    sys.exit("usage: ftp.py start|stop DIR")
directory = os.path.abspath(sys.argv[2])
pid_file = os.path.join(directory, "ftp.pid")
start() if sys.argv[1] == "start" else stop()
