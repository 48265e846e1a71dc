"""What counts as a jammed packing."""

import itertools

import pytest

from regolith.verify import packings


class Loaded:
    """A simulation whose pressure is scripted, in units of what counts as jammed; notes how long it rests."""

    def __init__(self, pressures):
        self.pressures, self.steps = itertools.chain(pressures, itertools.repeat(1.5)), []

    def put(self, *_, **__):
        return self

    def step(self, n):
        self.steps.append(n // packings.GROWTH_STEPS)

    def resize(self, radius):
        self.radius = radius

    set_contacts = set_field = lambda self, *_: None


def test_a_load_that_an_avalanche_takes_away_does_not_count(monkeypatch):
    sim = Loaded([0.0, 1.5, 1.2, 0.1, 1.5])
    wanted = packings.PRESSURE * packings.SOLID.youngs_modulus
    monkeypatch.setattr(packings, "stage", lambda: sim)
    monkeypatch.setattr(packings, "pressure_of", lambda sim: wanted * next(sim.pressures))
    monkeypatch.setattr(packings, "without_rattlers", lambda sim, fewest: (4.0, 0.0))
    found = packings.jammed(1.0, 0)
    assert sim.steps == [1, 1, *packings.RESTS, 1, *packings.RESTS]
    assert found.pressure == pytest.approx(1.5 * packings.PRESSURE)
