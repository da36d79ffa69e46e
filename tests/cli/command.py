# SPDX-License-Identifier: Apache-2.0
"""Runs the command for the tests here, and makes small images for them."""
import json
import os
import pathlib
import subprocess

from PIL import Image

IMGBATCH = os.environ.get("IMGBATCH", "imgbatch")
TESTDATA = pathlib.Path(os.environ.get("IMGBATCH_TESTDATA", "testdata/generated"))

# Whatever the caller's shell says about colours must not matter.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}


class Result:
    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout.decode("utf-8", "surrogateescape")
        self.err = done.stderr.decode("utf-8", "surrogateescape")

    @property
    def objects(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def images(self):
        """The objects of images, by input."""
        images = [o for o in self.objects if o["type"] == "image"]
        assert len({o["in"] for o in images}) == len(images) or any("in_b64" in o for o in images)
        return {o["in"]: o for o in images}

    @property
    def summary(self):
        last = self.objects[-1]
        assert last["type"] == "summary"
        return last


def run(*words, expect=0, stdin=b"", cwd=None, **env):
    """Runs `imgbatch WORDS`; fails with both streams shown when it exits with another status."""
    done = subprocess.run([IMGBATCH, *words], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          cwd=cwd, env={**ENVIRONMENT, **env}, timeout=60, check=False)
    result = Result(done)
    if expect is not None:
        assert result.status == expect, f"{words}: exit {result.status}\n{result.out}\n{result.err}"
    return result


def picture(width=64, height=48, mode="RGB", seed=1):
    """Smooth and busy at once: gradients, and a pattern that no two seeds share."""
    image = Image.new("RGB", (width, height))
    image.putdata([((x * 255 // max(1, width - 1) + seed * 31) % 256,
                    (y * 255 // max(1, height - 1)) % 256,
                    (x * y * (seed + 2) + seed * 57) % 256)
                   for y in range(height) for x in range(width)])
    return image.convert(mode)


def save(path, image=None, **how):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    (image or picture()).save(path, **how)
    return path


def tree(top):
    """Relative name to bytes of every file below top, but for the command's own folder."""
    top = pathlib.Path(top)
    return {str(p.relative_to(top)): p.read_bytes() for p in sorted(top.rglob("*"))
            if p.is_file() and ".imgbatch" not in p.relative_to(top).parts}


def pixels(path):
    with Image.open(path) as image:
        image.load()
        return image.copy()


def accounts_add_up(summary):
    parts = ("ok", "failed", "ignored", "skipped", "not_attempted")
    assert summary["listed"] == sum(summary[p] for p in parts), summary
    assert summary["damaged"] <= summary["ok"]
