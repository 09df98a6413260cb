"""What is asked of the data that a killed server leaves, before anybody mends it.

    data = Leftover(node, place); wrong = data.wrong; events = data.events(after=100)
    wrong += lost(operations, events)
"""
import shutil

from history.matching import Matching
from history.methods import WRITES
from history.record import read_events


def lost(operations, events):
    """The commands that were acknowledged and do not stand in the events, or not whole."""
    matching = Matching(operations, events)
    return ([f"is lost: {operation}" for operation in operations
             if operation.outcome == "ok" and operation.method in WRITES
             and operation.number not in matching.of]
            + [what for what in matching.wrong if what.startswith("is half there")])


def gaps(events):
    return [f"between {before.sequence} and {event.sequence} is a gap"
            for before, event in zip(events, events[1:]) if event.sequence != before.sequence + 1]


class Leftover:
    """A copy, so that the server itself has to take up what was left."""

    def __init__(self, node, place):
        self._node, self._place = node, place
        shutil.copytree(node.models_path, place)
        self.wrong = []
        self._must("sound", "verify")
        self._must("byte for byte", "replay", "--check")

    def _run(self, *words):
        return self._node.offline(*words, settings={"MUNIMENT_DATADIR": str(self._place)})

    def _must(self, word, *command):
        status, said, complaint = self._run(*command)
        if status != 0 or word not in said:
            self.wrong.append(f"{' '.join(command)} ended with {status}:\n{said} {complaint}")

    def events(self, after):
        status, said, complaint = self._run("events", "--payload", "--after", str(after))
        if status != 0:
            self.wrong.append(f"the events cannot be read: {complaint}")
            return []
        return read_events(said.splitlines())

    def remove(self):
        shutil.rmtree(self._place, ignore_errors=True)
