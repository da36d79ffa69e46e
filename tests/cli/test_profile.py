# SPDX-License-Identifier: Apache-2.0
"""Defends what a run says of itself: every moment of every worker is accounted for, whichever engines run, and once."""
import pytest
from command import picture, run, save

CPU = ("serial", "threads", "openmp", "processes")
IO = ("sync", "threads", "event")
WORK = ("plan", "decode", "operations", "encode")
IMAGES = 24


@pytest.fixture
def place(tmp_path):
    for i in range(IMAGES):
        save(tmp_path / f"in/{i:02}.jpg", picture(320, 240, seed=i))
    return tmp_path


def profile_of(place, *words, expect=0, **env):
    result = run("--in", "in", "--out", "out", "--short-edge", "64", "--crop", "48x48", "--brightness", "1.2", "--json",
                 "--if-exists", "overwrite", *words, expect=None, cwd=place, **env)
    if result.status == 3 and "E_ENGINE" in result.err:
        pytest.skip(result.err)
    assert result.status == expect, result.err
    return result, result.summary.get("profile")


def worker_sum(worker):
    return sum(worker[key] for key in WORK) + worker["help"] + sum(worker["idle"].values())


@pytest.mark.parametrize("cpu", CPU)
@pytest.mark.parametrize("io", IO)
def test_every_moment_is_accounted_for(place, io, cpu):
    result, profile = profile_of(place, "--io", io, "--cpu", cpu, "-j", "2")
    whole = profile["seconds"]["run"] * 1000
    assert len(profile["worker_ms"]) == profile["workers"] == (1 if cpu == "serial" else 2)
    for worker in profile["worker_ms"]:
        # Rounded to a microsecond each, the whole to a millisecond: the sums themselves are exact.
        assert abs(worker_sum(worker) - whole) < 1
    busy = sum(worker[key] for worker in profile["worker_ms"] for key in WORK)
    stages = sum(profile["stages"][key]["ms"] for key in WORK)
    images = sum(image["ms"]["work"] for image in result.images.values())
    assert busy == pytest.approx(stages, rel=0.02, abs=1)
    assert images == pytest.approx(stages, rel=0.02, abs=1)


@pytest.mark.parametrize("cpu", CPU)
def test_stages_are_those_of_the_images(place, cpu):
    result, profile = profile_of(place, "--cpu", cpu, "-j", "2")
    assert profile["images"] == IMAGES
    for stage in ("queue", "read", *WORK, "write"):
        row = profile["stages"][stage]
        assert row["images"] == IMAGES, stage
        assert row["median"] <= row["p90"] <= row["p99"] <= row["most"] <= row["ms"] + 0.001
    # A crop behind a resize is part of it.
    assert {name: row["count"] for name, row in profile["operations"].items()} == {"short-edge": IMAGES, "brightness": IMAGES}
    for image in result.images.values():
        stages = image["stages"]
        assert set(stages["operations"]) == {"short-edge", "brightness"}
        parts = stages["plan"] + stages["decode"] + sum(stages["operations"].values()) + stages["encode"]
        assert parts == pytest.approx(image["ms"]["work"], abs=0.01)
        assert stages["decode"] > 0 and stages["encode"] > 0
    slowest = profile["slowest"]
    assert [row["ms"] for row in slowest] == sorted((row["ms"] for row in slowest), reverse=True)
    assert slowest[0]["ms"] == pytest.approx(max(image["ms"]["work"] for image in result.images.values()), abs=0.01)


@pytest.mark.parametrize("io", IO)
def test_bytes_are_those_of_the_files(place, io):
    result, profile = profile_of(place, "--io", io)
    assert profile["reading"]["files"] == profile["writing"]["files"] == IMAGES
    assert profile["reading"]["bytes"] == sum(path.stat().st_size for path in (place / "in").iterdir())
    assert profile["writing"]["bytes"] == result.summary["bytes_out"]
    timeline = profile["timeline"]
    assert sum(timeline["images"]) == IMAGES
    assert sum(timeline["read_bytes"]) == profile["reading"]["bytes"]
    assert sum(timeline["written_bytes"]) == profile["writing"]["bytes"]
    for way in ("reading", "writing"):
        assert profile[way]["busy_ms"] > 0 and profile[way]["in_flight"] >= 0.999


def test_several_outputs_and_failures_count_once(place):
    (place / "in/bad.jpg").write_bytes((place / "in/00.jpg").read_bytes()[:700])
    result, profile = profile_of(place, "--copies", "20", expect=1)
    assert profile["images"] == IMAGES + 1
    assert profile["writing"]["files"] == IMAGES * 20
    assert profile["operations"]["brightness"]["count"] == IMAGES * 20
    assert profile["stages"]["decode"]["images"] == IMAGES + 1
    assert profile["stages"]["write"]["images"] == IMAGES
    assert result.images["bad.jpg"]["stages"]["encode"] == 0


def test_the_verdict_is_told_on_request(place):
    result, profile = profile_of(place, "-v")
    words = " ".join(result.err.split())
    assert profile["verdict"] and " ".join(profile["verdict"].split()) in words
    assert profile["bound"] in ("unknown", "cpu", "latency", "bandwidth", "writing", "memory", "straggler", "overhead", "mixed")
    result, profile = profile_of(place)
    assert profile["verdict"][:30] not in " ".join(result.err.split())


def test_it_can_be_switched_off(place):
    result, profile = profile_of(place, IMGBATCH_MEASURE="off")
    assert profile is None
    assert all("stages" not in image for image in result.images.values())
