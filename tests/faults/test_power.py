# SPDX-License-Identifier: Apache-2.0
"""Defends that a cut of power costs the last batches and nothing else: by replay of what a run did to files and folders, over a
model of a disk that keeps what was synced and any part of the rest; and, where one may be mounted, on an ext4 in a file."""
import ext4
import kit
import power
import pytest
from disk import EXTREMES, Keeps, Record, files


@pytest.mark.parametrize("story", power.STORIES, ids=lambda story: story.__name__)
@pytest.mark.parametrize("durability", ["batch", "file"])
def test_cuts_of_power(story, durability):
    power.torture(1, kit.seed(), print, [story], [power.PAIRS[story is power.Plain]], [durability], step=8)


def test_none_promises_nothing_and_the_model_sees_it():
    """What is never synced is claimed and lost: so the states are the ones that they should be."""
    with pytest.raises(AssertionError, match="is done, and not there|damaged"):
        power.torture(4, kit.seed(), print, [power.Plain], power.PAIRS[:1], ["none"])


@pytest.mark.parametrize("io, cpu", [pair for pair in (("event", "threads"), ("threads", "processes")) if kit.runs_here(*pair)])
def test_a_real_file_system(io, cpu):
    said = ext4.torture(2, kit.seed(), print, [(io, cpu)])[0]
    if said.startswith("no ext4"):
        pytest.skip(said)


def write_record(place, *lines):
    (place / "record").write_bytes(b"".join(lines))
    (place / "disk").mkdir()
    record = Record(place / "disk")
    record.read(place / "record")
    return record


def line(place, *words, data=b""):
    return "\t".join(str(place / "disk" / word[1:]) if word.startswith("/") else word for word in words).encode() + b"\n" + data


def test_the_model_keeps_what_was_synced_and_no_more(tmp_path):
    """A file is written, gets its name, is synced; then its folder is."""
    record = write_record(
        tmp_path, line(tmp_path, "create", "7", "/temp"), line(tmp_path, "write", "7", "1", "0", "6", data=b"pixels"),
        line(tmp_path, "rename", "/temp", "/final"), line(tmp_path, "sync", "1", "7"), line(tmp_path, "synced", "1"))
    everything, nothing, names, zeros, data = [files(record.state(5, keeps)) for keeps in EXTREMES]
    assert everything == {"final": (b"pixels", 1)} and nothing == data == {}
    assert names == zeros == {"final": (b"pixels", 1)}, "a sync that has ended holds the bytes"
    assert files(record.state(4, Keeps(True, None))) == {"final": (b"", 0)}, "one that has only begun does not"
    assert files(record.state(4, Keeps(True, "zeros"))) == {"final": (bytes(6), 1)}


def test_a_folder_that_is_synced_keeps_its_names(tmp_path):
    lines = [line(tmp_path, "create", "7", "/a"), line(tmp_path, "mkdir", "8", "/d"), line(tmp_path, "create", "9", "/d/b"),
             line(tmp_path, "unlink", "/a"), line(tmp_path, "sync", "1", "8"), line(tmp_path, "synced", "1")]
    record = write_record(tmp_path, *lines)
    nothing = Keeps(False, None)
    assert files(record.state(6, nothing)) == {}, "a folder that is synced is of no use without its own name"
    inode = (tmp_path / "disk").stat().st_ino
    record.inodes[inode].synced.append((3, 5))
    assert files(record.state(6, nothing)) == {"a": (b"", 0), "d/b": (b"", 0)}, "the end of a's name was not synced"
    assert files(record.state(6, Keeps(True, None))) == {"d/b": (b"", 0)}
