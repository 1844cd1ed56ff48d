# SPDX-License-Identifier: MIT
"""Watches the targets."""
import os
import re
import time

import bystanders
from events import LOST, MOVED_FROM, MOVED_TO, WORDS, FolderEvents

RULE = "no_wrong_target_at_any_instant"


class Watcher:
    """Looks at every target whenever it has changed: it holds its old content or exactly the right one.  And nothing
    ever happens to a target but that another file is renamed to it: the old content, by the program that adds the file,
    or what was downloaded."""

    def __init__(self, folder, server, verdict, strangers):
        self.folder = folder
        self.server = server
        self.verdict = verdict
        self.strangers = strangers
        self.seen = {}
        self.content = {}           # name -> "old" or "right"
        self.looks = 0
        self.sources = {}           # cookie of a rename -> what the file was called
        self.landed = {}            # name -> a time before that at which the first download was put in place
        self.looked = time.time()
        self.events = FolderEvents(folder)

    def right_content(self, name):
        source = re.search(r"-s(\d\d)$", name)
        return self.server.contents[int(source.group(1))] if source else None

    def look(self):
        now = time.time()
        for event in self.events.read():
            self.note_event(*event)
        self.looked = now
        names = set()
        for entry in os.scandir(self.folder):
            if not self.is_passing(entry.name) and entry.name not in self.strangers:
                names.add(entry.name)
                self.look_at(entry)
        for name in set(self.content) - names:
            self.verdict.add(RULE, name + " was there and is gone")
            del self.content[name]

    def close(self):
        self.look()
        self.events.close()

    @staticmethod
    def is_passing(name):
        return name.endswith((".tmp", ".old"))

    def note_event(self, what, cookie, name):
        word = next((text for flag, text in WORDS.items() if what & flag), "%x" % what)
        if what & LOST:
            self.verdict.add(RULE, "too much happened: events were lost")
        elif name in self.strangers:
            self.verdict.add(bystanders.RULE, "%s was %s" % (name, word))
        elif self.is_passing(name):
            if what & MOVED_FROM:
                self.sources[cookie] = name
        elif not what & MOVED_TO:
            self.verdict.add(RULE, "%s was %s" % (name, word))
        else:
            self.note_rename(self.sources.get(cookie, "a file from elsewhere"), name)

    def note_rename(self, source, name):
        if source.endswith(".tmp"):
            self.landed.setdefault(name, self.looked)
        elif source != name + ".old":
            self.verdict.add(RULE, "%s was called %s before" % (name, source))

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
            self.verdict.add(RULE, "%s has wrong content (%u bytes, before: %s)" % (name, len(data), before))
