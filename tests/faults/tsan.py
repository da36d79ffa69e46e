# SPDX-License-Identifier: Apache-2.0
"""Every pair of engines with few and many workers in a build with ThreadSanitizer: no race is reported."""
import os
import pathlib
import platform
import shutil
import subprocess

from kit import Batch

PART = "each pair of engines x 1, 2, 8, 16 workers, COUNT runs each, in build/tsan: no race"
COUNT = 20
WORKERS = (1, 2, 8, 16)
TREE = pathlib.Path(__file__).resolve().parents[2]
BUILD = TREE / "build/tsan"
# openmp is left out: gcc's runtime is not built with ThreadSanitizer, which sees races in it that are none.
ENGINES = [(io, cpu) for io in ("sync", "threads", "event") for cpu in ("serial", "threads", "processes")]
RACE = 66


def command(batch, out, *words):
    """Under a fixed address layout where that can be had: gcc 12's runtime does not know those of newer kernels."""
    plain = [BUILD / "imgbatch", *batch.command(out, *words)[1:]]
    fixed = ["setarch", platform.machine(), "-R"]
    works = shutil.which("setarch") and subprocess.run([*fixed, "true"], capture_output=True, check=False).returncode == 0
    return [*fixed, *plain] if works else plain


def torture(count, seed, say, workers=WORKERS):
    assert os.access(BUILD / "imgbatch", os.X_OK), "no build/tsan/imgbatch: cmake --preset tsan; cmake --build --preset tsan"
    env = {**os.environ, "TSAN_OPTIONS": f"exitcode={RACE} suppressions={TREE / 'tests/tsan.supp'}"}
    runs = 0
    with Batch(files=24, words=["--copies", "2"]) as batch:
        for io, cpu in ENGINES:
            for jobs in workers:
                words = command(batch, "out", "--io", io, "--cpu", cpu, "-j", str(jobs), "-q")
                for _ in range(count):
                    batch.fresh("out")
                    done = subprocess.run(words, cwd=batch.top, capture_output=True, env=env, timeout=300, check=False)
                    said = done.stderr.decode(errors="replace")
                    assert done.returncode == 0 and "ThreadSanitizer" not in said, \
                        f"--io {io} --cpu {cpu} -j {jobs}: exit {done.returncode}\n{said}"
                    batch.check_whole("out", f"--io {io} --cpu {cpu} -j {jobs}")
                    runs += 1
            say(f"--io {io} --cpu {cpu}: no race")
    return [f"{len(ENGINES)} pairs x {len(workers)} numbers of workers x {count} runs under ThreadSanitizer: {runs} runs, 0 races"]
