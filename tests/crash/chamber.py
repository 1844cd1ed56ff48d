# SPDX-License-Identifier: MIT
"""One round: programs share a queue, and are killed."""
import os
import random
import re
import statistics
import time

from bystanders import Bystanders
from common import KIB, read
from judge import Judge
from programs import Program, hosts_of, send_kill
from records import RUNS_THE_QUEUE
from rules import Verdict
from watcher import Watcher

CHAOS_S = 3.4               # how long programs are killed
CALM_S = 4.2                # so long nobody is in a calm round, in which much is to become durable
TICK_S = 0.03               # how often the killer and the watcher look
STUCK_MS = 60000            # groups that are not complete by then are stuck
HOST_S = 60                 # how long the stand-by host may take to finish the queue
PART_FILES_S = 10           # part files of cancelled groups must be gone by then


class Figures:
    def __init__(self):
        self.rounds = self.kills = self.runner_kills = self.host_kills = self.cuts = self.restarts = self.alone = 0
        self.files = self.groups = self.again = self.fetched = self.records = 0
        self.due = 0                # files of which something had to be recorded at a kill
        self.take_overs = []        # seconds

    def closing_line(self):
        return ("%u rounds, %u kills survived (%u of the runner, %u of the stand-by host), %u cuts, "
                "%u server restarts, %u queues left to the host, %u groups, %u files checked, "
                "%u KiB fetched again per kill (%.1f of %.1f MiB), %u records due at a kill, %u runners replaced in %.0f ms (median; at "
                "most %.0f)"
                % (self.rounds, self.kills, self.runner_kills, self.host_kills, self.cuts, self.restarts, self.alone,
                   self.groups, self.files, self.again / KIB / max(self.kills, 1), self.again / KIB / KIB,
                   self.fetched / KIB / KIB, self.due, len(self.take_overs),
                   1000 * statistics.median(self.take_overs or [0]), 1000 * max(self.take_overs, default=0)))


