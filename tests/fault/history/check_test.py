"""The checker finds what is planted, and nothing in a history that is right."""
import unittest

from history.check import check
from history.record import Event, Operation


class Story:
    """A log and the operations that made it, told in order; each takes from one second to the next.

    The log begins with the instance's owner, an organization and its owner "alice" with a token.
    """

    def __init__(self):
        self.events, self.operations = [], []
        self.time = 0.0
        self.happened("org.added", "org", {"name": "Org"})
        self.happened("user.machine.added", "alice", {"organizationId": "org", "username": "alice"})
        self.happened("user.pat.added", "alice", {"tokenId": "t-alice"})
        self.happened("org.member.added", "org", {"userId": "alice", "role": ["ORG_OWNER"]})

    def happened(self, kind, of, payload=None, actor="", created=None):
        sequence = len(self.events) + 1
        self.events.append(Event(sequence, created or f"{sequence:09}", kind, of, "org", actor,
                                 payload or {}))
        return sequence

    def asked(self, method, outcome="ok", reason="", answer=None, start=None, end=None, **request):
        self.time += 1
        self.operations.append(Operation(
            len(self.operations), "client", "node", method, request, "alice", "t-alice",
            self.time if start is None else start, self.time + 0.5 if end is None else end, outcome,
            reason, answer or {}))
        return self.operations[-1]

    def user_stands(self, user, name, actor="alice"):
        sequence = self.happened("user.machine.added", user,
                                 {"organizationId": "org", "username": name, "description": user},
                                 actor)
        self.happened("user.metadata.set", user, {"value": user}, actor, f"{sequence:09}")
        return sequence

    def created(self, user, name, **asking):
        self.asked("CreateUser", userId=user, username=name, mark=user, organizationId="org",
                   **asking)
        return self.user_stands(user, name)

    def moved(self, method, kind, user, **asking):
        self.asked(method, userId=user, **asking)
        return self.happened(kind, user, {}, "alice")

    def read(self, user, sequence, state="active", name="", mark=None, **asking):
        said = {"sequence": sequence, "state": state, "username": name, "mark": mark or user}
        self.asked("GetUserByID", userId=user, answer={"user": said if sequence else None}, **asking)

    def listed(self, name, users, sequence, **asking):
        self.asked("ListUsers", username=name, answer={"users": users, "sequence": sequence},
                   **asking)

    def wrong(self):
        return check(self.operations, self.events)


