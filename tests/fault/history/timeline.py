"""A value and how it changed along the log."""
from bisect import bisect_right


class Timeline:
    def __init__(self, first):
        self._starts = [0]
        self._values = [first]

    def set(self, sequence, value):
        if self._starts[-1] == sequence:
            self._values[-1] = value
        else:
            self._starts.append(sequence)
            self._values.append(value)

    @property
    def now(self):
        return self._values[-1]

    def at(self, sequence):
        return self._values[bisect_right(self._starts, sequence) - 1]

    def changes(self, low, high):
        """Where it changed after `low`, up to `high`."""
        return self._starts[bisect_right(self._starts, low):bisect_right(self._starts, high)]

    def first_in(self, low, high, fits):
        """The first sequence from `low` to `high` at which a fitting value stood; None: nowhere."""
        for sequence in [low, *self.changes(low, high)]:
            if fits(self.at(sequence)):
                return sequence
        return None
