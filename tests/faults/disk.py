# SPDX-License-Identifier: Apache-2.0
"""What a cut of power may leave of files and folders, worked out from what a program did to them (recorder.c).

The model promises no more than POSIX does: what was done to a file or folder before a sync of that very file or folder began stands once
that sync has succeeded. Everything else may be there or not, each piece by itself and in any order: a block of a write (there, not there, or
zeros in a file that is as long as it should be), a new name, the end of an old one. So it is harder than any journaling file system.
"""
import os
import shutil

BLOCK = 4096
IGNORED = "-shm"  # SQLite's, mapped: it means nothing after a restart
ROOT = object()


class Node:
    """A file (what was done to its bytes) or a folder (what was done to its entries), each with the event that did it."""

    def __init__(self, folder, data=b"", time=0, entries=()):
        self.folder, self.data, self.time, self.entries = folder, data, time, dict(entries)
        self.done = []  # file: (event, time, what, offset, bytes or size); folder: (event, name, node or None)
        self.synced = [(-1, -1)]  # event that began it, event that ended it

    def durable(self, event):
        """What was done before this event stands, when power is cut before `event`."""
        return max(begin for begin, end in self.synced if end < event)


def read_tree(path):
    """What is there now, all of it durable. Also inode: node."""
    inodes = {}

    def read(place):
        st = os.lstat(place)
        if os.path.isdir(place):
            node = Node(True, entries={entry: read(os.path.join(place, entry)) for entry in os.listdir(place)
                                       if not entry.endswith(IGNORED)})
        else:
            with open(place, "rb") as file:
                node = Node(False, file.read(), st.st_mtime_ns)
        inodes[st.st_ino] = node
        return node

    return read(path), inodes


class Record:
    """A folder as it was, and all that was done to it since."""

    def __init__(self, top):
        self.top = os.path.realpath(top)
        self.root, self.inodes = read_tree(self.top)
        self.events = 0
        self.current = {}  # folder: its entries after all that was done
        self.begun = {}  # sync: (node, event)

    def entries(self, folder):
        return self.current.setdefault(folder, dict(folder.entries))

    def place(self, path):
        """The folder that holds a name, and the name."""
        parts = [part for part in os.path.relpath(os.path.normpath(path), self.top).split("/") if part != "."]
        folder = self.root
        for part in parts[:-1]:
            folder = self.entries(folder)[part]
        return folder, parts[-1]

    def name(self, path, node):
        folder, name = self.place(path)
        folder.done.append((self.events, name, node))
        if node:
            self.entries(folder)[name] = node
        else:
            self.entries(folder).pop(name, None)

    def make(self, inode, path, folder):
        self.inodes[inode] = Node(folder)
        self.name(path, self.inodes[inode])

    def move(self, old, new, stays):
        folder, name = self.place(old)
        self.name(new, self.entries(folder)[name])
        if not stays:
            self.name(old, None)

    def sync(self, number, inode):
        self.begun[number] = (self.inodes.get(inode), self.events)

    def end_sync(self, number):
        node, begin = self.begun[number]
        if node:
            node.synced.append((begin, self.events))

    def change(self, inode, time, what, at, data):
        self.inodes[inode].done.append((self.events, time, what, at, data))

    def take(self, words, data):
        kind, *rest = words
        if kind in ("create", "mkdir"):
            self.make(int(rest[0]), rest[1], kind == "mkdir")
        elif kind == "unlink":
            self.name(rest[0], None)
        elif kind in ("rename", "link"):
            self.move(rest[0], rest[1], kind == "link")
        elif kind == "sync":
            self.sync(rest[0], int(rest[1]))
        elif kind == "synced":
            self.end_sync(rest[0])
        elif kind == "write":
            self.change(int(rest[0]), int(rest[1]), kind, int(rest[2]), data)
        elif kind == "size":
            self.change(int(rest[0]), int(rest[1]), kind, int(rest[2]), b"")
        else:
            assert kind == "time", kind
            self.change(int(rest[0]), int(rest[1]), kind, 0, b"")
        self.events += 1

    def read(self, path):
        """Takes all that a recorder wrote down."""
        with open(path, "rb") as file:
            while line := file.readline():
                words = line.decode().rstrip("\n").split("\t")
                data = file.read(int(words[4])) if words[0] == "write" else b""
                if not any(word.endswith(IGNORED) for word in words) and self.known(words):
                    self.take(words, data)

    def known(self, words):
        """False: something is done to a file that is not looked at."""
        return words[0] not in ("write", "size", "time") or int(words[1]) in self.inodes

    def state(self, event, keeps):
        """The folder after a cut before `event`; what no sync holds is as `keeps` says. A tree of dicts and (bytes, time)."""
        def look(node):
            if not node.folder:
                return file_after(node, event, keeps)
            found = dict(node.entries)
            durable = node.durable(event)
            for when, name, to in node.done:
                if when < event and (when < durable or keeps.name(name)):
                    found[name] = to
            return {name: look(to) for name, to in found.items() if to}

        return look(self.root)


