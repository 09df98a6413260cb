"""The real server, killed: under load, and at its first start.

    tests/fault/run --kills 100           so many under load, a fifth as many first starts
    tests/fault/run --kills 100 --seed 7  the same moments again

What a failed run leaves stays in the folder that it names. The last line is "N passed, N failed, N
skipped".
"""
import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from .first_start import FirstStarts
from .under_load import UnderLoad

SHOWN = 10


def play(what, name, place):
    began = time.monotonic()
    try:
        result = what.play()
    except Exception as error:  # pylint: disable=broad-except
        result = what.result
        result.wrong.append(f"the run broke: {error!r}\n{traceback.format_exc()}")
    print(f"   {'FAILED' if result.wrong else 'passed'}  {name}: killed {result.kills} times; "
          f"{result.acknowledged} commands acknowledged of {result.operations} operations, "
          f"{result.events} events; {time.monotonic() - began:.0f} s", flush=True)
    for wrong in result.wrong[:SHOWN]:
        print(f"      {wrong[:1500]}")
    if result.wrong:
        print(f"      {len(result.wrong)} in all, left in {place}", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser(prog="tests/fault/run", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10, help="under load")
    parser.add_argument("--seconds", type=float, default=float("inf"),
                        help="begin no further kill after so long, under load after half of it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", default=os.environ.get("MUNIMENT", "build/dev/muniment"))
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.program)
    if not os.access(program, os.X_OK):
        print(f"   not played: {program} is not built\n0 passed, 0 failed, 1 skipped")
        return 0
    place = Path(tempfile.mkdtemp(prefix="muniment-killed-"))
    began = time.monotonic()
    load = UnderLoad(arguments.kills, arguments.seed, program, place,
                     began + arguments.seconds / 2)
    first = FirstStarts(max(3, arguments.kills // 5), arguments.seed, program, place,
                        began + arguments.seconds)
    results = [play(load, "under load", place), play(first, "at its first start", place)]
    # What is wrong at the end alone is one failure.
    failed = sum(max(result.failed, bool(result.wrong)) for result in results)
    if not failed:
        shutil.rmtree(place, ignore_errors=True)
    passed = sum(result.kills for result in results) - sum(result.failed for result in results)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
