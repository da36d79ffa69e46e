# SPDX-License-Identifier: Apache-2.0
"""Real ends of real space: a tmpfs that is too small, and a limit on the size of files. io_uring meets these as plain calls do,
which no shim in front of libc can make it do."""
import ctypes
import os
import random
import resource
import subprocess
import time

from faults import ENDS
from kit import Batch, accounts, left_over, pairs, tree

PART = "a tmpfs from 64 KiB on that runs full, and RLIMIT_FSIZE, COUNT times a pair of engines"
COUNT = 100
SECONDS = 5
CLONE_NEWNS, MS_RDONLY, MS_REMOUNT, MS_REC, MS_PRIVATE = 0x20000, 1, 32, 0x4000, 0x40000
LIBC = ctypes.CDLL(None, use_errno=True)


def can_mount():
    """Goes where mounts are this process's own. False where that is not allowed."""
    return os.geteuid() == 0 and not LIBC.unshare(CLONE_NEWNS) and \
        not LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)


def mount(path, size, flags=0):
    done = LIBC.mount(b"tmpfs", os.fsencode(path), b"tmpfs", flags, f"size={size}".encode())
    assert done == 0, os.strerror(ctypes.get_errno())


def unmount(path):
    subprocess.run(["umount", "-l", str(path)], check=True)


def check(batch, out, done, took, what):
    """What a run without enough room leaves. True: it had enough after all."""
    errors = [line for line in done.stderr.decode(errors="replace").splitlines() if line.startswith("imgbatch: ")]
    said = f"{what}: exit {done.returncode}: {errors}"
    assert done.returncode in (0, 3), said
    if (batch.top / out).exists():
        batch.check_whole(out, said)
        assert not left_over(batch.top / out), f"{said}: leaves {left_over(batch.top / out)}"
    if not done.returncode:
        accounts(done.stdout, said)
        assert tree(batch.top / out) == batch.expected, f"{said}: files are missing"
        return True
    assert took < SECONDS, f"{said}: after {took:.1f} s"
    assert len(errors) == 1 and ENDS.match(errors[0]), f"{said}: one message, please"
    return False


def timed(batch, out, *words, **how):
    begun = time.monotonic()
    done = batch.run(out, "--json", *words, timeout=20, **how)
    return done, time.monotonic() - begun


def small_disk(batch, words, rng):
    """Returns whether it ran full."""
    size = 4096 * rng.randrange(16, 200)
    what = f"tmpfs of {size} bytes, {' '.join(words)}"
    place = batch.top / "small"
    place.mkdir(exist_ok=True)
    mount(place, size)
    try:
        done, took = timed(batch, "small/out", *words)
        full = not check(batch, "small/out", done, took, what)
        mount(place, 64 << 20, MS_REMOUNT)
        batch.check_resumed("small/out", what, *words)
    finally:
        unmount(place)
    return full


def small_files(batch, words, rng):
    size = rng.randrange(1, 200) * 512
    what = f"RLIMIT_FSIZE {size}, {' '.join(words)}"
    batch.fresh("out")
    done, took = timed(batch, "out", *words,
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    full = not check(batch, "out", done, took, what)
    batch.check_resumed("out", what, *words)
    return full


def torture(count, seed, say, chosen=None):
    rng = random.Random(seed)
    mounts = can_mount()
    if not mounts:
        say("no mounts here: tmpfs is left out")
    figures = []
    with Batch(files=24, size=(160, 120), words=["--sidecar", "--copies", "2"]) as batch:
        for io, cpu in chosen or pairs():
            words = ["--io", io, "--cpu", cpu, "-j", "2"]
            full = sum(small_disk(batch, words, rng) for _ in range(count if mounts else 0))
            big = sum(small_files(batch, words, rng) for _ in range(count))
            figures.append(f"--io {io} --cpu {cpu}: {full} disks ran full, {big} files grew too large, of {count} each")
            say(figures[-1])
    return figures
