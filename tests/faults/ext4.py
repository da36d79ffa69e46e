# SPDX-License-Identifier: Apache-2.0
"""A cut of power on a real file system: an ext4 in a file, copied while the run stands still at a random moment. The copy holds what
had been written back then, and is mounted as after a restart, so that its journal is replayed. Unlike the model (power.py) this sees what
io_uring does; and unlike it, only what this one file system makes of it."""
import contextlib
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

from enospc import can_mount
from kit import Batch, pairs, session
from power import claims

PART = "an ext4 in a file, copied at a random moment of a run and mounted again, COUNT times a pair of engines"
COUNT = 40
SIZE = 48 << 20
OPTIONS = ("data=ordered", "data=writeback", "noauto_da_alloc", "commit=1")
OUT = "disk/out"


def can_loop(top):
    """Whether an ext4 in a file can be mounted here, in mounts that are this process's own."""
    if not shutil.which("mkfs.ext4", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or not can_mount():
        return False
    try:
        with Disk(top, "data=ordered"):
            return True
    except subprocess.CalledProcessError:
        return False


def call(*words):
    subprocess.run(words, check=True, capture_output=True, env={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"})


class Disk:
    """Mounted at top/disk."""

    def __init__(self, top, options, image=None):
        self.top, self.image, self.place = pathlib.Path(top), pathlib.Path(image or f"{top}/image"), f"{top}/disk"
        self.options, self.fresh = options, image is None

    def __enter__(self):
        pathlib.Path(self.place).mkdir(exist_ok=True)
        if self.fresh:
            self.image.unlink(missing_ok=True)
            with open(self.image, "wb") as file:
                file.truncate(SIZE)
            call("mkfs.ext4", "-q", "-F", str(self.image))
        call("mount", "-o", f"loop,{self.options}", str(self.image), self.place)
        return self

    def __exit__(self, *_):
        for _ in range(500):  # what was killed holds it a moment longer
            if subprocess.run(["umount", self.place], capture_output=True, check=False).returncode == 0:
                return
            time.sleep(0.02)
        call("umount", self.place)

    def copy(self):
        """As it is in one moment: what writes to it stands still, and what the kernel does meanwhile would make two copies differ."""
        one, two = self.top / "copy", self.top / "again"
        for _ in range(20):
            for to in (one, two):
                shutil.copyfile(self.image, to)
            if one.read_bytes() == two.read_bytes():
                return one
        raise AssertionError("the disk never rests")

    def files(self):
        """Path: (bytes, time)."""
        return {str(path.relative_to(self.place)): (path.read_bytes(), path.stat().st_mtime_ns)
                for path in pathlib.Path(self.place).rglob("*") if path.is_file()}


def tell(run, number):
    """A signal to all of a run's processes."""
    for pid in session(run.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def wait(run, out, rng, most):
    """Until some of the files stand, or all, and a little longer."""
    enough = rng.randrange(most + 1)
    while run.poll() is None and sum(len(files) for folder, _, files in os.walk(out) if ".imgbatch" not in folder) < enough:
        time.sleep(0.002)
    time.sleep(rng.uniform(0, 0.03))


def cut(batch, words, options, rng):
    """A run to a moment. Returns a copy of its disk, and whether it had ended well."""
    with Disk(batch.top, options) as disk:
        run = subprocess.Popen(batch.command(OUT, *words), cwd=batch.top, start_new_session=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait(run, batch.top / OUT, rng, len(batch.expected))
        ended = run.poll() == 0
        tell(run, signal.SIGSTOP)
        try:
            return disk.copy(), ended
        finally:
            tell(run, signal.SIGKILL)
            run.wait()
            while session(run.pid):
                time.sleep(0.01)


def check(batch, words, found, ended, what):
    made = {f"out/{name}": data for name, data in batch.expected.items()}
    rows = claims(found)
    for path, _, size, _ in rows:
        data, _ = found.get(path, (None, 0))
        assert data == made[path], f"{what}: {path} is done, and {'not there' if data is None else f'{len(data)} of {size} bytes'}"
    for name, (data, _) in found.items():
        if "file" in words and name in made:
            assert data == made[name], f"{what}: {name} is not whole"
    assert not ended or made == {name: data for name, (data, _) in found.items() if name in made}, f"{what}: it had ended well"
    batch.check_resumed(OUT, what, *words)
    return len(rows)


def torture(count, seed, say, chosen=None):
    rng = random.Random(seed)
    figures = []
    with Batch(files=24, size=(160, 120), words=["--sidecar"], masks=True) as batch:
        if not can_loop(batch.top):
            return ["no ext4 can be mounted here"]
        for io, cpu in chosen or pairs():
            words = ["--io", io, "--cpu", cpu, "-j", "2", "--durability"]
            stood, rows, well = 0, 0, 0
            for i in range(count):
                durability, options = ("batch", "file")[i % 2], rng.choice(OPTIONS)
                what = f"{' '.join(words)} {durability}, {options}, cut {i}"
                copy, ended = cut(batch, [*words, durability], options, rng)
                with Disk(batch.top, options, copy) as disk:
                    found = disk.files()
                    stood += len([name for name in found if name.startswith("out/") and ".imgbatch" not in name])
                    rows += check(batch, [*words, durability], found, ended, what)
                well += ended
            figures.append(f"--io {io} --cpu {cpu}: {count} cuts, {well} of them behind the end; {stood} files stood, {rows} rows claimed one")
            say(figures[-1])
    return figures
