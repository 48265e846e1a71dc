"""The table of mutants keeps up with the source. `make mutants` runs them."""

import pytest

from tests.mutants.__main__ import MUTANTS, read_table
from tests.mutants.mutant import ROOT


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_mutant_replaces_stands_in_the_source_exactly_once(mutant, tmp_path):
    copy = tmp_path / mutant.file
    copy.parent.mkdir(parents=True)
    copy.write_text((ROOT / mutant.file).read_text(encoding="utf-8"), encoding="utf-8")
    mutant.apply(tmp_path)
    compile(copy.read_text(encoding="utf-8"), mutant.file, "exec")


def test_no_mutant_survives():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 20
    assert set(read_table()) == {mutant.name for mutant in MUTANTS}  # each has been run
    assert "SURVIVED" not in read_table().values()
