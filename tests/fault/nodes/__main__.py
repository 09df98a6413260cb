"""Three nodes over one PostgreSQL, faults, and whether what their clients saw is what the log says.

    tests/fault/run                       the short schedules
    tests/fault/run --minutes 15          the long list, again and again, so long
    tests/fault/run --schedule "clocks" --seed 7
                                                one schedule, as it was played before

A seed decides what is done, to whom and in which order; the processes' own timing it does not
decide. What a failed run leaves (logs, history, events) stays in the folder that it names. The last
line is "N passed, N failed, N skipped".
"""
import argparse
import os
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from . import network, postgres
from .run import Result, play
from .schedules import LONG, SHORT

SHOWN_OF_A_KIND = 3


def why_not(program):
    if not os.access(program, os.X_OK):
        return f"{program} is not built"
    if postgres.programs() is None:
        return "PostgreSQL is not installed"
    return ""


def play_one(schedule, seed, program):
    place = Path(tempfile.mkdtemp(prefix="muniment-nodes-"))
    place.chmod(0o755)  # PostgreSQL is another user where we are root
    try:
        result = play(schedule, seed, program, place)
    except Exception as error:  # pylint: disable=broad-except
        result = Result(schedule.name, seed, wrong=[f"the run broke: {error!r}\n"
                                                    f"{traceback.format_exc()}"])
    if result.wrong:
        print(f"   left in {place}")
    else:
        shutil.rmtree(place, ignore_errors=True)
    return result


def kind_of(what):
    """What stands before the first number or colon."""
    return re.split(r"[0-9:]", what)[0].strip()


def show(result):
    worst = f", worked again after {max(result.recoveries):.1f} s" if result.recoveries else ""
    print(f"   {'FAILED' if result.wrong else 'passed'}  {result.schedule}, seed {result.seed}: "
          f"{len(result.faults)} faults{worst}; {result.operations} operations "
          f"{result.outcomes}, {result.events} events, {result.contested} contested creates, "
          f"{result.duels} revocations, {result.erasures} erasures; {result.seconds:.0f} s",
          flush=True)
    if result.wrong:
        print(f"      faults: {'; '.join(result.faults)}")
        kinds = Counter(kind_of(what) for what in result.wrong)
        shown = Counter()
        for what in result.wrong:
            shown[kind_of(what)] += 1
            if shown[kind_of(what)] <= SHOWN_OF_A_KIND:
                print(f"      {what[:1500]}")
        print("      " + "; ".join(f"{count} x {kind}" for kind, count in kinds.items()))
        print(f"      again: tests/fault/run --schedule \"{result.schedule}\" "
              f"--seed {result.seed}", flush=True)


def plan(arguments):
    """Schedules with their seeds, without an end for the long list."""
    seed = arguments.seed
    if arguments.schedule:
        asked = arguments.schedule.lower()
        found = [s for s in [*LONG, *SHORT] if asked in s.name.lower()]
        found.sort(key=lambda schedule: schedule.name.lower() != asked)
        if not found:
            sys.exit(f"no schedule is called so: {arguments.schedule}")
        yield found[0], seed
    elif arguments.minutes:
        while True:
            for schedule in LONG:
                yield schedule, seed
                seed += 1
    else:
        for schedule in SHORT:
            yield schedule, seed
            seed += 1


def main():
    parser = argparse.ArgumentParser(prog="tests/fault/run nodes", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=0, help="play the long list so long")
    parser.add_argument("--schedule", default="", help="a part of one schedule's name")
    parser.add_argument("--seed", type=int, default=1, help="of the first schedule")
    parser.add_argument("--program", default=os.environ.get("MUNIMENT", "build/dev/muniment"))
    arguments = parser.parse_args()
    missing = why_not(arguments.program)
    if missing:
        print(f"   not played: {missing}")
        print(f"0 passed, 0 failed, {len(SHORT)} skipped")
        return 0
    print(f"   the machines are {network.what_it_is()}")
    until = time.monotonic() + 60 * arguments.minutes
    results = []
    for schedule, seed in plan(arguments):
        if arguments.minutes and time.monotonic() > until:
            break
        results.append(play_one(schedule, seed, os.path.abspath(arguments.program)))
        show(results[-1])
    total = [sum(getattr(result, name) for result in results)
             for name in ("operations", "events", "contested", "duels", "erasures")]
    failed = sum(bool(result.wrong) for result in results)
    print(f"   {len(results)} schedules, {sum(len(r.faults) for r in results)} faults, "
          f"{total[0]} operations, {total[1]} events, {total[2]} contested creates, {total[3]} "
          f"revocations, {total[4]} erasures, {sum(len(r.wrong) for r in results)} violations")
    print(f"{len(results) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