def put(data, at, piece):
    if len(data) < at:
        data.extend(bytes(at - len(data)))
    data[at:at + len(piece)] = piece


def write_some(data, at, piece, keeps):
    """An unsynced write, block by block. False: nothing of it is there."""
    kept = False
    while piece:
        size = BLOCK - at % BLOCK
        what = keeps.block()
        if what:
            put(data, at, piece[:size] if what == "data" else bytes(len(piece[:size])))
            kept = True
        at, piece = at + size, piece[size:]
    return kept


def file_after(node, event, keeps):
    data, time, durable = bytearray(node.data), node.time, node.durable(event)
    for when, then, what, at, piece in node.done:
        if when >= event:
            break
        stands = when < durable or (what != "write" and keeps.size())
        if what == "write" and stands:
            put(data, at, piece)
        elif what == "write":
            stands = write_some(data, at, piece, keeps)
        elif what == "size" and stands:
            del data[at:]
            data.extend(bytes(at - len(data)))
        time = then if stands else time
    return bytes(data), time


class Keeps:
    """What is left of what no sync holds: names and blocks ("data", "zeros" or None), all alike."""

    def __init__(self, names, blocks):
        self.names, self.blocks = names, blocks

    def name(self, _):
        return self.names

    def block(self):
        return self.blocks

    def size(self):
        return self.blocks is not None


class KeepsSome:
    """By chance: many or few, names and blocks apart."""

    def __init__(self, rng):
        self.rng = rng
        self.share = [rng.choice((0.1, 0.5, 0.9)) for _ in range(3)]

    def name(self, _):
        return self.rng.random() < self.share[0]

    def block(self):
        return (self.rng.random() < self.share[1] or None) and ("data" if self.rng.random() < self.share[2] else "zeros")

    def size(self):
        return self.rng.random() < self.share[1]


# Everything written in time; nothing; names without bytes; names of files that are long enough, of zeros; bytes without names.
EXTREMES = [Keeps(True, "data"), Keeps(False, None), Keeps(True, None), Keeps(True, "zeros"), Keeps(False, "data")]


def lay_out(state, top):
    """Makes a state real."""
    shutil.rmtree(top, ignore_errors=True)
    os.mkdir(top)
    for name, what in state.items():
        path = os.path.join(top, name)
        if isinstance(what, dict):
            lay_out(what, path)
            continue
        with open(path, "wb") as file:
            file.write(what[0])
        os.utime(path, ns=(what[1], what[1]))


def files(state, at=""):
    """Path: (bytes, time)."""
    found = {}
    for name, what in state.items():
        if isinstance(what, dict):
            found.update(files(what, f"{at}{name}/"))
        else:
            found[at + name] = what
    return found
