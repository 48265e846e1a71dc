"""Soils: what their files say, which grains are drawn, what scaling and softening keep."""

import math
from pathlib import Path

import numpy as np
import pytest

from regolith.config import SoilConfig, load_soil
from regolith.config.files import shipped
from regolith.errors import ConfigError
from regolith.laws import effective_modulus
from regolith.soil import make_soil
from regolith.soil.cohesion import jkr_pull_off, sjkr_energy_density, sjkr_pull_off

MOON = (0.0, 0.0, -1.62)
SOILS = shipped("soils")


def soil(preset="chang-e-5", **keys):
    if "grain_scale" not in keys:
        keys.setdefault("grain_diameter", 0.008)
    return make_soil(SoilConfig(preset=preset, **keys), MOON)


def mass_median(diameters):
    ordered = np.sort(diameters)
    mass = np.cumsum(ordered**3)
    return ordered[np.searchsorted(mass, 0.5 * mass[-1])]


def test_the_five_soils_are_shipped():
    assert SOILS == ["apollo-average", "chang-e-5", "grc-1", "jsc-1a", "lhs-1"]


@pytest.mark.parametrize("name", SOILS)
def test_every_value_has_a_source_or_says_that_it_has_none(name):
    def sources(table):
        for key, value in table.items():
            if key == "source":
                yield value
            elif isinstance(value, dict):
                yield from sources(value)

    words = (
        "10.",
        "Database",
        "DEM-Engine",
        "simulantdb",
        "Sourcebook",
        "virascience",
        "No source",
        "Assumed",
        "published",
    )
    found = list(sources(load_soil(name, Path()).model_dump()))
    assert len(found) >= 10
    assert all(any(word in source for word in words) for source in found)


def test_density_with_depth_as_published():
    """rho = 1.92 (z + 12.2) / (z + 18) g/cm3, z in cm; values of the formula at 0, 15 and 60 cm."""
    assert soil().bulk_density([0.0, 0.15, 0.60]) == pytest.approx([1301.3, 1582.5, 1777.2], abs=0.1)
    assert soil("jsc-1a").bulk_density(0.3) == pytest.approx([1630.0])


def test_exponential_density(tmp_path):
    """Hayne 2017: 1.8 - 0.7 exp(-z / 6.8 cm) g/cm3."""
    text = (Path(__file__).parents[2] / "data/soils/jsc-1a.toml").read_text()
    text = text.replace(
        'kind = "constant"\nvalue = "1.63 g/cm^3"',
        'kind = "exponential"\nsurface = 1100\ndeep = 1800\nscale = "6.8 cm"',
    )
    (tmp_path / "own.toml").write_text(text)
    own = make_soil(SoilConfig(preset=str(tmp_path / "own.toml"), grain_scale=80), MOON)
    assert own.name == "own"
    assert own.bulk_density([0.0, 0.05, 0.30]) == pytest.approx([1100.0, 1464.4, 1791.5], abs=0.1)


@pytest.mark.parametrize("name", SOILS)
@pytest.mark.parametrize("ratio", [1.0, 1.5, 6.0])
def test_grains_drawn_span_the_ratio_around_the_median(name, ratio):
    made = soil(name, size_ratio=ratio)
    drawn = made.sample_diameters(40_000, np.random.default_rng(1))
    low, high = made.diameter_range
    assert high / low == pytest.approx(ratio)
    assert math.sqrt(low * high) == pytest.approx(0.008)
    assert drawn.min() >= low and drawn.max() <= high
    assert mass_median(drawn) == pytest.approx(0.008, rel=0.06)
    assert np.mean(np.pi / 6 * drawn**3) == pytest.approx(made.mean_grain_volume, rel=0.05)


def test_numbers_follow_from_the_mass_curve():
    """Apollo's curve is straight in ln(d) from 20 to 63 um, so its numbers there go as d^-4 dd."""
    made = soil("apollo-average", grain_scale=1.0, size_ratio=20.0)
    drawn = made.sample_diameters(400_000, np.random.default_rng(2))
    inside = drawn[(drawn > 25e-6) & (drawn < 60e-6)]
    edges = np.linspace(25e-6, 60e-6, 8)
    expected = np.diff(-(edges**-3)) / (25e-6**-3 - 60e-6**-3)
    assert np.histogram(inside, edges)[0] / len(inside) == pytest.approx(expected, rel=0.05)


