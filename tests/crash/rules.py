# SPDX-License-Identifier: MIT
"""The rules that the class must keep, and a verdict on them."""
import collections

RULES = [
    "no_group_is_lost",
    "none_is_invented",
    "every_file_is_right",
    "no_wrong_target_at_any_instant",
    "no_part_file_stays_behind",
    "nobody_elses_file_is_touched",
    "nothing_durable_is_fetched_again",
    "what_arrived_becomes_durable_soon",
    "every_group_becomes_complete",
    "work_goes_on_without_programs",
    "every_call_is_answered_as_promised",
    "what_was_answered_is_done",
    "no_program_crashes",
]


class Verdict:
    """What was broken, by rule."""

    def __init__(self):
        self.broken = collections.OrderedDict((rule, []) for rule in RULES)

    def add(self, rule, text):
        if text not in self.broken[rule]:
            self.broken[rule].append(text)

    def is_clean(self):
        return not any(self.broken.values())

    def show(self):
        for rule, texts in self.broken.items():
            for text in texts[:20]:
                print("    %s: %s" % (rule, text))
