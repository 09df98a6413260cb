"""Erasures that are not carried out, or hit somebody else, are found."""
import unittest

from history.erasure import check_erasure
from history.record import Event


def event(sequence, kind, user, payload=None, erased=False):
    return Event(sequence, "", kind, user, "org", "", payload or {}, erased)


READABLE = {"organizationId": "org", "username": "bob", "description": "mark"}
ENDED = [event(3, "user.removed", "u1"), event(4, "user.erased", "u1"),
         event(5, "user.purged", "u1")]


class ErasureTest(unittest.TestCase):
    def finds(self, events, *words):
        wrong = check_erasure(events)
        self.assertEqual(len(wrong), 1, wrong)
        self.assertTrue(all(word in wrong[0] for word in words), wrong)

    def test_who_is_erased_is_unreadable_and_all_others_are_readable(self):
        self.assertEqual(check_erasure([
            event(1, "user.machine.added", "u1", {"organizationId": "org"}, erased=True),
            event(2, "user.machine.added", "u2", READABLE), *ENDED]), [])

    def test_a_name_that_is_left(self):
        self.finds([event(1, "user.machine.added", "u1", READABLE), *ENDED], "can be read", "bob")

    def test_a_key_that_went_though_nobody_was_erased(self):
        self.finds([event(1, "user.machine.added", "u2", erased=True), *ENDED], "cannot be read")

    def test_an_erasure_that_does_not_come_or_does_not_end(self):
        self.finds(ENDED[:1], "not erased", "u1")
        self.finds(ENDED[:2], "not purged", "u1")


if __name__ == "__main__":
    unittest.main()
