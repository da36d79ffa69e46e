# SPDX-License-Identifier: Apache-2.0
"""What one command costs: wall and CPU seconds, page faults, and the memory of all its processes together.

CPU seconds count every process that the command starts, also those that outlive it: this process adopts them
and waits for them. Memory is PSS (a page that n processes share counts as 1/n in each), summed over all
processes at one moment; the peak is the highest sum that was seen. Reading it slows the command down, so memory
is taken in runs of their own. Written for Linux.
"""
import ctypes
import dataclasses
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time

PR_SET_CHILD_SUBREAPER = 36
SAMPLE_S = 0.002  # between two looks at the memory


@dataclasses.dataclass
class Cost:
    """One run. Seconds, bytes and counts; peak is 0 where memory was not looked at."""
    wall: float
    user: float
    system: float
    faults: int
    others: float  # CPU seconds that other programs of this machine used meanwhile
    peak: int
    status: int
    errors: str

    @property
    def cpu(self):
        return self.user + self.system


def adopt_orphans():
    """Processes whose parent is gone become ours, so that their CPU time can be counted."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (AttributeError, OSError):
        pass  # then what outlives its parent is not counted


def busy_seconds():
    """CPU seconds that this machine has spent on anything at all, theft by its host included."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, soft, steal = (int(word) for word in file.readline().split()[1:9])
    return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")


def children(pid):
    """The processes that any thread of pid has started and not yet waited for."""
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += [int(word) for word in file.read().split()]
    except OSError:
        pass  # it ended while we looked
    return found


def pss(pid):
    """Bytes of memory that pid holds, its part of what is shared included; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def family_pss(pid):
    """PSS of pid and of all its descendants."""
    total, todo = 0, [pid]
    while todo:
        one = todo.pop()
        total += pss(one)
        todo += children(one)
    return total


class Watch(threading.Thread):
    """Looks at a family's memory again and again until told to stop."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.over = pid, 0, threading.Event()

    def run(self):
        while not self.over.wait(SAMPLE_S):
            self.peak = max(self.peak, family_pss(self.pid))

    def stop(self):
        self.over.set()
        self.join()
        return self.peak


def reap_orphans(patience=10.0):
    """Waits for what the command left running; user and system seconds and faults of those processes."""
    user = system = faults = 0
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if pid:
            user, system = user + usage.ru_utime, system + usage.ru_stime
            faults += usage.ru_minflt + usage.ru_majflt
        else:
            time.sleep(0.001)
    return user, system, faults


def run(command, memory=False, cwd=None, env=None, stdin=None):
    """Runs a command to its end and says what it cost. Its standard output is thrown away."""
    with tempfile.TemporaryFile() as errors:
        busy, start = busy_seconds(), time.monotonic()
        process = subprocess.Popen(command, stdin=stdin or subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=errors, cwd=cwd, env=env)
        watch = Watch(process.pid) if memory else None
        if watch:
            watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # subprocess need not wait for it any more
        peak = watch.stop() if watch else 0
        user, system, faults = reap_orphans()
        user, system = user + usage.ru_utime, system + usage.ru_stime
        others = max(0.0, busy_seconds() - busy - user - system)
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip()
    return Cost(wall, user, system, faults + usage.ru_minflt + usage.ru_majflt, others, peak,
                process.returncode, said)


def alternate(contestants, rounds, memory_rounds=1, warm=None, say=None):
    """Runs each contestant (a name and a function of `memory`, which returns a Cost) once a round, in an order that
    turns from round to round, so that a drift of the machine's speed hits all alike. `warm(name, cost)` is
    called after each run of the round before the first, which does not count; whom it refuses is run no more.
    Returns {name: [Cost]} and {name: peak bytes}."""
    names = list(contestants)
    costs, peaks = {name: [] for name in names}, {name: [] for name in names}
    for number in range(rounds + memory_rounds + 1):
        turn = number % len(names) if names else 0
        for name in names[turn:] + names[:turn]:
            if name not in costs:
                continue
            if say:
                say(f"round {number}: {name}")
            cost = contestants[name](memory=number > rounds)
            if number == 0:
                if not (warm(name, cost) if warm else cost.status == 0):
                    del costs[name], peaks[name]
            elif number <= rounds:
                costs[name].append(cost)
            else:
                peaks[name].append(cost.peak)
    return costs, {name: statistics.median(each) if each else 0 for name, each in peaks.items()}


def median(costs, what):
    return statistics.median(getattr(cost, what) for cost in costs)


def ratio(costs, base, what):
    """The median over the rounds of one contestant's cost by another's in the same round."""
    return statistics.median(getattr(one, what) / max(1e-9, getattr(other, what))
                             for one, other in zip(costs, base))


def summary(costs, peak):
    """What a report keeps of some rounds."""
    rows = {what: {"median": median(costs, what), "rounds": [round(getattr(c, what), 5) for c in costs]}
            for what in ("wall", "cpu", "user", "system", "faults")}
    return {**{f"{what}_s" if what != "faults" else what: row for what, row in rows.items()},
            "peak_pss_bytes": int(peak)}


def others_share(all_costs):
    """The part of this machine's CPU time that other programs used during the runs: 0 is a quiet machine."""
    wall = sum(cost.wall for costs in all_costs for cost in costs)
    return sum(cost.others for costs in all_costs for cost in costs) / max(1e-9, wall * os.cpu_count())


def cpus():
    return len(os.sched_getaffinity(0))


def scratch(room=2 << 30):
    """A folder for inputs and outputs of the runs: in memory where that has room enough, for a disk's and a file system's
    moods are not what is measured here (ext4 without a journal slows down after files were deleted)."""
    try:
        free = os.statvfs("/dev/shm")
        if os.access("/dev/shm", os.W_OK) and free.f_bavail * free.f_frsize >= room:
            return "/dev/shm"
    except OSError:
        pass
    return tempfile.gettempdir()


def machine():
    """What a reader needs to know of the machine; nothing that tells whose it is."""
    model = platform.machine()
    flags = set()
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                model = value.strip()
            elif key.strip() == "flags":
                flags = set(value.split())
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) * 1024
    vectors = [name for name, flag in (("AVX2", "avx2"), ("AVX-VNNI", "avx_vnni"), ("AVX-512 VNNI", "avx512_vnni"))
               if flag in flags]
    system = "Linux"
    try:
        with open("/etc/os-release", encoding="utf-8") as file:
            system = next((line.split("=", 1)[1].strip().strip('"') for line in file
                           if line.startswith("PRETTY_NAME=")), system)
    except OSError:
        pass
    return {"cpu": model, "cpus": cpus(), "vectors": vectors, "memory_bytes": memory, "system": system,
            "kernel": ".".join(platform.release().split(".")[:2])}


def version_of(command):
    """Name and libraries as the command itself tells them."""
    done = subprocess.run([command, "engines"], capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines()[-1] if done.returncode == 0 and done.stdout else "unknown"


def not_synced(command):
    """The option that asks a command not to wait for the disk, where it knows one: other programs do not wait."""
    done = subprocess.run([command, "--help"], capture_output=True, text=True, check=False)
    return ["--durability", "none"] if "--durability" in done.stdout else []


class Say:
    """Progress on a terminal's last line, nothing elsewhere."""

    def __init__(self):
        self.live = sys.stderr.isatty()

    def __call__(self, words):
        if self.live:
            print(f"\r\033[K{words[:100]}", end="", file=sys.stderr, flush=True)

    def clear(self):
        if self.live:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
