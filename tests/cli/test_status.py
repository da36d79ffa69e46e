# SPDX-License-Identifier: Apache-2.0
"""Defends the commands that only look: status and info."""
import json
import sqlite3

from command import picture, run, save, tree


def test_status_agrees_with_the_run(tmp_path):
    save(tmp_path / "in/a.png")
    (tmp_path / "in/b.png").write_bytes(b"")
    (tmp_path / "in/c.txt").write_text("no image")
    summary = run("--in", "in", "--out", "out", "--json", expect=1, cwd=tmp_path).summary
    status = json.loads(run("status", "out", "--json", cwd=tmp_path).out)
    for key in ("listed", "ok", "damaged", "failed", "ignored", "skipped", "not_attempted", "outputs"):
        assert status[key] == summary[key], key
    assert status["failures"][0]["code"] == "E_EMPTY"
    text = run("status", "--json", "out", cwd=tmp_path).out
    assert json.loads(text) == status
    assert '"b.png": E_EMPTY' in run("status", "out", cwd=tmp_path).out


def test_a_ledger_from_elsewhere_says_nothing_to_the_terminal(tmp_path):
    """It may have come with the folder, and hold anything."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/b.png").write_bytes(b"")
    run("--in", "in", "--out", "out", "-q", expect=1, cwd=tmp_path)
    odd = "x\x1b[2J\n\"y"
    with sqlite3.connect(tmp_path / "out/.imgbatch/ledger.sqlite") as ledger:
        ledger.execute("UPDATE run SET version = ?", (odd,))
        ledger.execute("UPDATE image SET detail = ?, stage = ?", (odd, odd))
    text = run("status", "out", cwd=tmp_path).out
    assert "x\\x1B[2J" in text and not [c for c in text if c < " " and c != "\n"]
    status = json.loads(run("status", "out", "--json", cwd=tmp_path).out)
    assert status["version"] == odd and status["failures"][0]["stage"] == odd


def test_status_knows_what_the_last_run_measured(tmp_path):
    save(tmp_path / "in/a.png")
    first = run("--in", "in", "--out", "out", "--json", cwd=tmp_path).summary
    status = json.loads(run("status", "out", "--json", cwd=tmp_path).out)
    kept = status["profile"]
    assert kept["stages"] == first["profile"]["stages"] and kept["worker_ms"] == first["profile"]["worker_ms"]
    assert kept["verdict"] == first["profile"]["verdict"]
    assert kept["verdict"] in run("status", "out", cwd=tmp_path).out
    # The next run's, and the files are known again: measuring is no setting.
    save(tmp_path / "in/b.png")
    again = run("--in", "in", "--out", "out", "--json", cwd=tmp_path).summary
    assert again["skipped"] == 1
    assert json.loads(run("status", "out", "--json", cwd=tmp_path).out)["profile"]["images"] == 1


def test_a_profile_from_elsewhere_is_plain_or_left_out(tmp_path):
    save(tmp_path / "in/a.png")
    run("--in", "in", "--out", "out", "-q", cwd=tmp_path)
    for text, there in (('{"a":[1, 2 ]}', True), ('{"a":1', False), ("", False), ('1},"listed":7,"x":{', False),
                        ("\xff", False), (None, False), (b'{"a":"\xff"}', False)):
        with sqlite3.connect(tmp_path / "out/.imgbatch/ledger.sqlite") as ledger:
            ledger.execute("UPDATE profile SET json = ?, verdict = ?", (text, "x\x1b[2J\ny"))
        status = json.loads(run("status", "out", "--json", cwd=tmp_path).out)
        assert status["listed"] == 1 and ("profile" in status) == there, text
        shown = run("status", "out", cwd=tmp_path).out
        assert not [c for c in shown if c < " " and c != "\n"] and "x?[2J?y" in shown
    # Ledgers of older versions have no such table.
    with sqlite3.connect(tmp_path / "out/.imgbatch/ledger.sqlite") as ledger:
        ledger.execute("DROP TABLE profile")
    assert "profile" not in json.loads(run("status", "out", "--json", cwd=tmp_path).out)
    run("--in", "in", "--out", "out", "-q", cwd=tmp_path)
    assert "profile" in json.loads(run("status", "out", "--json", cwd=tmp_path).out)


def test_status_changes_nothing(tmp_path):
    save(tmp_path / "in/a.png")
    run("--in", "in", "--out", "out", "-q", cwd=tmp_path)
    before = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*") if p.is_file()}
    run("status", "out", cwd=tmp_path)
    after = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert {k: v for k, v in after.items() if k in before} == before


def test_status_of_what_no_run_wrote(tmp_path):
    assert "E_NOTHING" in run("status", tmp_path, expect=2).err
    assert "E_NOTHING" in run("status", tmp_path / "absent", expect=2).err
    assert tree(tmp_path) == {}


def test_info_is_a_line_of_json_a_file(tmp_path):
    save(tmp_path / "a.png", picture(30, 20, "L"))
    save(tmp_path / "b.jpg", picture(40, 50))
    a, b = run("info", "a.png", "b.jpg", cwd=tmp_path).objects
    assert (a["in"], a["format"], a["width"], a["height"]) == ("a.png", "png", 30, 20)
    assert (b["in"], b["format"], b["width"], b["height"]) == ("b.jpg", "jpeg", 40, 50)


def test_info_goes_on_after_a_file_that_fails(tmp_path):
    save(tmp_path / "a.png")
    (tmp_path / "empty").write_bytes(b"")
    result = run("info", "empty", "absent", ".", "--", "a.png", expect=1, cwd=tmp_path)
    assert [o["in"] for o in result.objects] == ["a.png"]
    assert result.err.count("imgbatch: ") == 3
    assert '"empty": E_EMPTY' in result.err and '"absent": E_' in result.err and "E_NOT_REGULAR" in result.err
