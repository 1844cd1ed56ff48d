# SPDX-License-Identifier: MIT
"""Watches the targets."""
import os
import re


class Watcher:
    """Looks at every target whenever it has changed: it holds its old content or exactly the right one."""

    def __init__(self, folder, server, verdict):
        self.folder = folder
        self.server = server
        self.verdict = verdict
        self.seen = {}
        self.content = {}           # name -> "old" or "right"
        self.looks = 0

    def right_content(self, name):
        source = re.search(r"-s(\d\d)$", name)
        return self.server.contents[int(source.group(1))] if source else None

    def look(self):
        names = set()
        for entry in os.scandir(self.folder):
            if not entry.name.endswith((".tmp", ".old")):
                names.add(entry.name)
                self.look_at(entry)
        for name in set(self.content) - names:
            self.verdict.add("no_wrong_target_at_any_instant", name + " was there and is gone")
            del self.content[name]

    def look_at(self, entry):
        try:
            with open(entry.path, "rb") as stream:
                status = os.fstat(stream.fileno())
                stamp = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
                if self.seen.get(entry.name) == stamp:
                    return
                data = stream.read()
        except FileNotFoundError:
            return
        self.seen[entry.name] = stamp
        self.looks += 1
        self.compare(entry.name, data)

    def compare(self, name, data):
        before = self.content.get(name)
        if data == self.right_content(name):
            self.content[name] = "right"
        elif data == b"old content of " + name.encode() and before != "right":
            self.content[name] = "old"
        else:
            self.content[name] = "wrong"
            self.verdict.add("no_wrong_target_at_any_instant", "%s has wrong content (%u bytes, before: %s)"
                             % (name, len(data), before))
