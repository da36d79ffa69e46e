# SPDX-License-Identifier: Apache-2.0
"""What the parts about hostile files share: photos to hurt, and the verdicts of a run over what became of them."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from kit import IMGBATCH, scratch

LOST = ("E_CRASH", "E_TIMEOUT", "E_MEMORY")  # verdicts that tell of a worker's end


def photos(suffix, count, most=400_000):
    """Up to count whole pictures of a type: the corpus where IMGBATCH_CORPUS names one, else the project's own."""
    tops = [os.environ.get("IMGBATCH_CORPUS", ""), os.environ["IMGBATCH_TESTDATA"] + "/good"]
    found = []
    for top in (pathlib.Path(top) for top in tops if top):
        found += [p for p in sorted(top.rglob("*" + suffix)) if 2000 < p.stat().st_size < most]
    with Place() as place:
        for i, path in enumerate(found):
            place.put(f"{i:04}{suffix}", path.read_bytes())
        images, _ = place.run()
    whole = [path for i, path in enumerate(found)
             if images[f"{i:04}{suffix}"]["status"] == "ok" and not images[f"{i:04}{suffix}"]["warnings"]]
    return whole[::max(1, len(whole) // count)][:count]


class Place:
    """A folder of files, and what a run says of each."""

    def __enter__(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="imgbatch-hostile-", dir=scratch()))
        (self.top / "in").mkdir()
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)

    def put(self, name, data):
        (self.top / "in" / name).write_bytes(data)

    def empty(self):
        shutil.rmtree(self.top / "in")
        (self.top / "in").mkdir()

    def run(self, *words, timeout=600):
        """What was said of each input, by its name, and the outputs by theirs."""
        shutil.rmtree(self.top / "out", ignore_errors=True)
        done = subprocess.run([IMGBATCH, "--in", "in", "--out", "out", "--json", "-q", *words], cwd=self.top,
                              capture_output=True, timeout=timeout, check=False)
        assert done.returncode in (0, 1), f"exit {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}"
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        images = {line["in"]: line for line in lines[:-1]}
        assert len(images) == len(lines) - 1 == lines[-1]["listed"], "an image was not told, or twice"
        outputs = {path.name: path for path in (self.top / "out").glob("*") if path.is_file()}
        return images, outputs
