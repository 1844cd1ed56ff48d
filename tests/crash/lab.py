#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The crash laboratory: programs share one queue, a killer ends them, a judge says whether anything was lost.

usage: lab.py BUILD SERVER FOLDER ROUNDS SEED PLACE…

BUILD is the build folder, SERVER that of a running tests/server/nginx.sh, FOLDER an empty one below BUILD, PLACE what
tools/wine.sh calls so (x86_64, i686, or wow64 for both widths on one queue); the rounds take turns at them.

A round has a queue and a folder of targets of its own.  Its programs are crash_client.exe, which does random things;
each writes a journal and has the DLL write a log.  All choices are drawn from SEED and the round's number; what the
system makes of them (who is the runner when) is not repeatable.  At the end of a round nobody is killed any more: a
last program resumes everything, waits until all is complete, reports, and cancels all.  Then the round is judged.

The rules that the class must keep stand in rules.py; each is printed as "ok NAME" or "not ok NAME" at the end.
"""
import os
import shutil
import sys
import time

from chamber import Chamber, Figures
from rules import RULES, Verdict
from server import Server


def keep(chamber, build, verdict):
    kept = "%s/crash-failed/round-%u" % (build, chamber.number)
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(chamber.folder, kept)
    for name in chamber.server.log_paths():
        with open("%s/%s.log" % (kept, name), "w") as out:
            out.write("\n".join(chamber.server.log_since(name, chamber.log_sizes)) + "\n")
    with open(kept + "/verdict.txt", "w") as out:
        for rule, texts in verdict.broken.items():
            out.writelines("%s: %s\n" % (rule, text) for text in texts)
    print("    kept in " + kept)


def main():
    if len(sys.argv) < 7:
        sys.exit(__doc__)
    build, server_folder, folder, rounds, seed = sys.argv[1:6]
    places = sys.argv[6:]
    server = Server(server_folder)
    figures = Figures()
    whole = Verdict()
    shutil.rmtree(build + "/crash-failed", ignore_errors=True)
    for number in range(1, int(rounds) + 1):
        begin = time.time()
        place = places[number % len(places)]
        chamber = Chamber("%s/round-%u" % (folder, number), number, seed, place, server, figures)
        verdict = chamber.run()
        print("round %u (%s): %s, %.1f s" % (number, place, "right" if verdict.is_clean() else "WRONG",
                                              time.time() - begin), flush=True)
        for rule, texts in verdict.broken.items():
            for text in texts:
                whole.add(rule, "round %u: %s" % (number, text))
        if not verdict.is_clean():
            verdict.show()
            keep(chamber, build, verdict)
        if not os.environ.get("QMGR_TEST_KEEP"):
            shutil.rmtree(chamber.folder, ignore_errors=True)
    if figures.records == 0:
        whole.add("nothing_durable_is_fetched_again", "no log tells what was recorded: nothing was judged")
    for rule in RULES:
        print(("not ok " if whole.broken[rule] else "ok ") + rule)
    print(figures.closing_line())
    sys.exit(0 if whole.is_clean() else 1)


if __name__ == "__main__":
    main()
