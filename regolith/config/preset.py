"""Soil files (`data/soils/*.toml`): what is known of a soil, each value with its source."""

import math
from functools import cached_property
from pathlib import Path
from typing import Annotated, Generic, Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Discriminator, Field, model_validator

from regolith.config.files import find, once, read_toml
from regolith.config.ground import BulkDensity, Friction, GrainDensity, Modulus, PoissonRatio, Restitution
from regolith.config.problems import Table, validate
from regolith.config.units import quantity

Value = TypeVar("Value")
Source = Annotated[str, Field(min_length=3)]
GrainSize = Annotated[float, quantity("length", least=1e-9, most=1.0)]
Depth = Annotated[float, quantity("length", above=0, most=100)]
SurfaceEnergy = Annotated[float, quantity("surface energy", least=0, most=10)]
Stress = Annotated[float, quantity("pressure", least=0, most=1e9)]


class Sourced(Table, Generic[Value]):
    """A value and where it comes from, or the words that it has no source."""

    value: Value
    source: Source


class GradingPoints(Table):
    """Grain sizes as a cumulative curve: straight between its points in log(diameter).

    Attributes:
        points: Pairs of diameter [m] and mass share of finer grains, from 0 to 1, both rising.
    """

    kind: Literal["points"] = "points"
    points: tuple[tuple[GrainSize, Annotated[float, quantity("number", least=0, most=1)]], ...] = Field(min_length=2)
    source: Source

    @model_validator(mode="after")
    def _rising(self) -> Self:
        diameters, shares = zip(*self.points, strict=True)
        if any(b <= a for a, b in zip(diameters, diameters[1:], strict=False)):
            raise ValueError("points must have rising diameters")
        if any(b <= a for a, b in zip(shares, shares[1:], strict=False)) or shares[0] != 0 or shares[-1] != 1:
            raise ValueError('points must have mass shares that rise from 0 ("0 %") to 1 ("100 %")')
        return self

    def table(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Log of the diameter [ln m] and mass share of finer grains [-], each shape (n,)."""
        points = np.array(self.points)
        return np.log(points[:, 0]), points[:, 1]


class GradingLognormal(Table):
    """Grain sizes whose logarithm is normally distributed by mass.

    Attributes:
        median: Half of the mass is finer [m].
        spread: Standard deviation of ln(diameter) [-].
    """

    kind: Literal["lognormal"] = "lognormal"
    median: GrainSize
    spread: Annotated[float, quantity("number", least=0.01, most=5)]
    source: Source

    def table(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Log of the diameter [ln m] and mass share of finer grains [-], each shape (n,); five spreads either way."""
        deviations = np.linspace(-5.0, 5.0, 2001)
        shares = np.array([0.5 * math.erfc(-x / math.sqrt(2)) for x in deviations])
        return math.log(self.median) + self.spread * deviations, (shares - shares[0]) / (shares[-1] - shares[0])


class DensityHyperbolic(Table):
    """rho(z) = limit (z + a) / (z + b) (Carrier 1991)."""

    kind: Literal["hyperbolic"] = "hyperbolic"
    limit: BulkDensity
    a: Depth
    b: Depth
    source: Source

    def at(self, depth: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bulk density [kg/m3] at depths below the surface [m], shape (n,)."""
        return self.limit * (depth + self.a) / (depth + self.b)


class DensityExponential(Table):
    """rho(z) = deep - (deep - surface) exp(-z / scale) (Hayne 2017)."""

    kind: Literal["exponential"] = "exponential"
    surface: BulkDensity
    deep: BulkDensity
    scale: Depth
    source: Source

    def at(self, depth: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bulk density [kg/m3] at depths below the surface [m], shape (n,)."""
        return self.deep - (self.deep - self.surface) * np.exp(-depth / self.scale)


class DensityConstant(Table):
    """One density at all depths [kg/m3]."""

    kind: Literal["constant"] = "constant"
    value: BulkDensity
    source: Source

    def at(self, depth: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bulk density [kg/m3] at depths below the surface [m], shape (n,)."""
        return np.full_like(depth, self.value)


class ContactTable(Table):
    """`[contact]`: of two real grains; `stiffness_ratio` is how stiff the simulated ones are by default.

    Attributes:
        youngs_modulus: Of the minerals [Pa].
        stiffness_ratio: E / (rho g d_max) that the simulated modulus is lowered to [-]; never raised.
        poisson_ratio, restitution, friction, rolling_friction: [-].
        surface_energy: Half the work of adhesion [J/m2]: pull-off = 3 pi energy R* (JKR) for smooth spheres.
    """

    youngs_modulus: Sourced[Modulus]
    stiffness_ratio: Sourced[Annotated[float, quantity("number", least=1e3, most=1e12)]]
    poisson_ratio: Sourced[PoissonRatio]
    restitution: Sourced[Restitution]
    friction: Sourced[Friction]
    rolling_friction: Sourced[Friction]
    surface_energy: Sourced[SurfaceEnergy]


class StrengthTable(Table):
    """`[strength]`: measured on the soil in bulk; nothing is computed from it, it is what results are held against."""

    cohesion: Stress
    friction_angle: Annotated[float, quantity("angle", least=0, most=math.pi / 2)]
    source: Source


class SoilPreset(Table):
    """A soil file: validated, in SI, frozen."""

    title: Annotated[str, Field(min_length=1)]
    grain_density: Sourced[GrainDensity]
    grain_size: Annotated[GradingPoints | GradingLognormal, Discriminator("kind")]
    bulk_density: Annotated[DensityHyperbolic | DensityExponential | DensityConstant, Discriminator("kind")]
    contact: ContactTable
    strength: StrengthTable | None = None

    def median_diameter(self) -> float:
        """Diameter of the real grains that half of the mass is finer than [m]."""
        return self._median

    @cached_property
    def _median(self) -> float:
        log_diameter, share = self.grain_size.table()
        return math.exp(float(np.interp(0.5, share, log_diameter)))


@once
def load_soil(preset: str, base: Path) -> SoilPreset:
    """Read a soil file.

    Args:
        preset: Name of a shipped soil, or path of a file.
        base: Folder that a relative path starts from.

    Raises:
        ConfigError: There is no such file, or something in it is wrong.
    """
    file = find(preset, "soils", base)
    return validate(SoilPreset, read_toml(file), file, file.parent)
