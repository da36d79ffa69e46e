# SPDX-License-Identifier: Apache-2.0
"""Defends the list of guards: each is where tools/mutate would take it out, and the tests that should notice exist."""
import re
import shutil

import pytest
from mutations import MUTATIONS, TREE, edit


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_it_can_be_taken_out(mutation, tmp_path):
    (tmp_path / "src" / mutation.file).parent.mkdir(parents=True)
    shutil.copyfile(TREE / "src" / mutation.file, tmp_path / "src" / mutation.file)
    before = edit(tmp_path, mutation)
    assert (tmp_path / "src" / mutation.file).read_text(encoding="utf-8") != before
    for test in mutation.tests.split("|"):
        room, name = test.split(".")
        name = f"fuzz_{name}" if room == "fuzz" else name
        assert list((TREE / "tests" / room).glob(f"{re.escape(name)}.*")), f"{test} is no test"


def test_names_differ():
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) > 40
