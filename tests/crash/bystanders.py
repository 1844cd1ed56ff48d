# SPDX-License-Identifier: MIT
"""Files in the folder of targets that are none of the queue's business."""
import os
import stat

from common import read

RULE = "nobody_elses_file_is_touched"


class Bystanders:
    """A part file of another program's, which is named like ours; a document; and one that is read-only."""

    def __init__(self, folder, chance):
        self.folder = folder
        self.contents = {name: chance.randbytes(chance.randint(1, 5000))
                         for name in ("BIT%X.tmp" % chance.randrange(0x10000, 0x100000), "letter.doc", "keep.txt")}
        for name, content in self.contents.items():
            with open(self.path(name), "wb") as out:
                out.write(content)
        os.chmod(self.path("keep.txt"), 0o444)
        self.states = {name: self.state(name) for name in self.contents}

    def path(self, name):
        return self.folder + "/" + name

    def state(self, name):
        status = os.stat(self.path(name))
        return status.st_ino, stat.S_IMODE(status.st_mode), status.st_mtime_ns

    def __contains__(self, name):
        return name in self.contents

    def judge(self, verdict):
        for name, content in self.contents.items():
            if not os.path.exists(self.path(name)):
                verdict.add(RULE, name + " is gone")
            elif read(self.path(name), "rb") != content:
                verdict.add(RULE, name + " has other content")
            elif self.state(name) != self.states[name]:
                verdict.add(RULE, name + " is another file, or has another time or mode")
