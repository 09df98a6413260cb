"""What a history comes to when the log loses its tail."""
import unittest

from history.check import check
from history.check_test import Story
from nodes.ending import _catch_up, after_the_loss, before_the_loss
from nodes.run import Tail


class MovingLog:
    """A cluster of one node, and a log that its own work moves on when the end is asked for."""

    def __init__(self, position, shown):
        self._position, self._shown, self.nodes = position, shown, [self]

    def position(self):
        self._position += self._position < 3
        return self._position

    def metric(self, _):
        self._shown += self._shown < self._position
        return float(self._shown)


class CatchUpTest(unittest.TestCase):
    def test_a_node_follows_a_log_that_moves_on(self):
        self.assertEqual(_catch_up(MovingLog(1, 0)), [])


class LossTest(unittest.TestCase):
    """A server that dies at 10 with "u2" in its log, and one promoted at 12 without."""

    def setUp(self):
        self.story, self.tail = Story(), Tail(cut=5, killed=10, promoted=12, epoch=1)
        self.story.created("u1", "bob", start=1, end=2)
        self.kept = len(self.story.events)

    def wrong(self):
        old = self.story.events[:]
        new = old[:self.kept]
        operations = self.story.operations
        return (check(before_the_loss(operations, self.tail), old),
                check(after_the_loss(operations, old, new, self.tail), new))

    def test_what_the_standby_did_not_have_may_be_lost(self):
        self.story.created("u2", "eve", start=6, end=7)
        self.story.asked("GetUserByID", userId="u2", answer={"user": None}, start=13, end=14)
        self.assertEqual(self.wrong(), ([], []))

    def test_it_may_be_lost_also_when_its_answer_came_late(self):
        self.story.created("u2", "eve", start=9, end=11)
        self.assertEqual(self.wrong(), ([], []))

    def test_what_neither_log_has_is_lost(self):
        self.story.asked("CreateUser", userId="u2", username="eve", mark="u2", organizationId="org",
                         start=9, end=11)
        self.assertIn("lost", self.wrong()[1][0])

    def test_what_was_lost_is_not_read_afterwards(self):
        at = self.story.created("u2", "eve", start=6, end=7)
        self.story.read("u2", at, name="eve", start=13, end=14)
        self.assertIn("read what did not stand", self.wrong()[1][0])


if __name__ == "__main__":
    unittest.main()