class Chamber:
    """The folder of a round, its programs, and what is done to them."""

    def __init__(self, folder, number, seed, place, server, figures):
        self.folder = folder
        self.number = number
        self.place = place
        self.server = server
        self.figures = figures
        self.verdict = Verdict()
        self.chance = random.Random("%s round %u" % (seed, number))
        self.home = folder + "/home"
        self.targets = folder + "/targets"
        os.makedirs(self.home)
        os.makedirs(self.targets)
        self.with_host = self.chance.random() < 0.75
        self.is_calm = self.chance.random() < 0.2
        self.chaos_s = CALM_S + 0.5 if self.is_calm else CHAOS_S
        self.bystanders = Bystanders(self.targets, self.chance)
        self.watcher = Watcher(self.targets, server, self.verdict, self.bystanders)
        self.programs = []
        self.host_was_alone = False
        self.runner_kills = []      # (when, Windows' number of the process)
        self.host_kills = []        # when
        self.disturbances = []      # when connections were cut
        self.began = time.time()
        self.log_sizes = server.log_sizes()

    # Programs

    def start(self, word=None, milliseconds=None):
        name = "r%uc%u" % (self.number, len(self.programs))
        width = self.chance.choice(["x86_64", "i686"])
        seed = self.chance.randrange(1, 1 << 31)
        rest = max(0.5, self.chaos_s - (time.time() - self.began))
        life = int((1 if self.is_calm else self.chance.uniform(0.3, 1)) * rest * 1000)
        program = Program(self, name, self.place, width if self.place == "wow64" else self.place,
                          word or ("steady" if self.is_calm else "work"),
                          milliseconds or life, seed)
        self.programs.append(program)
        return program

    def living(self):
        return [program for program in self.programs if program.lives()]

    def runner(self):
        """Who last said that it runs the queue: a program, "host", or None if it is dead."""
        return self.runner_and_number()[0]

    def runner_and_number(self):
        last = ("", None, None)
        for program in self.programs:
            for line in re.findall(r"^(\S+) (\d+)\.\d+ " + RUNS_THE_QUEUE, read(program.log), re.M):
                last = max(last, (line[0], line[1], program), key=lambda item: item[0])
        _, pid, program = last
        if program is None:
            return None, None
        if pid != program.windows_pid():
            return "host", pid
        return (program if program.lives() else None), pid

    # What is done to them

    def plan(self):
        """When what happens, in seconds from the start."""
        chance = self.chance
        events = [(chance.uniform(0, 0.3), self.start) for _ in range(chance.randint(3, 5))]
        pace = chance.choice([0.2, 0.3, 0.5, 0.8])    # so that some runners come to record something
        at = CALM_S if self.is_calm else 0.4
        while at < self.chaos_s:
            events.append((at, chance.choices([self.kill_runner, self.kill_any, self.kill_host], [6, 3, 2])[0]))
            at += chance.uniform(0.5, 1.5) * pace
        events += [(at / 10 + chance.uniform(0, 0.1), self.replace) for at in range(5, int(self.chaos_s * 10) - 5, 2)]
        for _ in range(chance.choice([0, 0, 1, 2])):
            events.append((chance.uniform(0.5, self.chaos_s), self.cut))
        if chance.random() < 0.3:
            events.append((chance.uniform(0.5, self.chaos_s), self.restart_server))
        return sorted(events, key=lambda event: event[0])

    def count_kill(self, when, number):
        """number: the runner's, if it was that."""
        self.figures.kills += 1
        if number:
            self.figures.runner_kills += 1
            self.runner_kills.append((when, number))

    def kill_program(self, program):
        runner, number = self.runner_and_number()
        when = time.time()
        if program.kill():
            self.count_kill(when, number if program is runner else None)

    def kill_runner(self):
        runner = self.runner()
        if runner == "host":
            self.kill_host()
        elif runner:
            self.kill_program(runner)
        else:
            self.kill_any()

    def kill_any(self):
        living = self.living()
        if living:
            self.kill_program(self.chance.choice(living))

    def kill_host(self):
        runner, number = self.runner_and_number()
        for pid in hosts_of(self.home):
            when = time.time()
            if send_kill(pid):
                self.count_kill(when, number if runner == "host" else None)
                self.host_kills.append(when)
                self.figures.host_kills += 1

    def replace(self):
        if len(self.living()) < 3:
            self.start()

    def cut(self):
        self.disturbances.append(time.time())
        self.server.cut()
        self.figures.cuts += 1

    def restart_server(self):
        self.disturbances.append(time.time())
        self.server.restart()
        self.figures.restarts += 1

    # Its course

    def chaos(self):
        self.server.set_haste(False)
        for at, event in self.plan():
            self.watch_until(lambda due=self.began + at: time.time() >= due)
            event()
        if self.chance.random() < 0.5:
            for program in self.living():
                self.kill_program(program)
        self.watch_until(lambda: not self.living(), self.chaos_s + 20)
        for program in self.living():
            self.verdict.add("every_call_is_answered_as_promised", program.name + " hangs")
            program.kill()

    def watch_until(self, holds, patience=STUCK_MS / 1000):
        """Keeps watching; false if it never holds."""
        end = time.time() + patience
        while not holds():
            self.watcher.look()
            if time.time() > end:
                return False
            time.sleep(TICK_S)
        self.watcher.look()
        return True

    def leave_alone(self):
        """No program is left: in some rounds the stand-by host, if there is one, is to finish what runs."""
        if self.chance.random() < 0.3 and hosts_of(self.home):
            self.figures.alone += 1
            self.host_was_alone = True
            if not self.watch_until(lambda: not hosts_of(self.home), HOST_S):
                self.verdict.add("work_goes_on_without_programs", "the host does not end")

    def finish(self):
        """The connections are cut once more: what runs goes on at once when it is resumed, and at full speed."""
        self.server.set_haste(True)
        self.leave_alone()
        self.cut()
        program = self.start("finish", STUCK_MS)
        ended = self.watch_until(lambda: not program.lives(), STUCK_MS / 1000 + 30)
        if not ended:
            program.kill()
        self.watch_until(lambda: not self.part_files(), PART_FILES_S)
        for name in self.part_files():
            self.verdict.add("no_part_file_stays_behind", name)
        for pid in hosts_of(self.home, also_unborn=True):
            send_kill(pid)

    def part_files(self):
        return [name for name in os.listdir(self.targets)
                if re.fullmatch(r"BIT.*\.tmp", name) and name not in self.bystanders]

    def run(self):
        self.chaos()
        self.finish()
        self.watcher.close()
        Judge(self).judge()
        self.figures.rounds += 1
        return self.verdict
