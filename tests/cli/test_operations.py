# SPDX-License-Identifier: Apache-2.0
"""Defends docs/OPERATIONS.md: it says what the table of operations says, and every operation has its picture."""
import importlib.machinery
import importlib.util
import os
import pathlib

import pytest
from command import run
from PIL import Image

TREE = pathlib.Path(__file__).resolve().parents[2]

if os.environ.get("IMGBATCH_SANITIZE"):
    pytest.skip("the library cannot be loaded into Python", allow_module_level=True)


@pytest.fixture
def tool():
    loader = importlib.machinery.SourceFileLoader("make_operations", str(TREE / "tools/make-operations"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("make_operations", loader))
    loader.exec_module(module)
    return module


def test_the_document_is_up_to_date(tool):
    assert list(tool.problems(tool.operations())) == [], "tools/make-operations makes it anew"


def test_every_operation_is_in_it(tool):
    text = tool.DOCUMENT.read_text(encoding="utf-8")
    names = [line.split()[0] for line in run("ops").out.splitlines()
             if line.startswith("  ") and not line.startswith("   ")]
    assert len(names) > 30 and [name for name in names if f"\n### {name}\n" not in text] == []


def test_pictures_are_small(tool):
    paths = list(tool.PICTURES.iterdir())
    assert sum(path.stat().st_size for path in paths) < 600_000
    for path in paths:
        with Image.open(path) as image:
            image.load()
            assert image.width <= 650 and image.height <= 200, path


def test_examples_are_of_operations_that_exist_and_parse(tool):
    for row in tool.operations():
        assert run("--print-recipe", *row.words).out


def test_what_is_out_of_date_is_told(tool, tmp_path):
    tool.TREE = tmp_path
    tool.DOCUMENT, tool.PICTURES = tmp_path / "docs/OPERATIONS.md", tmp_path / "docs/operations"
    tool.PICTURES.mkdir(parents=True)
    rows = tool.operations()
    assert len(list(tool.problems(rows))) == len(rows) + 2, "the document, one picture each, and the one before"
    tool.make_pictures(rows)
    tool.DOCUMENT.write_text(tool.document(rows), encoding="utf-8")
    assert list(tool.problems(rows)) == []
    (tool.PICTURES / "flip.jpg").rename(tool.PICTURES / "flop.jpg")
    rows[0].summary += " or not"
    assert len(list(tool.problems(rows))) == 3
