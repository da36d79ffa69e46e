# SPDX-License-Identifier: Apache-2.0
"""The house's own rules: who may include whom, what every file begins with, and a map that is complete."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[2]
SPDX = "SPDX-License-Identifier: Apache-2.0"
TEXT_ROOMS = ("src", "include", "tests", "tools", "examples", "cmake", ".ci")


def layers(tree):
    return subprocess.run([str(TREE / "tools/layers"), str(tree)], capture_output=True, text=True)


def code_files(*tops):
    for top in tops:
        for path in sorted((TREE / top).rglob("*")):
            if path.suffix in (".c", ".h", ".in", ".css", ".js") and path.is_file():
                yield path


def text_files():
    for top in TEXT_ROOMS:
        for path in sorted((TREE / top).rglob("*")):
            if path.is_file() and not {"__pycache__", "regressions"} & set(path.parts):
                try:
                    yield path, path.read_text(encoding="utf-8")
                except UnicodeDecodeError:
                    pass  # a picture or the like


def test_includes_follow_the_table():
    result = layers(TREE)
    assert result.returncode == 0, result.stdout


@pytest.fixture
def copy(tmp_path):
    for top in ("src", "include"):
        shutil.copytree(TREE / top, tmp_path / top)
    return tmp_path


@pytest.mark.parametrize("path, line, why", [
    ("src/codec/violation.c", '#include "io/io.h"', "codec may not include io"),
    ("src/io/violation.c", '#include "codec/codec.h"', "io may not include codec"),
    ("src/cpu/violation.h", '#include "source/source.h"', "cpu may not include source"),
    ("src/base/violation.c", '#include "image/image.h"', "base may not include image"),
    ("src/cli/violation.c", '#include "run/batch.h"', "cli may not include run"),
    ("src/cli/violation.c", '#include "base/str.h"', "cli may include the public header only"),
    ("src/ops/violation.c", "#include <imgbatch/imgbatch.h>", "ops may not include the public header"),
    ("src/work/violation.c", '#include "slots/queue.h"', "work may not include slots"),
    ("src/attic/violation.c", "", "lies in no room"),
    ("src/ops/violation.c", '#include "attic/attic.h"', "attic is no room"),
    ("src/base/violation.c", '#include "violation.h"', 'write "room/file.h"'),
    ("src/base/violation.c", '#include "base/nowhere.h"', "does not exist"),
    ("include/imgbatch/violation.h", '#include "base/str.h"', "a public header may not include"),
])
def test_a_wrong_include_is_refused(copy, path, line, why):
    (copy / path).parent.mkdir(exist_ok=True)
    (copy / path).write_text(f"/* {SPDX} */\n{line}\n")
    result = layers(copy)
    assert result.returncode == 1
    assert path in result.stdout and why in result.stdout


def test_a_cycle_is_refused(copy):
    (copy / "src/base/one.h").write_text('#include "base/other.h"\n')
    (copy / "src/base/other.h").write_text('#include "base/one.h"\n')
    result = layers(copy)
    assert result.returncode == 1 and "a cycle" in result.stdout


def test_an_empty_tree_is_no_success(tmp_path):
    assert layers(tmp_path).returncode == 1


def test_every_source_begins_with_its_licence():
    missing = [str(path.relative_to(TREE)) for path in code_files("src", "include", "tests", "examples")
               if SPDX not in path.read_text(encoding="utf-8").split("\n", 1)[0]]
    assert missing == []


def test_no_line_ends_in_blanks_and_every_file_in_a_newline():
    wrong = []
    for path, text in text_files():
        name = str(path.relative_to(TREE))
        wrong += [f"{name}:{number}" for number, line in enumerate(text.split("\n"), 1) if line != line.rstrip()]
        if text and not text.endswith("\n"):
            wrong.append(f"{name}: no newline at its end")
    assert wrong == []


def test_c_is_indented_by_tabs():
    wrong = [f"{path.relative_to(TREE)}:{number}" for path in code_files("src", "include", "tests", "examples")
             for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
             if line.startswith("    ")]
    assert wrong == []


def test_the_map_names_every_source():
    """src/README.md has a section "### `room/`" for each room, which names each file by itself or by its stem."""
    text = (TREE / "src/README.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### `(\w+)/`(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))
    missing = [f"{path.parent.name}/{path.name}" for path in code_files("src")
               if f"`{path.name}`" not in sections.get(path.parent.name, "")
               and f"`{path.stem}`" not in sections.get(path.parent.name, "")]
    assert missing == [], "src/README.md does not mention these"
    for room, section in sections.items():
        stems = {path.stem for path in (TREE / "src" / room).iterdir()}
        stems |= {path.name for path in (TREE / "src" / room).iterdir()} | {"version.h"}
        named = set(re.findall(r"^- `([^`]+)`", section, re.MULTILINE))
        assert named <= stems, f"src/README.md names files of {room} that are gone"


def test_links_in_the_documents_lead_somewhere():
    documents = [path for pattern in ("*.md", "src/*.md", "tests/*.md", "docs/*.md") for path in TREE.glob(pattern)]
    broken = [f"{path.relative_to(TREE)}: {link}" for path in documents
              for link in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
              if "://" not in link and not (path.parent / link).exists()]
    assert broken == []


def test_what_people_run_can_be_run():
    tools = [path for path in (TREE / "tools").iterdir() if path.is_file() and path.read_bytes()[:2] == b"#!"]
    tools.append(TREE / ".ci/run")
    assert len(tools) > 5
    assert [path.name for path in tools if not os.access(path, os.X_OK)] == []


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_shell_scripts_are_clean():
    scripts = [str(path) for path, text in text_files()
               if text.startswith("#!") and text.split("\n", 1)[0].endswith(("bash", "/sh"))]
    assert scripts
    result = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
