# SPDX-License-Identifier: MIT
"""The calls that changed a group, from the journals: when each began, when it was answered, and what must be then."""
import collections
import math

S_OK = "00000000"


class Call:
    def __init__(self, who, what, begin, end):
        self.who = who
        self.what = what
        self.begin = begin
        self.end = end              # if it was not answered, when its program was killed
        self.answer = None

    def worked(self):
        return self.answer == S_OK

    def may_have_worked(self):
        return self.answer in (None, S_OK)


class Calls:
    def __init__(self, events, killed):
        """killed: when each program was killed that was."""
        self.groups = collections.defaultdict(list)
        self.group_of = {}          # by name of a file
        running = {}
        for when, who, verb, rest in events:
            if verb == "will":
                running[who] = Call(who, rest[0], when, killed.get(who, math.inf))
                self.groups[rest[1]].append(running[who])
                if rest[0] == "add":
                    self.group_of.update((name, rest[1]) for name in rest[3:])
            elif verb == "did":
                running[who].end = when
                running[who].answer = rest[2]

    def of_file(self, name, *what):
        return [call for call in self.groups[self.group_of.get(name)] if call.what in what]

    def last_word(self, group, when):
        """"resume" or "suspend", whichever held for the group at that time; None if the journals leave it open."""
        calls = [call for call in self.groups[group]
                 if call.what in ("resume", "suspend") and call.begin < when and call.may_have_worked()]
        answered = [call for call in calls if call.worked()]
        if not answered:
            return None
        last = max(answered, key=lambda call: call.end)
        if any(call.what != last.what and call.end >= last.begin for call in calls):
            return None
        return last.what

    def cancelled(self, name):
        """When a cancellation of the file's group was answered; infinity if none was."""
        return min((call.end for call in self.of_file(name, "cancel") if call.worked()), default=math.inf)

    def stopped(self, name, when):
        """Since when the file's group had been told to stop at that time, and nobody had begun to resume it; infinity
        if it had not."""
        resumes = self.of_file(name, "resume")
        stops = [stop.end for stop in self.of_file(name, "suspend") if stop.worked() and stop.end < when
                 and not any(resume.begin <= when and resume.end >= stop.begin for resume in resumes
                             if resume.may_have_worked())]
        return min(stops + [self.cancelled(name)])
