# SPDX-License-Identifier: Apache-2.0
"""A page in headless Chromium, for the tests here: which steps, and what came of them.

`tools/deps --browser` installs what is needed. IMGBATCH_BROWSER names the folder that holds playwright-core's
node_modules (default: build/browser of this tree).
"""
import json
import os
import pathlib
import shutil
import subprocess

TREE = pathlib.Path(__file__).resolve().parents[2]
PLAYWRIGHT = pathlib.Path(os.environ.get("IMGBATCH_BROWSER", TREE / "build/browser")) / "node_modules/playwright-core"


def missing():
    """What is not installed, in words; "": nothing."""
    wanted = {"chromium": shutil.which("chromium"), "node": shutil.which("node"),
              "playwright-core": PLAYWRIGHT.is_dir()}
    lacking = [name for name, there in wanted.items() if not there]
    return f"not installed: {', '.join(lacking)} (tools/deps --browser)" if lacking else ""


def drive(page, *steps, **context):
    """Does the steps of drive.js on a page; what those that ask got. Nothing may be fetched, no script may complain."""
    context = {"viewport": {"width": 1200, "height": 900}, **context}
    wish = {"page": str(page), "chromium": shutil.which("chromium"), "playwright": str(PLAYWRIGHT),
            "context": context, "steps": [[str(word) if isinstance(word, pathlib.Path) else word for word in step]
                                          for step in steps]}
    done = subprocess.run(["node", TREE / "tests/browser/drive.js"], input=json.dumps(wish), capture_output=True,
                          text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["requests"] == [] and result["errors"] == []
    return result["answers"]
