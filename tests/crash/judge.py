# SPDX-License-Identifier: MIT
"""Says, from what the programs, the DLL and the server have written down, whether a round went right."""
import collections
import datetime
import os
import re

from common import read

LOG_SLACK_S = 0.05          # the clocks of two logs may differ by this
STOPPED_S = 3               # progress may fall so long after a group was suspended: what was not durable comes again
NOT_FOUND = "81001004"      # QM_E_ITEM_NOT_FOUND: the answer for a group that was cancelled
WRONG_STATE = "81001001"    # QM_E_INVALID_STATE: the answer if a group without files is resumed
COMPLETE = 0x40             # QM_STATUS_GROUP_COMPLETE
SUSPENDED = 0x100           # QM_STATUS_GROUP_SUSPENDED: complete, failed, or told to wait


class Story:
    """What the journals say of one group."""

    def __init__(self):
        self.begun = self.made = self.cancel_begun = self.cancelled = False
        self.names = []             # of the files that its maker began to add
        self.added = None           # when they were
        self.files = {0}            # how many files the group may have
        self.final = None           # (status, files) at the end


class Judge:
    def __init__(self, chamber):
        self.chamber = chamber
        self.verdict = chamber.verdict
        self.stories = collections.defaultdict(Story)
        self.reported = False

    def judge(self):
        events = self.read_journals()
        for event in events:
            self.note(*event)
        self.judge_ends()
        self.judge_groups()
        self.judge_answers(events)
        self.judge_files()
        self.judge_fetches()

    def read_journals(self):
        events = []
        for program in self.chamber.programs:
            for line in read(program.journal).splitlines():
                when, _, rest = line.partition(" ")
                words = rest.split(" ")
                events.append((float(when), program.name, words[0], words[1:]))
        return sorted(events, key=lambda event: event[0])

    def note(self, when, _who, verb, rest):
        if verb == "will":
            self.note_will(self.stories[rest[1]], rest[0], rest[2:])
        elif verb == "did":
            self.note_did(self.stories[rest[1]], rest[0], rest[2:], when)
        elif verb == "found":
            self.note_found(rest[0], int(rest[1], 16))
        elif verb == "final":
            self.stories[rest[0]].final = (int(rest[1], 16), int(rest[2]))
        elif verb == "reported":
            self.reported = True

    def note_will(self, story, call, rest):
        if self.reported:           # the last program empties the queue
            return
        if call == "create":
            story.begun = True
        elif call == "add":
            story.names = rest[1:]
            story.files = {0, len(story.names)}
        elif call == "cancel":
            story.cancel_begun = True

    def note_did(self, story, call, rest, when):
        worked = rest[0] == "00000000"
        if self.reported or not worked:
            return
        if call == "create":
            story.made = True
        elif call == "add":
            story.files = {len(story.names)}
            story.added = when
        elif call == "cancel":
            story.cancelled = True

    def note_found(self, group, status):
        """What the last program found when it came."""
        if self.chamber.host_was_alone and status and not status & SUSPENDED:
            self.verdict.add("work_goes_on_without_programs", "%s was left with status %x" % (group, status))

    def judge_ends(self):
        """The last program's word, and what the others said was wrong."""
        last = self.chamber.programs[-1]
        if re.search(r" stuck$", read(last.journal), re.M) or not self.reported:
            self.verdict.add("every_group_becomes_complete", "groups are stuck: see " + os.path.basename(last.log))
            print("".join("    | " + line + "\n" for line in read(last.log).splitlines()[-40:]), end="")

    def judge_groups(self):
        if not self.reported:
            return
        for name, story in self.stories.items():
            if story.final is None:
                if story.made and not story.cancel_begun:
                    self.verdict.add("no_group_is_lost", name)
                continue
            status, files = story.final
            self.chamber.figures.groups += 1
            if not story.begun:
                self.verdict.add("none_is_invented", name + " was never made")
            if story.cancelled:
                self.verdict.add("none_is_invented", name + " was cancelled and is there")
            if files not in story.files:
                self.verdict.add("no_group_is_lost", "%s has %u files, not %s" % (name, files, sorted(story.files)))
            if files > 0 and not status & COMPLETE:
                self.verdict.add("every_group_becomes_complete", "%s ended with status %x" % (name, status))

    def judge_answers(self, events):
        cancels = {}                # group -> when somebody first tried to
        asked = {}                  # program -> when it began its last call
        stopped = {}                # group -> when somebody last suspended it
        for when, who, verb, rest in events:
            if verb == "will":
                asked[who] = when
                if rest[0] == "cancel":
                    cancels.setdefault(rest[1], when)
                elif rest[0] == "suspend":
                    stopped[rest[1]] = when
            elif verb == "broken":
                self.verdict.add("every_call_is_answered_as_promised", who + ": " + " ".join(rest))
            elif verb == "answer":
                self.judge_answer(asked.get(who, when), cancels.get(rest[0]), who, rest)
            elif verb == "fell":
                self.judge_fall(when, stopped.get(rest[0], 0), who, rest)

    def judge_answer(self, asked, cancel, who, rest):
        group, call, answer = rest
        added = self.stories[group].added
        if answer == NOT_FOUND and cancel is not None:
            return
        # Others may meet a group before its maker has added files, or instead of that.
        if answer == WRONG_STATE and call == "ResumeGroup" and (added is None or asked <= added):
            return
        self.verdict.add("every_call_is_answered_as_promised", "%s: %s of %s answered %s" % (who, call, group, answer))

    def judge_fall(self, when, stopped, who, rest):
        """Whoever dies, what was shown of a running group is not taken back."""
        if when > stopped + STOPPED_S:
            self.verdict.add("every_call_is_answered_as_promised", "%s: progress of %s fell from %s to %s at %.3f"
                             % (who, *rest, when))

    def judge_files(self):
        """Those of complete groups; the watcher has judged whatever else there is."""
        for group, story in self.stories.items():
            if story.final is None or not story.final[0] & COMPLETE:
                continue
            for name in story.names[:story.final[1]]:
                self.chamber.figures.files += 1
                content = self.chamber.watcher.content.get(name, "absent")
                if content != "right":
                    self.verdict.add("every_file_is_right", "%s of complete %s is %s" % (name, group, content))

    def judge_fetches(self):
        chamber = self.chamber
        records = Records(chamber.programs)
        chamber.figures.records += records.count
        for line in chamber.server.log_since("begun", chamber.log_sizes):
            found = re.match(r"(\S+) GET \S*[?]f=(\S+) \"(?:bytes=(\d+)-)?", line)
            if not found:
                continue
            when, name, start = float(found.group(1)), found.group(2), int(found.group(3) or 0)
            safe = records.safe_before(name, when - LOG_SLACK_S)
            if start < safe:
                self.verdict.add("nothing_durable_is_fetched_again", "%s was asked for from %u at %.3f, %u were safe"
                                 % (name, start, when, safe))
        fetched, again = bytes_fetched(chamber.server.log_since("access", chamber.log_sizes))
        chamber.figures.fetched += fetched
        chamber.figures.again += again


class Records:
    """What the DLL's logs say is safely on disk, and recorded so: "file KEY: N bytes are safe"; another line with
    "file KEY" has the URL, and thereby the name."""

    def __init__(self, programs):
        self.names = {}
        self.records = collections.defaultdict(list)
        self.count = 0
        for program in programs:
            for line in read(program.log).splitlines():
                self.note(line)

    def note(self, line):
        found = re.match(r"(\S+)Z \d+\.\d+ .*\bfile (\d+)\b(?:: (\d+) bytes are safe)?(?:.*[?]f=([\w-]+))?", line)
        if not found:
            return
        when, key, size, name = found.groups()
        if name:
            self.names[key] = name
        if size:
            self.count += 1
            self.records[key].append((seconds_of(when), int(size)))

    def safe_before(self, name, when):
        """The last record of the file before that time."""
        keys = [key for key, known in self.names.items() if known == name]
        before = [record for key in keys for record in self.records[key] if record[0] < when]
        return max(before)[1] if before else 0


def seconds_of(stamp):
    return datetime.datetime.fromisoformat(stamp).replace(tzinfo=datetime.timezone.utc).timestamp()


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
