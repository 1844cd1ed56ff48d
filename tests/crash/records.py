# SPDX-License-Identifier: MIT
"""What the logs of the DLL and of the server say: what was recorded, what was fetched, and who ran the queue."""
import collections
import datetime
import re

from common import KIB, read

RUNS_THE_QUEUE = "this process runs the queue"
UNITS = {"k": KIB, "m": KIB * KIB}


def seconds_of(stamp):
    return datetime.datetime.fromisoformat(stamp).replace(tzinfo=datetime.timezone.utc).timestamp()


class Records:
    """What the DLL's logs say is safely on disk, and recorded so: "file KEY: N bytes are safe"; another line with
    "file KEY" has where it goes, and thereby the name.  A file is only ever appended to, since what the server has does
    not change: whatever was safe once has to be so for ever."""

    def __init__(self, texts):
        self.names = {}
        self.records = collections.defaultdict(list)        # by key
        self.count = 0
        for text in texts:
            for line in text.splitlines():
                self.note(line)
        self.by_name = collections.defaultdict(list)
        for key, records in self.records.items():
            self.by_name[self.names.get(key)] += records
        for records in self.by_name.values():
            records.sort()

    def note(self, line):
        found = re.match(r"(\S+)Z \d+\.\d+ .*\bfile (\d+)\b(?:: (\d+) bytes are safe)?(?:.* -> .*[\\/]([\w-]+)$)?", line)
        if not found:
            return
        when, key, size, name = found.groups()
        if name:
            self.names[key] = name
        if size:
            self.count += 1
            self.records[key].append((seconds_of(when), int(size)))

    def safe_before(self, name, when):
        """The most that was recorded of the file before that time."""
        return max((size for at, size in self.by_name.get(name, []) if at < when), default=0)

    def falls(self):
        """(name, when, from, to) of each record that takes back an earlier one."""
        for name, records in self.by_name.items():
            most = 0
            for when, size in records:
                if size < most:
                    yield name, when, most, size
                most = max(most, size)


class Request:
    """One line of begun.log, which is written when a request begins."""

    def __init__(self, found):
        when, self.method, rate, unit, self.name, start = found.groups()
        self.when = float(when)
        self.start = int(start or 0)
        self.rate = int(rate) * UNITS[unit]     # bytes a second


def requests_of(lines):
    found = (re.match(r"(\S+) (\S+) /rate/(\d+)([km])/\S*[?]f=(\S+) \"(?:bytes=(\d+)-)?", line) for line in lines)
    return sorted((Request(match) for match in found if match), key=lambda request: request.when)


def bytes_fetched(lines):
    """By the access log: all bytes of bodies, and those of them that were sent before.  A worker that was killed has
    not logged what it was sending."""
    reach = collections.defaultdict(int)
    fetched = again = 0
    for line in lines:
        found = re.match(r"GET \S*[?]f=(\S+) \"(?:bytes=(\d+)-)?[^\"]*\" (\d+) (\d+) ", line)
        if not found or found.group(3) not in ("200", "206"):
            continue
        name, start, size = found.group(1), int(found.group(2) or 0), int(found.group(4))
        fetched += size
        again += max(0, min(reach[name], start + size) - start)
        reach[name] = max(reach[name], start + size)
    return fetched, again


class Tenures:
    """Who ran the queue from when on, and who stood by, by Windows' numbers of the processes."""

    def __init__(self, texts):
        self.begins = []            # (when, process)
        self.stands_by = {}         # process -> since when
        self.host_ends = {}         # process -> when
        for text in texts:
            for when, process, what in re.findall(r"^(\S+)Z (\d+)\.\d+ (" + RUNS_THE_QUEUE +
                                                  r"|runner .*: fault 0$|the stand-by host ends)", text, re.M):
                self.note(seconds_of(when), process, what)
        self.begins.sort()

    def note(self, when, process, what):
        if what == RUNS_THE_QUEUE:
            self.begins.append((when, process))
        elif what.startswith("runner"):
            self.stands_by.setdefault(process, when)
        else:
            self.host_ends[process] = when

    def begin_before(self, when):
        return max((begin for begin, _ in self.begins if begin < when), default=None)

    def take_over_s(self, killed, when, ends):
        """How long nobody ran the queue after its runner was killed, if somebody stood by all that time, else None.
        ends: when processes were gone, as far as it is known."""
        taken = min((begin for begin, _ in self.begins if begin > when), default=None)
        if taken is None:
            return None
        ends = {**self.host_ends, **ends}
        waits = any(process != killed and since < when and ends.get(process, taken) >= taken
                    for process, since in self.stands_by.items())
        return taken - when if waits else None
