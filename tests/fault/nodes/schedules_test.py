"""What a failed run prints plays the same schedule again."""
import unittest
from argparse import Namespace

from nodes.__main__ import plan
from nodes.schedules import LONG, SHORT


class PlanTest(unittest.TestCase):
    def test_a_schedule_is_found_by_the_name_that_is_printed(self):
        for schedule in [*SHORT, *LONG]:
            asked = Namespace(schedule=schedule.name, seed=7, minutes=0)
            self.assertEqual(list(plan(asked)), [(schedule, 7)])

    def test_a_part_of_a_name_will_do(self):
        asked = Namespace(schedule="SLOW", seed=1, minutes=0)
        self.assertEqual([schedule.name for schedule, _ in plan(asked)], ["a slow line"])


if __name__ == "__main__":
    unittest.main()
