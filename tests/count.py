"""Runs ctest and the end-to-end scripts and counts test cases: tests/run's last step.

A Catch2 program counts as its test cases, those as skipped that say so by a line "SKIPPED name:
why" (tests/skipped.h); anything else counts as one. The scripts are tests/<folder>/run (but
not bench, which measures); where a script's last line reads "N passed, N failed, N skipped" it
counts as that. Scripts find the program in $MUNIMENT.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

PROGRAM_SECONDS = 300
SCRIPT_SECONDS = 600
COUNTS = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$")
SKIPPED = re.compile(r"^SKIPPED (.+): (.+)$", re.M)


def skipped_cases(output):
    """Why each test case that ended at once did, by its name; one of sections says it for each."""
    return dict(SKIPPED.findall(output))


def catch_counts(output, passed):
    """(passed, failed, skipped) of one test program."""
    skipped = len(skipped_cases(output))
    whole = re.search(r"All tests passed \(.* in (\d+) test cases?\)", output)
    if whole and passed:
        return int(whole[1]) - skipped, 0, skipped
    part = re.search(r"^test cases:(.*)$", output, re.M)
    if not part:
        return (1, 0, 0) if passed else (0, 1, 0)
    def number(word):
        found = re.search(r"(\d+) " + word, part[1])
        return int(found[1]) if found else 0
    # Catch2 takes what was skipped for passed.
    return number("passed") - skipped, max(number("failed"), 0 if passed else 1), skipped


def tell_skipped(name, output, as_a_whole):
    if as_a_whole:
        print(f"skipped: {name}")
    for why, cases in sorted(Counter(skipped_cases(output).values()).items()):
        print(f"skipped: {cases} of {name}: {why}")


def run_ctest(build, options):
    log = Path(build, "Testing/Temporary/LastTest.log")
    log.unlink(missing_ok=True)
    results = Path(build, "Testing/results.xml").resolve()
    results.unlink(missing_ok=True)
    subprocess.run(["ctest", "--test-dir", build, "-j2", "--timeout", str(PROGRAM_SECONDS),
                    "--output-on-failure", "--output-junit", str(results), *options], check=False)
    # The log calls a skipped program passed.
    cases = ElementTree.parse(results).iter("testcase") if results.exists() else []
    skipped = {case.get("name") for case in cases if case.find("skipped") is not None}
    total, failures = [0, 0, 0], []
    text = log.read_text(errors="replace") if log.exists() else ""
    for part in re.split(r"^\d+/\d+ Testing: ", text, flags=re.M)[1:]:
        name = part.split("\n", 1)[0]
        verdict = re.findall(r"^Test (Passed|Failed)", part, re.M)
        passed = bool(verdict) and verdict[-1] == "Passed"
        counts = (0, 0, 1) if name in skipped else catch_counts(part, passed)
        tell_skipped(name, part, name in skipped)
        total = [a + b for a, b in zip(total, counts)]
        if counts[1]:
            failures.append(name)
    if not text:
        failures.append("ctest ran nothing")
    return total, failures


def run_script(script, environment):
    print(f"== {script}", flush=True)
    started = time.monotonic()
    timed_out = False
    # A file, since what a script leaves behind would keep a pipe open; a session of its own, so
    # that all it started can be ended with it.
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen([str(script.absolute())], env=environment, stdout=told,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            process.wait(timeout=SCRIPT_SECONDS)
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        told.seek(0)
        output = told.read().decode(errors="replace")
    sys.stdout.write(output)
    lines = [line for line in output.splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    counts = COUNTS.search(last)
    if counts and not timed_out:
        result = [int(n or 0) for n in counts.groups()]
        if process.returncode and not result[1]:
            result[1] = 1
    else:
        result = [0, 1, 0] if process.returncode or timed_out else [1, 0, 0]
    print(f"   {time.monotonic() - started:.0f} s" + (", timed out" if timed_out else ""))
    return result


def main():
    build, options = sys.argv[1], sys.argv[2:]
    started = time.monotonic()
    print("== Test programs", flush=True)
    total, failures = run_ctest(build, options)
    print(f"   {time.monotonic() - started:.0f} s")
    if not options:
        environment = dict(os.environ, MUNIMENT=str(Path(build, "muniment").resolve()))
        for script in sorted(Path("tests").glob("*/run")):
            if script.parent.name == "bench" or not os.access(script, os.X_OK):
                continue
            counts = run_script(script, environment)
            total = [a + b for a, b in zip(total, counts)]
            if counts[1]:
                failures.append(str(script))
    for name in failures:
        print(f"failed: {name}")
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if failures or total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