class CheckTest(unittest.TestCase):
    def setUp(self):
        self.story = Story()

    def sound(self):
        self.assertEqual(self.story.wrong(), [])

    def finds(self, *words):
        wrong = self.story.wrong()
        self.assertTrue(any(all(word in line for word in words) for line in wrong), wrong)

    def test_a_history_of_commands_reads_and_refusals_is_sound(self):
        at = self.story.created("u1", "bob")
        self.story.read("u1", at, name="bob")
        locked = self.story.moved("LockUser", "user.locked", "u1")
        self.story.asked("LockUser", "refused", "user.already_locked", userId="u1")
        self.story.read("u1", locked, "locked", "bob")
        self.story.asked("CreateUser", "refused", "user.username_taken", userId="u2",
                         username="BOB", mark="u2", organizationId="org")
        self.story.listed("bob", ["u1"], locked)
        self.story.moved("DeleteUser", "user.removed", "u1")
        self.story.read("u1", 0)
        self.story.created("u3", "Bob")
        self.sound()

    def test_who_is_removed_is_erased_once_and_never_changed_again(self):
        self.story.created("u1", "bob")
        self.story.moved("DeleteUser", "user.removed", "u1")
        self.story.happened("user.erased", "u1")
        self.story.happened("user.purged", "u1")
        self.story.read("u1", 0)
        self.story.asked("LockUser", "refused", "user.not_found", userId="u1")
        self.story.created("u2", "bob")
        self.sound()
        self.story.happened("user.erased", "u1")
        self.finds("user.erased", "purged")

    def test_somebody_who_was_not_removed_is_erased(self):
        self.story.created("u1", "bob")
        self.story.happened("user.erased", "u1")
        self.finds("user.erased", "active")

    def test_an_acknowledged_command_that_is_lost(self):
        self.story.asked("CreateUser", userId="u1", username="bob", mark="u1", organizationId="org")
        self.finds("lost")

    def test_a_command_that_stands_twice(self):
        self.story.created("u1", "bob")
        self.story.user_stands("u1", "bob")
        self.finds("stands 2 times")

    def test_a_command_that_is_half_there(self):
        self.story.created("u1", "bob")
        self.story.events.pop()
        self.finds("half there")

    def test_a_refused_command_that_stands(self):
        self.story.created("u1", "bob", outcome="rejected", reason="store.unavailable")
        self.finds("refused and stands")

    def test_a_refused_command_that_was_sent_again_and_acknowledged(self):
        self.story.asked("CreateUser", "rejected", "store.unavailable", userId="u1", username="bob",
                         mark="u1", organizationId="org")
        self.story.created("u1", "bob")
        self.sound()

    def test_an_unknown_outcome_may_be_either(self):
        self.story.created("u1", "bob", outcome="unknown")
        self.story.asked("CreateUser", "unknown", userId="u2", username="eve", mark="u2",
                         organizationId="org")
        self.sound()

    def test_an_event_that_nobody_asked_for(self):
        self.story.user_stands("u1", "bob")
        self.finds("nobody asked")

    def test_a_gap(self):
        self.story.created("u1", "bob")
        self.story.created("u2", "eve")
        del self.story.events[4:6]
        self.finds("gap")

    def test_two_winners_of_one_name(self):
        self.story.created("u1", "bob")
        self.story.created("u2", "BOB")
        self.finds("with the name 'BOB' of u1")

    def test_a_rename_to_a_name_that_stands(self):
        self.story.created("u1", "bob")
        self.story.created("u2", "eve")
        self.story.asked("UpdateUser", userId="u2", username="bob", mark="m")
        at = self.story.happened("user.username.changed", "u2", {"username": "bob"}, "alice")
        self.story.happened("user.machine.changed", "u2", {"description": "m"}, "alice", f"{at:09}")
        self.finds("to the name 'bob' of u1")

    def test_a_move_from_a_state_that_does_not_allow_it(self):
        self.story.created("u1", "bob")
        self.story.moved("UnlockUser", "user.unlocked", "u1")
        self.finds("of one that is active")

    def test_an_event_after_the_callers_token_was_taken_away(self):
        self.story.happened("user.pat.removed", "alice", {"tokenId": "t-alice"})
        self.story.created("u1", "bob")
        self.finds("no right")

    def test_an_event_after_the_caller_was_locked(self):
        self.story.happened("user.locked", "alice")
        self.story.created("u1", "bob")
        self.finds("no right")

    def test_an_event_after_the_callers_role_was_taken_away(self):
        self.story.happened("org.member.removed", "org", {"userId": "alice"})
        self.story.created("u1", "bob")
        self.finds("no right")

    def test_an_owner_who_was_dismissed_is_refused_and_changes_nothing_more(self):
        self.story.happened("user.machine.added", "bob",
                            {"organizationId": "org", "username": "bob"})
        self.story.happened("org.member.added", "org", {"userId": "bob", "role": ["ORG_OWNER"]})
        self.story.asked("DeleteAdministrator", userId="bob", organizationId="org")
        self.story.happened("org.member.removed", "org", {"userId": "bob"}, "alice")
        self.story.asked("CreateUser", "refused", "org.not_found", userId="u1", username="eve",
                         mark="u1", organizationId="org")
        self.story.operations[-1].caller, self.story.operations[-1].token = "bob", ""
        self.sound()
        self.story.operations[-1].outcome = "ok"
        self.story.user_stands("u1", "eve", "bob")
        self.finds("no right", "of client")

    def test_a_dismissal_that_is_lost(self):
        self.story.asked("DeleteAdministrator", userId="bob", organizationId="org")
        self.finds("lost")

    def test_a_refusal_that_nothing_justifies(self):
        self.story.created("u1", "bob")
        self.story.asked("LockUser", "refused", "user.already_locked", userId="u1")
        self.finds("refused without reason")

    def test_a_refusal_of_a_caller_who_has_every_right(self):
        self.story.created("u0", "eve")
        self.story.asked("CreateUser", "refused", "auth.token_invalid", userId="u1", username="bob",
                         mark="u1", organizationId="org")
        self.finds("refused without reason")

    def test_a_refusal_that_was_right_while_the_call_lasted(self):
        self.story.created("u1", "bob")
        self.story.moved("LockUser", "user.locked", "u1", start=10, end=20)
        self.story.moved("UnlockUser", "user.unlocked", "u1", start=30, end=40)
        self.story.asked("LockUser", "refused", "user.already_locked", userId="u1", start=15,
                         end=35)
        self.sound()

    def test_a_refusal_of_a_caller_whose_token_was_taken_away_meanwhile(self):
        self.story.created("u0", "eve")
        self.story.asked("CreateUser", "refused", "auth.token_invalid", userId="u1", username="bob",
                         mark="u1", organizationId="org")
        self.story.happened("user.pat.removed", "alice", {"tokenId": "t-alice"})
        self.sound()

    def test_a_name_refused_after_it_was_given_back(self):
        self.story.created("u1", "bob")
        self.story.moved("DeleteUser", "user.removed", "u1")
        self.story.asked("CreateUser", "refused", "user.username_taken", userId="u2",
                         username="bob", mark="u2", organizationId="org")
        self.finds("refused without reason")

    def test_a_command_before_one_that_was_acknowledged_first(self):
        self.story.created("u1", "bob", start=5, end=6)
        self.story.created("u2", "eve", start=1, end=2)
        self.finds("acknowledged first")

    def test_commands_that_overlap_stand_in_any_order(self):
        self.story.created("u1", "bob", start=1, end=6)
        self.story.created("u2", "eve", start=2, end=3)
        self.sound()

    def test_a_read_older_than_what_was_acknowledged(self):
        at = self.story.created("u1", "bob")
        self.story.moved("LockUser", "user.locked", "u1")
        self.story.read("u1", at, name="bob")
        self.finds("read what did not stand")

    def test_a_read_that_misses_a_creation(self):
        self.story.created("u1", "bob")
        self.story.read("u1", 0)
        self.finds("read what did not stand")

    def test_a_read_older_than_another_clients_read(self):
        at = self.story.created("u1", "bob")
        locked = self.story.moved("LockUser", "user.locked", "u1", outcome="unknown", start=3,
                                  end=50)
        self.story.read("u1", locked, "locked", "bob", start=4, end=5)
        self.sound()
        self.story.read("u1", at, name="bob", start=6, end=7)
        self.finds("read what did not stand")

    def test_a_read_that_is_wrong_makes_no_other_wrong(self):
        self.story.created("u1", "bob")
        self.story.read("u1", 0)
        self.story.asked("GetUserByID", userId="u2", answer={"user": None})
        self.story.moved("DeleteUser", "user.removed", "u1")
        self.assertEqual(len(self.story.wrong()), 1)

    def test_a_read_that_finds_again_what_another_found_deleted(self):
        at = self.story.created("u1", "bob")
        self.story.moved("DeleteUser", "user.removed", "u1", outcome="unknown", start=3, end=50)
        self.story.read("u1", 0, start=4, end=5)
        self.sound()
        self.story.read("u1", at, name="bob", start=6, end=7)
        self.finds("read what did not stand")

    def test_a_read_of_what_comes_only_later(self):
        self.story.read("u1", 5, name="bob", start=1, end=2)
        self.story.created("u1", "bob", start=3, end=4)
        self.finds("read what did not stand")

    def test_an_answer_that_says_how_old_it_is_is_no_older_and_not_too_old(self):
        at = self.story.created("u1", "bob", start=1, end=2)
        self.story.moved("LockUser", "user.locked", "u1", start=100, end=101)
        self.story.read("u1", at, name="bob", start=120, end=121)
        self.story.operations[-1].answer["age"] = 20.0
        self.sound()
        self.story.operations[-1].answer["age"] = 18.0
        self.finds("read what did not stand")
        self.story.operations[-1].answer["age"] = 60.0
        self.finds("60.0 s old")

    def test_a_list_that_is_not_of_the_moment_it_names(self):
        at = self.story.created("u1", "bob")
        self.story.listed("bob", [], at + 1)
        self.finds("read what did not stand")

    def test_a_list_of_a_moment_before_what_was_acknowledged(self):
        at = self.story.created("u1", "bob")
        self.story.listed("bob", [], at - 1)
        self.finds("read what did not stand")


if __name__ == "__main__":
    unittest.main()
