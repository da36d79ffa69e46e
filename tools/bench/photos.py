# SPDX-License-Identifier: Apache-2.0
"""Folders of pictures for benchmarks: what lies in them, and a flat copy of them as long as is wanted."""
import hashlib
import os
import shutil
import struct


def size_of(path):
    """('jpeg' or 'png', width, height) by a file's own header; None for what is neither."""
    with open(path, "rb") as file:
        head = file.read(26)
        if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
            return ("png", *struct.unpack(">II", head[16:24]))
        if not head.startswith(b"\xff\xd8"):
            return None
        file.seek(2)
        while True:
            marker = file.read(4)
            if len(marker) < 4 or marker[0] != 0xff:
                return None
            kind, length = marker[1], struct.unpack(">H", marker[2:])[0]
            if 0xc0 <= kind <= 0xcf and kind not in (0xc4, 0xc8, 0xcc):
                height, width = struct.unpack(">HH", file.read(5)[1:])
                return "jpeg", width, height
            file.seek(length - 2, os.SEEK_CUR)


def listed(folders):
    """(path, kind, width, height) of every picture, in a settled order."""
    found = []
    for top in folders:
        for folder, below, names in os.walk(top):
            below.sort()
            for name in sorted(names):
                path = os.path.join(folder, name)
                facts = size_of(path) if os.path.isfile(path) else None
                if facts:
                    found.append((path, *facts))
    return found


def lay_out(pictures, target, wanted=0):
    """A flat folder of links to the pictures (copies where links cannot be), named by number and kind, gone through
    again and again until there are at least `wanted`. Returns {name: (width, height)}."""
    os.makedirs(target)
    laid = {}
    passes = max(1, -(-wanted // len(pictures)))
    for path, kind, width, height in pictures * passes:
        name = f"{len(laid):06}.{'jpg' if kind == 'jpeg' else 'png'}"
        there = os.path.join(target, name)
        try:
            os.link(os.path.realpath(path), there)
        except OSError:
            shutil.copyfile(path, there)
        laid[name] = (width, height)
    return laid


def outputs(folder):
    """Paths of what was written below a folder, without what programs keep for themselves."""
    found = []
    for top, below, names in os.walk(folder):
        below[:] = [name for name in below if not name.startswith(".")]
        found += [os.path.join(top, name) for name in names if not name.startswith(".")]
    return sorted(found)


def digest(folder):
    """One number for all names and bytes below a folder."""
    total = hashlib.sha256()
    for path in outputs(folder):
        with open(path, "rb") as file:
            total.update(os.path.relpath(path, folder).encode() + b"\0" + hashlib.sha256(file.read()).digest())
    return total.hexdigest()


def about(pictures):
    """One line about a set of pictures."""
    kinds = " and ".join(kind for kind in ("JPEG", "PNG") if any(kind.lower() == one[1] for one in pictures))
    sizes = sorted(width * height / 1e6 for _, _, width, height in pictures)
    data = sum(os.path.getsize(path) for path, *_ in pictures) / len(pictures)
    return (f"{len(pictures)} different pictures ({kinds}), {sizes[0]:.2f} to {sizes[-1]:.2f} megapixels, "
            f"{data / 1000:.0f} kB each on average")
