# SPDX-License-Identifier: MIT
"""The judge of the crash laboratory is judged: made-up rounds, right ones and such as each break one rule."""
import datetime
import os
import random
import tempfile
import types
import unittest

from bystanders import Bystanders
from chamber import Figures
from judge import Judge
from programs import Program
from rules import Verdict
from watcher import Watcher

T0 = 1700000000
MADE = [(0, "begin 32"), (1, "will create {G}"), (1.01, "did create {G} 00000000"),
        (1.02, "will add {G} 1 f-s00"), (1.03, "did add {G} 00000000"),
        (1.1, "will resume {G}"), (1.11, "did resume {G} 00000000")]
ENDS = [(0, "begin 40"), (20, "found {G} 40"), (21, "final {G} 140 1"), (22, "reported")]
SIZE = 4 << 20
RIGHT = bytes(SIZE)
LOG = [(0.1, 32, "runner X: fault 0"), (0.2, 40, "runner X: fault 0"), (0.3, 32, "this process runs the queue"),
       (1.2, 32, "group 1, its number 0, file 7: begins behind 0 bytes: http://h/rate/1m/crash/s00.bin?*** -> Z:\\t\\f-s00")]


def stamped(when):
    return datetime.datetime.fromtimestamp(T0 + when, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


class MadeUpRound(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.folder = self.place.name
        self.targets = self.folder + "/targets"
        os.mkdir(self.targets)
        self.verdict = Verdict()
        self.begun = []
        self.server = types.SimpleNamespace(
            contents=[RIGHT], log_since=lambda name, _sizes: self.begun if name == "begun" else [])
        self.bystanders = Bystanders(self.targets, random.Random(1))
        self.watcher = Watcher(self.targets, self.server, self.verdict, self.bystanders)
        self.chamber = types.SimpleNamespace(
            verdict=self.verdict, figures=Figures(), server=self.server, log_sizes={}, watcher=self.watcher,
            bystanders=self.bystanders, host_was_alone=False, host_kills=[], runner_kills=[], disturbances=[])
        self.program, self.last = self.make_program("one", "work"), self.make_program("last", "finish")
        self.chamber.programs = [self.program, self.last]

    def tearDown(self):
        self.watcher.events.close()
        self.place.cleanup()

    def make_program(self, name, word):
        program = Program.__new__(Program)
        program.name, program.word, program.killed, program.ended = name, word, False, T0 + 30
        program.process = types.SimpleNamespace(returncode=0)
        program.journal, program.log, program.output = ("%s/%s-%s" % (self.folder, what, name)
                                                        for what in ("journal", "log", "output"))
        return program

    def put(self, name, content):
        with open(self.targets + "/" + name, "wb") as out:
            out.write(content)

    def land(self):
        self.put("BIT1.tmp", RIGHT)
        os.rename(self.targets + "/BIT1.tmp", self.targets + "/f-s00")

    def ask(self, when, start=0):
        self.begun.append('%.3f GET /rate/1m/crash/s00.bin?f=f-s00 "%s"'
                          % (T0 + when, "bytes=%u-" % start if start else ""))

    def broken(self, journal=(), log=(), ends=ENDS):
        """The rules that the round breaks."""
        self.land()
        self.watcher.look()
        for program, lines in ((self.program, MADE + list(journal)), (self.last, ends)):
            with open(program.journal, "w") as out:
                out.writelines("%.3f %s\n" % (T0 + when, text) for when, text in lines)
        with open(self.program.log, "w") as out:
            out.writelines("%sZ %u.1 %s\n" % (stamped(when), process, text)
                           for when, process, text in LOG + list(log))
        Judge(self.chamber).judge()
        return [rule for rule, texts in self.verdict.broken.items() if texts]

    # What was durable

    def test_a_round_in_which_all_goes_well_is_right(self):
        self.ask(1.2)
        self.ask(3, 5000)
        self.assertEqual(self.broken(log=[(2, 32, "file 7: 5000 bytes are safe")]), [])

    def test_bytes_that_were_safe_once_are_not_fetched_again_though_the_record_was_taken_back(self):
        self.ask(3, 0)
        fall = [(2, 32, "file 7: 5000 bytes are safe"), (2.5, 32, "file 7: 0 bytes are safe")]
        self.assertEqual(self.broken(log=fall),
                         ["nothing_durable_is_fetched_again"])
        self.assertEqual(len(self.verdict.broken["nothing_durable_is_fetched_again"]), 2)

    def test_a_record_does_not_fall(self):
        fall = [(2, 32, "file 7: 5000 bytes are safe"), (2.5, 32, "file 7: 9 bytes are safe")]
        self.assertEqual(self.broken(log=fall),
                         ["nothing_durable_is_fetched_again"])

    def test_the_last_byte_of_a_whole_file_may_be_asked_for_again_and_no_more(self):
        safe = [(2, 32, "file 7: %u bytes are safe, that is all" % SIZE)]
        self.ask(3, SIZE - 1)
        self.assertEqual(self.broken(log=safe), [])
        self.ask(4, SIZE - 2)
        self.assertEqual(self.broken(log=safe), ["nothing_durable_is_fetched_again"])

    def test_what_came_long_before_a_kill_is_recorded_by_then(self):
        self.ask(1.2)
        self.chamber.runner_kills = [(T0 + 6.2, "32")]
        self.assertEqual(self.broken(log=[(2, 32, "file 7: 900000 bytes are safe")]),
                         ["what_arrived_becomes_durable_soon"])

    def test_what_came_shortly_before_a_kill_need_not_be(self):
        self.ask(1.2)
        self.chamber.runner_kills = [(T0 + 6.2, "32")]
        self.assertEqual(self.broken(log=[(5, 32, "file 7: 1100000 bytes are safe")]), [])
        self.assertEqual(self.chamber.figures.due, 1)

    # What was answered

    def test_a_lost_resume_is_noticed(self):
        self.assertEqual(self.broken(ends=[(0, "begin 40"), (20, "found {G} 120")] + ENDS[2:]),
                         ["what_was_answered_is_done"])

    def test_a_lost_suspend_is_noticed(self):
        suspend = [(2, "will suspend {G}"), (2.1, "did suspend {G} 00000000")]
        self.assertEqual(self.broken(suspend, ends=[(0, "begin 40"), (20, "found {G} 20")] + ENDS[2:]),
                         ["what_was_answered_is_done"])

    def test_a_suspend_of_a_program_that_was_killed_meanwhile_leaves_it_open(self):
        self.program.killed, self.program.process.returncode = True, -9
        ends = [(0, "begin 40"), (20, "found {G} 120")] + ENDS[2:]
        self.assertEqual(self.broken([(2, "will suspend {G}")], ends=ends), [])

    def test_a_target_that_appears_after_its_cancellation_is_noticed(self):
        cancel = [(2, "will cancel {G}"), (2.1, "did cancel {G} 00000000")]
        self.watcher.looked = T0 + 2.3
        self.assertEqual(self.broken(cancel, ends=[(0, "begin 40"), (22, "reported")]), ["what_was_answered_is_done"])

    def test_a_target_may_have_appeared_before_its_cancellation_was_answered(self):
        cancel = [(2, "will cancel {G}"), (2.1, "did cancel {G} 00000000")]
        self.watcher.looked = T0 + 2.08
        self.assertEqual(self.broken(cancel, ends=[(0, "begin 40"), (22, "reported")]), [])

    def test_a_request_long_after_a_suspend_is_noticed_unless_somebody_resumed(self):
        suspend = [(2, "will suspend {G}"), (2.1, "did suspend {G} 00000000")]
        resume = [(2.3, "will resume {G}"), (2.31, "did resume {G} 00000000")]
        self.ask(2.3)
        self.ask(2.5)
        self.assertEqual(self.broken(suspend + resume), [])
        self.assertEqual(self.broken(suspend), ["what_was_answered_is_done"])

    # Programs, and what happens to files

    def test_a_program_that_ends_by_itself_with_a_fault_is_noticed(self):
        self.program.process.returncode = 5
        self.assertEqual(self.broken(), ["no_program_crashes"])

    def test_an_exception_in_the_output_is_noticed(self):
        self.program.killed, self.program.process.returncode = True, -9
        with open(self.program.output, "w") as out:
            out.write("wine: Unhandled page fault on read access to 0 at address 0\n")
        self.assertEqual(self.broken(), ["no_program_crashes"])

    def test_a_target_that_was_written_in_place_is_noticed_though_it_is_right_in_the_end(self):
        self.put("f-s00", RIGHT)
        self.assertEqual(self.broken(), ["no_wrong_target_at_any_instant"])

    def test_a_target_that_was_deleted_before_the_rename_is_noticed(self):
        self.put("f-s00.old", b"old content of f-s00")
        os.rename(self.targets + "/f-s00.old", self.targets + "/f-s00")
        self.watcher.look()
        self.assertEqual(self.verdict.is_clean(), True)
        os.remove(self.targets + "/f-s00")
        self.assertEqual(self.broken(), ["no_wrong_target_at_any_instant"])

    def test_a_bystander_that_is_gone_or_changed_is_noticed(self):
        for harm in (os.remove, lambda path: os.chmod(path, 0o600), lambda path: os.truncate(path, 0)):
            for name in self.bystanders.contents:
                with self.subTest(name=name):
                    self.tearDown()
                    self.setUp()
                    harm(self.bystanders.path(name))
                    self.assertEqual(self.broken(), ["nobody_elses_file_is_touched"])

    def test_a_take_over_is_timed_only_if_somebody_stood_by(self):
        self.chamber.runner_kills = [(T0 + 5, "32")]
        self.broken(log=[(5.25, 40, "this process runs the queue")])
        self.assertAlmostEqual(self.chamber.figures.take_overs[0], 0.25, places=2)
        self.chamber.figures.take_overs = []
        self.last.ended = T0 + 5.1
        self.broken(log=[(5.25, 50, "this process runs the queue")])
        self.assertEqual(self.chamber.figures.take_overs, [])


if __name__ == "__main__":
    unittest.main()
