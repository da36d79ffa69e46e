# SPDX-License-Identifier: Apache-2.0
"""One call of the system fails: the k-th of its kind, for every k, with each errno that it can have.

What must hold each time: an exit status that says what happened, soon, and one message; whole files only, no temporary one;
every image accounted for; and the same command, undisturbed, finishes to the same tree.
"""
import errno
import json
import re
import subprocess
import time

from kit import Batch, SHIM, accounts, left_over, tree

PART = "the k-th open, read, write, fsync, close, rename, malloc, ... fails, for k up to COUNT"
COUNT = 500
ENDS = re.compile(r"imgbatch: (?!\").*\bE_[A-Z]|imgbatch: out of memory")  # what ends the run is told of no image
IMAGE = re.compile(r"imgbatch: \"")
SECONDS = 5  # in which a run ends that cannot go on; what storage stalls is another part's

E = errno
# Call, errnos, how. "on": it goes on failing, as a full disk does.
FULL = [("write", E.ENOSPC, "on"), ("write", E.EDQUOT, "on"), ("write", E.EFBIG, "once"), ("write", E.EIO, "once"),
        ("fsync", E.EIO, "once"), ("fsync", E.ENOSPC, "on"), ("close", E.EIO, "once"), ("close", E.EDQUOT, "on"),
        ("rename", E.EIO, "once"), ("rename", E.ENOSPC, "on"), ("mkdir", E.ENOSPC, "once"), ("open", E.ENOSPC, "once")]
ODD = [("write", 0, "short"), ("read", 0, "short"), ("read", E.EIO, "once"), ("read", E.EINTR, "once"),
       ("write", E.EINTR, "once"), ("open", E.EIO, "once"), ("open", E.EACCES, "once"), ("open", E.EINTR, "once")]
SCARCE = [("open", E.EMFILE, "once"), ("open", E.ENFILE, "on"), ("mmap", E.ENOMEM, "once"), ("fork", E.EAGAIN, "once"),
          ("fork", E.EAGAIN, "on"), ("thread", E.EAGAIN, "once"), ("thread", E.EAGAIN, "on")]
MEMORY = [("malloc", E.ENOMEM, "once"), ("malloc", E.ENOMEM, "on")]
WORKERS = [("malloc", E.ENOMEM, "once"), ("malloc", E.ENOMEM, "on"), ("mmap", E.ENOMEM, "once"), ("fork", E.EAGAIN, "once"),
           ("fork", E.EAGAIN, "on"), ("read", E.EIO, "once")]
ENGINES = {"sync": ("sync", "serial"), "threads": ("threads", "threads"), "processes": ("threads", "processes"),
           "event": ("event", "threads")}


def batch():
    """Small, with everything that is written: copies, sidecars, masks."""
    return Batch(files=4, size=(48, 40), words=["--sidecar"], masks=True)


def name(number):
    return errno.errorcode.get(number, "bytes")


class Walk:
    def __init__(self, small):
        self.batch, self.runs, self.fired, self.statuses = small, 0, 0, {}

    def one(self, fault, words, what, who):
        """A run with this fault. False: it was never met, so there are no more of its kind."""
        self.batch.fresh("out")
        mark = self.batch.top / "fired"
        mark.unlink(missing_ok=True)
        env = {"LD_PRELOAD": str(SHIM), "IMGBATCH_FAULT": fault, "IMGBATCH_FAULT_FIRED": str(mark), "IMGBATCH_FAULT_WHO": who}
        begun = time.monotonic()
        try:
            done = self.batch.run("out", "--json", *words, env=env, timeout=20)
        except subprocess.TimeoutExpired as hung:
            raise AssertionError(f"{what}: hangs: {(hung.stderr or b'')[-300:]!r}") from hung
        took = time.monotonic() - begun
        self.runs += 1
        if not mark.exists():
            assert done.returncode == 0, f"{what}: never met, and yet exit {done.returncode}"
            return False
        self.fired += 1
        self.statuses[done.returncode] = self.statuses.get(done.returncode, 0) + 1
        self.check(done, took, what)
        self.batch.check_resumed("out", what, *words)
        return True

    def check(self, done, took, what):
        errors = [line for line in done.stderr.decode(errors="replace").splitlines() if line.startswith("imgbatch: ")]
        said = f"{what}: exit {done.returncode}: {errors}"
        assert done.returncode in (0, 1, 2, 3), said
        assert done.returncode == 0 or errors, f"{said}: and says nothing"
        assert len(errors) == len(set(errors)), f"{said}: says it twice"
        assert done.returncode != 3 or took < SECONDS, f"{said}: after {took:.1f} s"
        if done.returncode in (2, 3):
            assert len([line for line in errors if ENDS.match(line)]) == 1, f"{said}: one message, please"
            assert not any(IMAGE.match(line) and "E_WRITE" in line for line in errors), f"{said}: no image's fault"
        if (self.batch.top / "out").exists():
            self.batch.check_whole("out", said)
            assert not left_over(self.batch.top / "out"), f"{said}: leaves {left_over(self.batch.top / 'out')}"
        if done.returncode in (0, 1):
            summary = accounts(done.stdout, said)
            assert (summary["failed"] > 0) == (done.returncode == 1), said
            assert done.returncode or tree(self.batch.top / "out") == self.batch.expected, f"{said}: files are missing"
            assert summary["not_attempted"] == 0, said

    def kind(self, call, number, how, engines, ks, who):
        """Some k of one kind, in order. Returns how many were met."""
        words = ["--io", engines[0], "--cpu", engines[1], "-j", "2"]
        if who != "imgbatch":
            words += ["--sandbox", "off"]  # locked in, a worker could not tell that it met the fault
        met = 0
        for k in ks:
            fault = f"{call}:{k}:{number}:{how}"
            if not self.one(fault, words, f"IMGBATCH_FAULT={fault} ({name(number)}) {who} {' '.join(words)}", who):
                break
            met += 1
        return met


def walk(engines, kinds, ks, say, who="imgbatch"):
    """A pair of engines through all kinds of faults. ks: the k of a kind of call. who: the program that meets them."""
    pair = ENGINES[engines]
    with batch() as small:
        going = Walk(small)
        for call, number, how in kinds:
            met = going.kind(call, number, how, pair, ks(call), who)
            say(f"{engines}: {call} {name(number)} {how} in {who}: {met} met")
    return (f"--io {pair[0]} --cpu {pair[1]}, in {who}: {going.fired} faults met in {going.runs} runs, "
            f"exit statuses {json.dumps(going.statuses, sort_keys=True)}")


def torture(count, _seed, say):
    def ks(call):
        return range(1, (4 * count if call == "malloc" else count) + 1)

    figures = [walk(engines, FULL + ODD + SCARCE + MEMORY, ks, say) for engines in ENGINES]
    return figures + [walk("processes", WORKERS, ks, say, "imgbatch-worker")]
