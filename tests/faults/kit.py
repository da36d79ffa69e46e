# SPDX-License-Identifier: Apache-2.0
"""What the parts of tools/torture and the tests here share: a small batch, its one right result, and what must hold of
every other one."""
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile

from PIL import Image

IMGBATCH = os.environ.get("IMGBATCH", "imgbatch")
SHIM = pathlib.Path(os.environ.get("IMGBATCH_BUILD", "build/release")) / "tests/fault_shim.so"
PAIRS = (("sync", "serial"), ("threads", "processes"), ("event", "threads"), ("event", "processes"),
         ("threads", "threads"), ("sync", "openmp"))


def scratch():
    """Where there is memory to write to, there: thousands of runs are made."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def seed():
    """For a test: another one each time, printed, which pytest shows when the test fails."""
    number = random.SystemRandom().randrange(1 << 32)
    print(f"seed {number}")
    return number


def picture(width, height, seed):
    """Smooth and busy at once: gradients, and a pattern that no two seeds share."""
    image = Image.new("RGB", (width, height))
    image.putdata([((x * 3 + seed * 31) % 256, (y * 5) % 256, (x * y * (seed + 2) + seed * 57) % 256)
                   for y in range(height) for x in range(width)])
    return image


def runs_here(io, cpu):
    """Whether a pair of engines can run here."""
    text = subprocess.run([IMGBATCH, "engines"], capture_output=True, text=True, check=True).stdout
    can = {tuple(line.split()[:2]) for line in text.splitlines() if line.split()[2:3] == ["yes"]}
    return ("--io", io) in can and ("--cpu", cpu) in can


def pairs():
    return [pair for pair in PAIRS if runs_here(*pair)]


def tree(top):
    """Relative name to bytes of every file below top, but for the command's own folder."""
    top = pathlib.Path(top)
    return {str(p.relative_to(top)): p.read_bytes() for p in sorted(top.rglob("*"))
            if p.is_file() and ".imgbatch" not in p.relative_to(top).parts}


def left_over(out):
    """Files that a run should have removed: temporary ones."""
    return sorted(str(p) for p in pathlib.Path(out).glob(".imgbatch/tmp/*"))


def session(number):
    """The processes of a session that are still there."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = pathlib.Path("/proc", entry, "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        if int(fields[3]) == number and fields[0] not in "ZX":
            found.append(int(entry))
    return found


class Batch:
    """A folder of pictures, a recipe, and the tree that an undisturbed run makes of them."""

    def __init__(self, files=12, size=(96, 64), words=(), masks=False):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="imgbatch-faults-", dir=scratch()))
        self.files = files
        kinds = (("jpg", {"quality": 88}), ("png", {}))
        for i in range(files):
            suffix, how = kinds[i % 3 == 2]
            path = self.top / f"in/{'ab'[i % 2]}/{i:03}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            picture(*size, i).save(path, **how)
            if masks:
                mask = self.top / f"masks/{'ab'[i % 2]}/{i:03}.png"
                mask.parent.mkdir(parents=True, exist_ok=True)
                picture(*size, i).convert("L").save(mask)
        self.words = ["--in", "in", "--random-resized-crop", "40", "--hflip", *words]
        if masks:
            self.words += ["--masks", "masks"]
        self.masks = masks
        done = self.run("expected")
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        self.expected = tree(self.top / "expected")
        self.private = sorted(os.listdir(self.top / "expected/.imgbatch"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)

    def command(self, out, *words):
        masks = ["--masks-out", f"{out}/masks"] if self.masks else []
        return [IMGBATCH, *self.words, "--out", out, *masks, *words]

    def run(self, out, *words, timeout=60, env=None, **how):
        """Runs the command to its end; a hang is a failure of its own."""
        return subprocess.run(self.command(out, *words), cwd=self.top, capture_output=True, timeout=timeout,
                              env={**os.environ, **(env or {})}, check=False, **how)

    def fresh(self, out):
        shutil.rmtree(self.top / out, ignore_errors=True)

    def check_whole(self, out, what):
        """Every file under its final name is as it should be, as far as there are any."""
        for name, data in tree(self.top / out).items():
            assert self.expected.get(name) == data, f"{what}: {name} is not whole ({len(data)} bytes)"

    def check_resumed(self, out, what, *words):
        """The same command, undisturbed, finishes to the same tree and leaves nothing else."""
        done = self.run(out, *words)
        assert done.returncode == 0, f"{what}: resumed: exit {done.returncode}: {done.stderr.decode(errors='replace')}"
        made = tree(self.top / out)
        assert made == self.expected, f"{what}: resumed: {sorted(set(made) ^ set(self.expected))[:4]} differ"
        private = sorted(os.listdir(self.top / out / ".imgbatch"))
        assert private == self.private, f"{what}: resumed: .imgbatch holds {private}"


def accounts(stdout, what):
    """The summary of a --json run, after checking that no image was lost: listed = ok + failed + .., one line each."""
    lines = [json.loads(line) for line in stdout.splitlines()]
    assert lines and lines[-1]["type"] == "summary", f"{what}: no summary"
    summary, images = lines[-1], lines[:-1]
    parts = ("ok", "failed", "ignored", "skipped", "not_attempted")
    assert summary["listed"] == sum(summary[part] for part in parts), f"{what}: {summary}"
    assert len({image["in"] for image in images}) == len(images), f"{what}: an image was told twice"
    return summary
