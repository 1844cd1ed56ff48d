# SPDX-License-Identifier: MIT
"""What happens to the names in a folder, as the kernel tells it (inotify): also what is over before anybody looks."""
import ctypes
import os
import struct

MODIFY, MOVED_FROM, MOVED_TO, CREATE, DELETE, LOST = 0x2, 0x40, 0x80, 0x100, 0x200, 0x4000
WORDS = {MODIFY: "written to", MOVED_FROM: "moved away", MOVED_TO: "moved there", CREATE: "created",
         DELETE: "deleted", LOST: "lost events"}
HEAD = struct.Struct("iIII")
ROOM = 1 << 18


class FolderEvents:
    """Reading a file, or changing its attributes, is no event."""

    def __init__(self, folder):
        libc = ctypes.CDLL(None, use_errno=True)
        self.stream = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        mask = MODIFY | MOVED_FROM | MOVED_TO | CREATE | DELETE
        if self.stream < 0 or libc.inotify_add_watch(self.stream, os.fsencode(folder), mask) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def close(self):
        os.close(self.stream)

    def read(self):
        """(what, cookie, name) of all that happened since the last time; the two halves of a rename have one cookie."""
        found = []
        while True:
            try:
                data = os.read(self.stream, ROOM)
            except BlockingIOError:
                return found
            at = 0
            while at < len(data):
                _, what, cookie, length = HEAD.unpack_from(data, at)
                at += HEAD.size
                found.append((what, cookie, os.fsdecode(data[at:at + length].rstrip(b"\0"))))
                at += length
