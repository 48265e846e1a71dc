"""The quick set of `regolith verify`, run once as users run it: each case in each precision, all numbers in bounds."""

import pytest

from regolith.verify.catalogue import chosen
from regolith.verify.run import run

QUICK = {case.name: case for case in chosen()}


@pytest.fixture(scope="session")
def verified():
    """Outcomes by case and precision; both precisions run side by side."""
    return {(found["case"], found["precision"]): found for found in run(list(QUICK.values()))}


@pytest.mark.parametrize(("name", "precision"), [(name, p) for name, case in QUICK.items() for p in case.precisions])
def test_case(verified, name, precision):
    found = verified[name, precision]
    assert not found["error"], found["error"]
    failed = [
        f"{check['quantity']}: {check['value']:.6g} for {check['reference']:.6g} {check['unit']}, "
        f"off by {check['error']:.2g}, allowed {check['tolerance']:.2g}"
        for check in found["checks"]
        if check["passed"] is False
    ]
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize("name", QUICK)
def test_case_has_a_verdict(verified, name):
    """A quick case that only reports could not fail."""
    for precision in QUICK[name].precisions:
        assert any(check["passed"] for check in verified[name, precision]["checks"])
