# SPDX-License-Identifier: MIT
"""The programs that use the queue, and the stand-by host."""
import glob
import os
import re
import signal
import subprocess
import time

from common import TOP, read, windows_path


def send_kill(pid):
    """Kills a process and waits until nothing but its name is left; false if it was gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    while read("/proc/%u/cmdline" % pid, "rb"):
        time.sleep(0.001)
    return True


class Program:
    """One crash_client.exe.  wine.sh replaces itself by Wine, so the process that was started is the program's."""

    def __init__(self, chamber, name, place, width, word, milliseconds, seed):
        self.name = name
        self.word = word
        self.killed = False
        self.ended = None           # when it was first seen to have
        self.journal = "%s/journal-%s.txt" % (chamber.folder, name)
        self.log = "%s/log-%s.txt" % (chamber.folder, name)
        self.output = "%s/output-%s.txt" % (chamber.folder, name)
        environment = dict(os.environ, QMGRPRXY_HOME=windows_path(chamber.home), QMGRPRXY_LOG=windows_path(self.log))
        if not chamber.with_host:
            environment["QMGRPRXY_HOST"] = "off"
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                ["sh", TOP + "/tools/wine.sh", place, "%s/build/%s/crash_client.exe" % (TOP, width), word, name,
                 str(seed), str(milliseconds), windows_path(self.journal), windows_path(chamber.targets),
                 chamber.server.address, str(len(chamber.server.contents))],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment)

    def lives(self):
        if self.process.poll() is None:
            return True
        self.ended = self.ended or time.time()
        return False

    def has_begun(self):
        return " begin " in read(self.journal)

    def windows_pid(self):
        found = re.search(r" begin (\d+)", read(self.journal))
        return found.group(1) if found else None

    def kill(self):
        """True if it was alive, and in the midst of its work."""
        counts = self.lives() and self.has_begun()
        self.killed = True
        self.process.kill()
        self.process.wait()
        self.lives()
        return counts


    def crash(self):
        """What is wrong with how it ended, or None.  The last one says with 1 that groups are stuck, which is judged
        by its journal."""
        right = {0} | ({-signal.SIGKILL} if self.killed else set()) | ({1} if self.word == "finish" else set())
        if self.process.returncode not in right:
            return "%s ended with %d" % (self.name, self.process.returncode)
        cry = re.search(r".*(?:Unhandled|Assertion).*", read(self.output))
        return "%s: %s" % (self.name, cry.group()) if cry else None


def hosts_of(home, also_unborn=False):
    """The stand-by hosts of this queue, by what they were started with; nobody else's.  Who is killed while he starts one
    leaves, under Wine 8, a process that waits for him for ever, with the one thread that it was given: no host."""
    found = []
    wanted = windows_path(home).encode()
    for folder in glob.glob("/proc/[0-9]*"):
        if b"RunQueue" in read(folder + "/cmdline", "rb") and wanted in read(folder + "/environ", "rb") and \
                (also_unborn or len(glob.glob(folder + "/task/*")) > 1):
            found.append(int(os.path.basename(folder)))
    return found
