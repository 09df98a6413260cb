"""Judges again what a failed run left: python3 -m history history.jsonl events.jsonl"""
import sys

from .check import check
from .record import read_events, read_history

with open(sys.argv[2], encoding="utf-8") as log:
    wrong = check(read_history(sys.argv[1]), read_events(log))
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
