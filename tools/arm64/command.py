#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of the command with an arm64 build, whose programs are scripts that call the emulator: part of tools/check-arm64.

	tools/arm64/command.py BUILD [NAME...]     NAMEs: only files whose names have one of these in them
"""
import os
import re
import subprocess
import sys
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
LIMIT_S = 2400
# They ask what can be done within some seconds, which is the emulator's to say; the last one has no library that this Python could load.
LEFT_OUT = ("test_bench", "test_bench_command", "test_slow", "test_signals", "test_operations")
# Tests that are left out, too, and why.
EMULATORS = {
    "tests/cli/test_auto.py::test_slow_storage_gets_more_reads": "the programs are kept from reserving memory for so many slots",
    "tests/cli/test_boxes.py::test_a_large_file_takes_little_memory": "a limit on memory is one on the emulator, too",
    "tests/cli/test_sandbox.py::test_auto_goes_on_without_and_says_so": "there is no seccomp that could be refused, it is not known at all",
    "tests/cli/test_sandbox.py::test_require_without_is_exit_3": "the same",
}


def files(words):
    found = sorted([*TREE.glob("tests/golden/test_*.py"), *TREE.glob("tests/cli/test_*.py"), *TREE.glob("tests/engines/test_*.py")])
    return [path for path in found if path.stem not in LEFT_OUT and (not words or any(word in path.stem for word in words))]


def run(build, path):
    """How many passed, how many failed."""
    environment = dict(os.environ, IMGBATCH=str(build / "imgbatch"), IMGBATCH_BUILD=str(build), IMGBATCH_TESTDATA=str(build / "testdata"),
                       PYTHONDONTWRITEBYTECODE="1")
    left_out = [f"--deselect={name}" for name in EMULATORS]
    try:
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", *left_out,
                               str(path.relative_to(TREE))], cwd=TREE, env=environment, check=False, timeout=LIMIT_S,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    except subprocess.TimeoutExpired:
        print("  took too long", flush=True)
        return 0, 1
    count = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", done.stdout.rstrip().rsplit("\n", 1)[-1])}
    passed, failed = count.get("passed", 0), count.get("failed", 0) + count.get("error", 0)
    if done.returncode not in (0, 1, 5):  # 5: nothing but what is left out
        failed += not failed
    print(done.stdout if failed else "  " + done.stdout.rstrip().rsplit("\n", 1)[-1], flush=True)
    return passed, failed


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    passed = failed = 0
    for path in files(sys.argv[2:]):
        print(path.stem, flush=True)
        good, bad = run(Path(sys.argv[1]).resolve(), path)
        passed, failed = passed + good, failed + bad
    for name in LEFT_OUT:
        print(f"left out: {name}")
    for name, why in EMULATORS.items():
        print(f"not here: {name}: {why}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
