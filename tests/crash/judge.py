# SPDX-License-Identifier: MIT
"""Says, from what the programs, the DLL and the server have written down, whether a round went right."""
import collections
import math
import os
import re

from calls import Calls
from common import read
from records import Records, Tenures, bytes_fetched, requests_of

LOG_SLACK_S = 0.05          # the clocks of two logs may differ by this
ON_THE_WAY_S = 0.3          # a request that was made before its group was stopped may be logged so much later
DURABLE_S = 3               # what came longer ago is on disk, and recorded; checkpoints are made every second
RATE_KEPT = 0.5             # so much of its rate the server is certain to send
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
        self.found = []             # (when, group, status) when the last program came
        texts = [read(program.log) for program in chamber.programs]
        self.records = Records(texts)
        self.tenures = Tenures(texts)
        self.requests = requests_of(chamber.server.log_since("begun", chamber.log_sizes))
        self.calls = None

    def judge(self):
        events = self.read_journals()
        self.calls = Calls(events, {program.name: program.ended for program in self.chamber.programs
                                    if program.killed})
        for event in events:
            self.note(*event)
        self.judge_ends()
        self.judge_groups()
        self.judge_answers(events)
        self.judge_files()
        self.judge_orders()
        self.judge_fetches()
        self.judge_kills()
        self.chamber.bystanders.judge(self.verdict)

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
            self.note_found(when, rest[0], int(rest[1], 16))
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

    def note_found(self, when, group, status):
        """What the last program found when it came."""
        self.found.append((when, group, status))
        if self.chamber.host_was_alone and status and not status & SUSPENDED:
            self.verdict.add("work_goes_on_without_programs", "%s was left with status %x" % (group, status))

    def judge_ends(self):
        """The last program's word, and what the others said was wrong."""
        for program in self.chamber.programs:
            crash = program.crash()
            if crash:
                self.verdict.add("no_program_crashes", crash)
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

    def judge_orders(self):
        """What was answered is done: it is on record, and nothing comes of it any more that was not to be."""
        for when, group, status in self.found:
            word = self.calls.last_word(group, when)
            if word and status and not status & COMPLETE and bool(status & SUSPENDED) != (word == "suspend"):
                self.verdict.add("what_was_answered_is_done", "%s was found with status %x after an answered %s"
                                 % (group, status, word))
        for name, when in self.chamber.watcher.landed.items():
            if when > self.calls.cancelled(name) + LOG_SLACK_S:
                self.verdict.add("what_was_answered_is_done", "%s appeared at %.3f, and was cancelled at %.3f"
                                 % (name, when, self.calls.cancelled(name)))
        for request in self.requests:
            stopped = self.calls.stopped(request.name, request.when)
            if request.when > stopped + ON_THE_WAY_S:
                self.verdict.add("what_was_answered_is_done", "%s was asked for at %.3f, and was told to stop at %.3f"
                                 % (request.name, request.when, stopped))

    def judge_fetches(self):
        chamber = self.chamber
        chamber.figures.records += self.records.count
        for request in self.requests:
            safe = self.records.safe_before(request.name, request.when - LOG_SLACK_S)
            # Of what is there as a whole, the last byte may be asked for again, to learn whether it has changed.
            if request.start < safe - (safe == len(chamber.watcher.right_content(request.name))):
                self.verdict.add("nothing_durable_is_fetched_again", "%s was asked for from %u at %.3f, %u were safe"
                                 % (request.name, request.start, request.when, safe))
        for fall in self.records.falls():
            self.verdict.add("nothing_durable_is_fetched_again", "%s: the record of %.3f fell from %u to %u" % fall)
        fetched, again = bytes_fetched(chamber.server.log_since("access", chamber.log_sizes))
        chamber.figures.fetched += fetched
        chamber.figures.again += again

    def judge_kills(self):
        """What a kill may cost, and how long until the next one takes over."""
        ends = {program.windows_pid(): program.ended for program in self.chamber.programs}
        for process, since in self.tenures.stands_by.items():
            if process not in ends:
                ends[process] = min((when for when in self.chamber.host_kills if when > since), default=math.inf)
        for when, process in self.chamber.runner_kills:
            took = self.tenures.take_over_s(process, when, ends)
            if took is not None:
                self.chamber.figures.take_overs.append(took)
            self.judge_loss(when)

    def judge_loss(self, killed):
        """What the server had sent long before the runner was killed must have been recorded.  How much that was, at
        least, tells the rate that the server keeps to; if the transfer was not disturbed."""
        begin = self.tenures.begin_before(killed)
        last = {request.name: request for request in self.requests if request.when < killed}
        for name, request in last.items():
            stops = self.calls.of_file(name, "suspend", "cancel")
            disturbed = self.chamber.disturbances + [call.begin for call in stops]
            if begin is None or request.when < begin or any(request.when <= at <= killed for at in disturbed):
                continue
            sent = request.start + int((killed - DURABLE_S - request.when) * request.rate * RATE_KEPT)
            sent = min(sent, len(self.chamber.watcher.right_content(name)))
            if sent <= request.start:
                continue
            self.chamber.figures.due += 1
            safe = self.records.safe_before(name, killed + LOG_SLACK_S)
            if safe < sent:
                self.verdict.add("what_arrived_becomes_durable_soon", "%s: %u bytes were recorded at the kill of %.3f, "
                                 "%u had come %u s before" % (name, safe, killed, sent, DURABLE_S))
