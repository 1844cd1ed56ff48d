# SPDX-License-Identifier: MIT
"""The server that everything is downloaded from, and what is done to it."""
import os
import re
import subprocess

from common import KIB, TOP, read
from programs import send_kill

SOURCES = [0, 1, 700, 4 * KIB, 33333, 100 * KIB, 250 * KIB, 250 * KIB + 1, 400 * KIB, 600 * KIB, 800 * KIB,
           KIB * KIB, 1300 * KIB, 2000 * KIB, 2500 * KIB, 3 * KIB * KIB - 7]


class Server:
    """nginx, with files of its own for the laboratory, of which the content is known here."""

    def __init__(self, folder):
        self.folder = folder
        self.address = re.search(r"QMGR_TEST_HTTP='(.*)'", read(folder + "/env")).group(1)
        self.contents = []
        self.make_sources()

    def make_sources(self):
        data = read(self.folder + "/www/big.bin", "rb")[20 * KIB * KIB:40 * KIB * KIB]
        os.makedirs(self.folder + "/www/crash", exist_ok=True)
        at = 0
        for index, size in enumerate(SOURCES):
            content = data[at:at + size]
            at += size
            self.contents.append(content)
            with open("%s/www/crash/s%02u.bin" % (self.folder, index), "wb") as out:
                out.write(content)

    def nginx(self, word):
        subprocess.run(["sh", TOP + "/tests/server/nginx.sh", word, self.folder], check=True,
                       stdin=subprocess.DEVNULL)

    def restart(self):
        self.nginx("stop")
        self.nginx("again")

    def set_haste(self, wanted):
        """Slow downloads while programs are killed, so that they last through several of them; none after that."""
        path = self.folder + "/www/haste"
        if wanted:
            open(path, "w").close()
        elif os.path.exists(path):
            os.remove(path)

    def cut(self):
        """Kills the worker, and with it all connections; the master makes a new one."""
        master = read(self.folder + "/nginx.pid").strip()
        for child in read("/proc/%s/task/%s/children" % (master, master)).split():
            send_kill(int(child))

    def log_sizes(self):
        return {name: os.path.getsize(path) if os.path.exists(path) else 0
                for name, path in self.log_paths().items()}

    def log_paths(self):
        return {name: "%s/logs/%s.log" % (self.folder, name) for name in ("access", "begun")}

    def log_since(self, name, sizes):
        return read(self.log_paths()[name], "rb")[sizes[name]:].decode("utf-8", "replace").splitlines()
