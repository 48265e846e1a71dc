"""What a core tells, on cores whose answer is known."""

import numpy as np
import pytest

from regolith.core import analyse, conveying_rate

DRILLED, AREA, DENSITY = 0.2, 1e-3, 1500.0


def grains(n: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Height in the core, depth of origin and mass of an undisturbed column."""
    height = (np.arange(n) + 0.5) / n * DRILLED
    return height, DRILLED - height, np.full(n, AREA * DRILLED * DENSITY / n)


def core_of(height, depth, mass):
    return analyse(height, depth, mass, drilled=DRILLED, area=AREA, bulk_density=DENSITY)


def test_undisturbed_core_is_the_ground():
    core = core_of(*grains())
    assert core.recovery == pytest.approx(1, abs=1e-3)
    assert core.mass_recovery == pytest.approx(1, rel=1e-9)
    assert core.shift == pytest.approx(0, abs=1e-9)
    assert core.mixing == pytest.approx(DRILLED / 10 / np.sqrt(12), rel=1e-3)
    assert core.order == pytest.approx(1)
    np.testing.assert_allclose(core.bands, np.eye(10)[::-1], atol=2e-3)
    np.testing.assert_allclose(core.origin, DRILLED - (core.edges[1:] + core.edges[:-1]) / 2, atol=1e-4)


def test_compressed_core_is_short_but_in_order():
    height, depth, mass = grains()
    core = core_of(0.7 * height, depth, mass)
    assert core.recovery == pytest.approx(0.7, abs=1e-3)
    assert core.mass_recovery == pytest.approx(1)
    assert core.order == pytest.approx(1)
    assert core.shift == pytest.approx(0.3 * DRILLED / np.sqrt(3), rel=1e-3)


def test_plugged_core_holds_the_upper_layers_alone():
    height, depth, mass = grains()
    kept = depth < DRILLED / 2
    core = core_of(height[kept] - DRILLED / 2, depth[kept], mass[kept])
    assert core.recovery == pytest.approx(0.5, abs=1e-3)
    assert core.mass_recovery == pytest.approx(0.5)
    assert core.bands[5:].sum() == 0


def test_mixed_core_has_lost_its_order():
    height, depth, mass = grains()
    core = core_of(height, np.random.default_rng(1).permutation(depth), mass)
    assert abs(core.order) < 0.03
    assert core.mixing == pytest.approx(DRILLED / np.sqrt(12), rel=0.02)
    np.testing.assert_allclose(core.bands, 0.1, atol=0.03)


def test_heavy_grains_count_by_their_mass():
    core = core_of([0.01, 0.01], [0.02, 0.1], [3.0, 1.0])
    assert core.origin[np.isfinite(core.origin)].tolist() == pytest.approx([0.04])


def test_no_core():
    assert core_of([], [], []) is None
    assert analyse([0.1], [0.1], [1.0], drilled=0.0, area=AREA, bulk_density=DENSITY) is None


def test_conveying_rate_of_the_fact_sheet():
    """The illustration in the literature: 15 degrees, 19 mm, 0.4 on the flight, 0.84 on the wall."""
    words = {"helix_angle": np.radians(15), "radius": 0.019, "friction": 0.4, "wall_friction": 0.84}
    rpm = [conveying_rate(**words, gravity=g) * 30 / np.pi for g in (1.62, 9.81)]
    assert rpm == pytest.approx([83, 204], abs=1)
    assert conveying_rate(np.radians(80), 0.02, 0.5, 0.5, 1.62) == np.inf