def test_draws_are_deterministic():
    made = soil()
    first, second = (made.sample_diameters(100, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, made.sample_diameters(100, np.random.default_rng(8)))


def test_a_window_beyond_the_curve_ends_with_it(tmp_path):
    text = (Path(__file__).parents[2] / "data/soils/grc-1.toml").read_text()
    grading = 'kind = "lognormal"\nmedian = "0.24 mm"\nspread = 0.5'
    assert grading in text
    points = 'kind = "points"\npoints = [["100 um", 0], ["200 um", "50 %"], ["400 um", 1]]'
    (tmp_path / "own.toml").write_text(text.replace(grading, points))
    made = make_soil(SoilConfig(preset=str(tmp_path / "own.toml"), grain_scale=1, size_ratio=20), MOON)
    assert made.diameter_range == pytest.approx((100e-6, 400e-6))


def test_pull_off_is_the_largest_pull_of_the_law():
    """F(d) = k 2 pi R* d - 4/3 E* sqrt(R*) d^1.5, searched numerically."""
    k, r_eff, e_eff = 1.3e5, 2e-3, 3e6
    overlap = np.linspace(0, 4 * (math.pi * k * math.sqrt(r_eff) / e_eff) ** 2, 200_001)
    pull = k * 2 * math.pi * r_eff * overlap - 4 / 3 * e_eff * math.sqrt(r_eff) * overlap**1.5
    assert sjkr_pull_off(k, r_eff, e_eff) == pytest.approx(pull.max(), rel=1e-8)
    assert sjkr_energy_density(pull.max(), r_eff, e_eff) == pytest.approx(k, rel=1e-8)


@pytest.mark.parametrize("scale", [1.0, 20.0, 175.0])
@pytest.mark.parametrize("modulus", [1e6, 1e9])
def test_scaling_and_softening_keep_pull_off_over_weight(scale, modulus):
    made = soil(grain_scale=scale, youngs_modulus=modulus)
    material, diameter = made.material, made.median_diameter
    e_eff = effective_modulus(material, material)
    weight = material.density * 1.62 * math.pi / 6 * diameter**3
    simulated = sjkr_pull_off(made.contact.cohesion, diameter / 4, e_eff) / weight

    real = diameter / scale
    real_weight = material.density * 1.62 * math.pi / 6 * real**3
    expected = jkr_pull_off(3.4e-5, real / 4) / real_weight
    assert simulated == pytest.approx(expected, rel=1e-9)
    assert made.notes["pull_off_over_weight"] == pytest.approx(expected)
    assert made.notes["pull_off_over_weight_real"] == pytest.approx(expected)
    rescaled = made.notes["cohesion_real"] * (modulus / 60e9) ** (2 / 3) * scale ** (1 / 3)
    assert made.contact.cohesion == pytest.approx(rescaled, rel=1e-9)
    # what is not kept: strength in bulk goes with pull-off over diameter squared
    assert made.notes["tensile_strength"] == pytest.approx(scale * made.notes["tensile_strength_real"])


def test_softening_follows_the_largest_grain_and_never_stiffens():
    made = soil(grain_diameter=0.0085)
    largest = 0.0085 * math.sqrt(1.5)
    assert made.material.youngs_modulus == pytest.approx(1e5 * 3195.2 * 1.62 * largest)
    assert made.notes["softening_factor"] == pytest.approx(60e9 / made.material.youngs_modulus)
    heavy = make_soil(SoilConfig(preset="grc-1", grain_diameter=1.0), (0, 0, -500.0))
    assert heavy.material.youngs_modulus == 60e9


def test_overrides_are_used_as_they_stand():
    values = {
        "youngs_modulus": 2e7, "poisson_ratio": 0.3, "restitution": 0.7, "friction": 0.6, "rolling_friction": 0.2,
        "cohesion": 1234.0, "grain_density": 2800.0,
    }  # fmt: skip
    made = soil(**values)
    assert made.material.youngs_modulus == 2e7 and made.material.poisson_ratio == 0.3
    assert made.material.density == made.grain_density == 2800.0
    contact = made.contact
    assert (contact.restitution, contact.friction, contact.rolling_friction, contact.cohesion) == (
        0.7,
        0.6,
        0.2,
        1234.0,
    )


def test_warnings_when_soft_or_clinging():
    assert any("cling" in text for text in soil().warnings)
    assert soil(cohesion=0.0).warnings == []
    soft = soil(cohesion=0.0, youngs_modulus=2e5).warnings
    assert len(soft) == 1 and "soft" in soft[0]
    enough = float(soft[0].split("youngs_modulus of ")[1].split(" Pa")[0])
    assert soil(cohesion=0.0, youngs_modulus=1.02 * enough).warnings == []


def test_no_gravity_is_refused():
    with pytest.raises(ConfigError, match="gravity"):
        make_soil(SoilConfig(preset="grc-1", grain_scale=30), (0.0, 0.0, 0.0))


def test_messages_of_a_soil_file(tmp_path):
    text = (Path(__file__).parents[2] / "data/soils/chang-e-5.toml").read_text()
    (tmp_path / "own.toml").write_text(
        text.replace('"45.7 um"', '"45.7 kg"').replace("[contact.friction]", "[contact.frction]")
    )
    with pytest.raises(ConfigError) as caught:
        load_soil("own.toml", tmp_path)
    said = str(caught.value)
    assert (
        "grain_size.median = '45.7 kg'" in said and "contact.frction" in said and "contact.friction is missing" in said
    )
    assert "did you mean contact.friction?" in said
