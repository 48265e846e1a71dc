"""What a mission file says of the ground: which soil, how coarse, how large a bed."""

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from regolith.config.files import base_of, find, once
from regolith.config.problems import Table
from regolith.config.units import quantity, to_si
from regolith.errors import ConfigError
from regolith.paths import data_dir

Diameter = Annotated[float, quantity("length", least=1e-6, most=1.0)]
GrainDensity = Annotated[float, quantity("density", least=100, most=30_000)]
Modulus = Annotated[float, quantity("pressure", least=1e3, most=1e13)]
PoissonRatio = Annotated[float, quantity("number", least=0, below=0.5)]
Restitution = Annotated[float, quantity("number", least=0.01, most=1)]
Friction = Annotated[float, quantity("number", least=0, most=10)]
CohesionDensity = Annotated[float, quantity("pressure", least=0, most=1e12)]
Side = Annotated[float, quantity("length", least=1e-3, most=100)]
BulkDensity = Annotated[float, quantity("density", least=10, most=20_000)]


def _preset(raw: object, info: ValidationInfo) -> str:
    """A shipped name as it is; a path made absolute, from the folder of the mission file."""
    if not isinstance(raw, str):
        raise ValueError("must be the name of a soil or the path of a soil file")
    try:
        return _soil_name(raw, base_of(info))
    except ConfigError as error:
        raise ValueError(str(error)) from None


@once
def _soil_name(wanted: str, base: Path) -> str:
    file = find(wanted, "soils", base)
    return file.stem if file.parent == (data_dir() / "soils").resolve() else str(file)


def _bulk_density(raw: object) -> float | str:
    if raw == "soil":
        return "soil"
    try:
        value = to_si(raw, "density")
    except ValueError as error:
        raise ValueError(f'{error}; or "soil" for the soil\'s own density with depth') from None
    if not 10 <= value <= 20_000:
        raise ValueError('must be from 10 to 20000 kg/m^3, or "soil" for the soil\'s own density with depth')
    return value


def _range(raw: object) -> object:
    return raw if isinstance(raw, list | tuple) else (raw, raw)


def _run(raw: object, info: ValidationInfo) -> str:
    """The path of a run directory made absolute, from the folder of the mission file."""
    if not isinstance(raw, str | os.PathLike):
        raise ValueError("must be the path of a run directory")
    path = base_of(info) / os.path.expanduser(raw)
    if not os.path.isfile(path / "mission.toml"):
        raise ValueError(f"no run directory: {path}; the path starts from the folder of the mission file")
    return str(path.resolve())


class SoilConfig(Table):
    """`[soil]`: a soil and the size of the grains that stand for it.

    Attributes:
        preset: A shipped soil by name, or the path of a soil file (relative to the mission file).
        grain_diameter: Median diameter, by mass, of the simulated grains [m]. Give this or `grain_scale`, not both.
        grain_scale: Simulated over real diameter [-].
        size_ratio: Largest over smallest simulated grain [-]; the soil's own grading is cut to this, around its median.
        youngs_modulus, poisson_ratio, restitution, friction, rolling_friction, cohesion, grain_density: Override the
            soil's own. They are used as they stand: `youngs_modulus` is that of the simulated grains and `cohesion`
            the SJKR energy density [Pa] of their contacts, not rescaled with stiffness or size.
    """

    preset: Annotated[str, BeforeValidator(_preset)]
    grain_diameter: Diameter | None = None
    grain_scale: Annotated[float, quantity("number", least=1e-3, most=1e6)] | None = None
    size_ratio: Annotated[float, quantity("number", least=1, most=20)] = 1.5
    youngs_modulus: Modulus | None = None
    poisson_ratio: PoissonRatio | None = None
    restitution: Restitution | None = None
    friction: Friction | None = None
    rolling_friction: Friction | None = None
    cohesion: CohesionDensity | None = None
    grain_density: GrainDensity | None = None

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if self.grain_diameter is not None and self.grain_scale is not None:
            raise ValueError("has both grain_diameter and grain_scale, which say the same thing; remove one of them")
        if self.grain_diameter is None and self.grain_scale is None:
            raise ValueError('needs grain_diameter (for example "8 mm") or grain_scale (simulated over real diameter)')
        return self


class RockConfig(Table):
    """`[[bed.rocks]]`: spheres far larger than the grains, put into the settled bed.

    Attributes:
        diameter: Smallest and largest [m], evenly spread between; one value for all the same.
        number: How many.
        depth: Least and largest depth of the centre below the surface [m]; None: anywhere in the bed.
        position: x, y and depth below the surface of the centre [m]; None: drawn by the mission's seed.
        density: [kg/m3]; None: that of a solid grain of the soil.
    """

    diameter: Annotated[tuple[Diameter, Diameter], BeforeValidator(_range)]
    number: int = Field(default=1, ge=1, le=10_000, strict=True)
    depth: Annotated[tuple[Side, Side], BeforeValidator(_range)] | None = None
    position: tuple[Side, Side, Side] | None = None
    density: GrainDensity | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for key in ("diameter", "depth"):
            ends = getattr(self, key)
            if ends and ends[0] > ends[1]:
                raise ValueError(f"{key} = {ends}: the first must be the smaller one")
        if self.position and (self.number > 1 or self.depth):
            raise ValueError("has a position, which is for one rock: remove number and depth, or the position")
        return self


class BedConfig(Table):
    """`[bed]`: the box of soil. It spans 0 to size[0] in x and 0 to size[1] in y; its floor is z = 0.

    Attributes:
        size: Length in x (the way that a scoop drags) and y [m].
        depth: From the floor to the levelled surface [m].
        boundary: What closes the sides: "walls", or "periodic" images.
        solid_fraction: Wanted share of the bed's volume that is grains [-]; None takes what settling gives.
        compaction: How the bed is brought there: "none", "friction" (lowered while settling), "tap", "shear".
        bulk_density: "soil" for the soil's own density with depth, or one value for all depths [kg/m3].
        headroom: Free space above the surface before a grain counts as lost [m].
        rocks: Spheres far larger than the grains.
        continues: A finished run with the same bed and soil, and `output.final_state`, whose trench is dug on in: the
            grains as that run left them, less what its tool held. None makes a fresh bed.
    """

    size: tuple[Side, Side] = (0.30, 0.20)
    depth: Side = 0.10
    boundary: Literal["walls", "periodic"] = "walls"
    solid_fraction: Annotated[float, quantity("number", least=0.3, most=0.7)] | None = None
    compaction: Literal["none", "friction", "tap", "shear"] = "friction"
    bulk_density: Annotated[BulkDensity | Literal["soil"], BeforeValidator(_bulk_density)] = Field(default="soil")
    headroom: Side = 0.25
    rocks: tuple[RockConfig, ...] = ()
    continues: Annotated[str, BeforeValidator(_run)] | None = None
