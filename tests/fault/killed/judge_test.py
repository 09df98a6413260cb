"""A loss is found, and nothing where there is none."""
import unittest

from history.check_test import Story

from .judge import gaps, lost


class LostTest(unittest.TestCase):
    def setUp(self):
        self.story = Story()
        self.story.created("u1", "bob")
        self.story.moved("LockUser", "user.locked", "u1")

    def lost(self):
        return lost(self.story.operations, self.story.events)

    def test_what_stands_is_not_lost(self):
        self.assertEqual(self.lost(), [])

    def test_an_acknowledged_command_without_its_event_is_lost(self):
        self.story.events.pop()
        self.assertEqual(len(self.lost()), 1)
        self.assertIn("is lost: LockUser", self.lost()[0])

    def test_one_that_was_not_acknowledged_may_be(self):
        self.story.asked("UnlockUser", "unknown", userId="u1")
        self.assertEqual(self.lost(), [])

    def test_half_a_commit_is_found(self):
        self.story.events = [event for event in self.story.events
                             if event.type != "user.metadata.set"]
        self.assertIn("is half there, without user.metadata.set", self.lost()[0])

    def test_a_missing_number_is_a_gap(self):
        self.assertEqual(gaps(self.story.events), [])
        del self.story.events[2]
        self.assertEqual(gaps(self.story.events), ["between 2 and 4 is a gap"])


if __name__ == "__main__":
    unittest.main()
