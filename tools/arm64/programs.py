#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests in C of an arm64 build under the emulator, and counts their cases: part of tools/check-arm64.

	tools/arm64/programs.py BUILD [NAME...]     NAMEs: only programs whose names have one of these in them
"""
import concurrent.futures
import os
import re
import subprocess
import sys
from pathlib import Path

LIMIT_S = 1500
# Debian 12's QEMU, 7.2. A case that is named here may fail.
EMULATORS = {
    ("test_slots", "trims"): "MADV_REMOVE is taken for a hint and frees nothing",
    ("test_sandbox", "memory_is_bound_by_the_grant"): "limits on memory are not passed on to the system",
    ("test_deaths", "refusals_have_reasons"): "posix_spawn does not tell that there is no such program",
}
OUTCOME = re.compile(r"^\[\s+(OK|FAILED|SKIPPED) +\] (\w+)$", re.MULTILINE)


def run(program):
    """Name, what it printed, its status; None: it took too long."""
    # A part of what this one decodes has to do, as under valgrind.
    environment = dict(os.environ, IMGBATCH_ENTROPY_MUTATIONS="300")
    environment.pop("IMGBATCH_CORPUS", None)
    try:
        done = subprocess.run(["qemu-aarch64-static", program], cwd=program.parent, env=environment, check=False, timeout=LIMIT_S,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired as late:
        return program.name, (late.stdout or b"").decode(errors="replace"), None
    return program.name, done.stdout.decode(errors="replace"), done.returncode


def outcomes(text):
    """Of each case. What cmocka says again at the end, as a list, does no harm."""
    return {case: outcome for outcome, case in OUTCOME.findall(text)}


def judge(name, text, status):
    """How many passed, how many failed; prints what a reader wants to know."""
    passed = failed = 0
    seen = outcomes(text)
    if status == 0 and not seen and text.startswith("skipped: "):
        print(f"  {text.strip()}")
        return 0, 0
    for case, outcome in seen.items():
        if outcome == "OK":
            passed += 1
        elif outcome == "SKIPPED":
            print(f"  skipped: {case}")
        elif (name, case) in EMULATORS:
            print(f"  not here: {case}: {EMULATORS[name, case]}")
        else:
            failed += 1
            print(f"  FAILED: {case}")
    bad = sum(outcome == "FAILED" for outcome in seen.values())
    if status is None or status < 0 or status != bad or not seen:
        # cmocka's status is the number of its failures.
        print(f"  FAILED: {'took too long' if status is None else f'ended with {status}'}")
        failed += 1
    if failed:
        print(text)
    return passed, failed


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    tests, words = Path(sys.argv[1]).resolve() / "tests", sys.argv[2:]
    programs = sorted(path for path in tests.glob("test_*") if path.is_file() and os.access(path, os.X_OK) and
                      (not words or any(word in path.name for word in words)))
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as crew:
        for name, text, status in crew.map(run, programs):
            print(name, flush=True)
            good, bad = judge(name, text, status)
            passed, failed = passed + good, failed + bad
            print(f"  {good} passed, {bad} failed", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
