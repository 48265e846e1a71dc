"""What a mission's ground is made of, before any grain is settled: box and walls, law, bulk density, time step."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regolith.box import Box
from regolith.config import MissionConfig
from regolith.laws import Law
from regolith.sleep import Sleep
from regolith.soil import Soil
from regolith.surfaces import Plane
from regolith.time_step import check_time_step

DENSEST = 0.64  # random close packing of spheres
REST_SPEED = 0.01  # of sqrt(g d), at which a grain counts as at rest where grains may sleep
AWAKE_DIAMETERS = 2.0  # of the largest grain: how far from the tool all are awake


def container(config: MissionConfig, soil: Soil, top: float | None = None) -> tuple[Box, list[Plane]]:
    """The box of a bed and its walls: floor at z = 0, surface at z = depth."""
    (lx, ly), periodic = config.bed.size, config.bed.boundary == "periodic"
    high = config.bed.depth + config.bed.headroom if top is None else top
    box = Box(lower=(0.0, 0.0, 0.0), upper=(lx, ly, high), periodic=(periodic, periodic, False))
    material = soil.material.name
    walls = [Plane(point=(0, 0, 0), normal=(0, 0, 1), material=material, name="floor")]
    if not periodic:
        sides = {
            "x_low": ((0, 0, 0), (1, 0, 0)),
            "x_high": ((lx, 0, 0), (-1, 0, 0)),
            "y_low": ((0, 0, 0), (0, 1, 0)),
            "y_high": ((0, ly, 0), (0, -1, 0)),
        }
        walls += [Plane(point=p, normal=n, material=material, name=name) for name, (p, n) in sides.items()]
    return box, walls


def law_of(config: MissionConfig, soil: Soil) -> Law:
    """Hertz-Mindlin with rolling resistance and cohesion where the soil has them."""
    return Law(
        rolling="epsd" if soil.contact.rolling_friction > 0 else "none",
        cohesion="sjkr" if soil.contact.cohesion > 0 else "none",
        impact_speed=config.numerics.impact_speed,
        impact_radius=0.5 * soil.median_diameter,
    )


def sleep_of(config: MissionConfig, soil: Soil) -> Sleep | None:
    """By what rule grains may sleep, if the mission lets them."""
    if not config.numerics.sleep:
        return None
    fall = float(np.sqrt(np.linalg.norm(config.gravity) * soil.median_diameter))
    return Sleep(speed=REST_SPEED * fall, distance=AWAKE_DIAMETERS * soil.diameter_range[1])


def bulk_density(config: MissionConfig, soil: Soil, depth: ArrayLike) -> NDArray[np.float64]:
    """Bulk density that a mission wants at depths below the surface [kg/m3], shape (n,)."""
    stated = config.bed.bulk_density
    return soil.bulk_density(depth) if stated == "soil" else np.full(len(np.atleast_1d(depth)), float(stated))


def time_step_of(config: MissionConfig, soil: Soil) -> float:
    """Time step [s] for the smallest grains at the lowest effective density that they may get.

    Raises:
        ConfigError: The mission states a larger one than is stable.
    """
    depths = np.linspace(0.0, config.bed.depth, 50)
    lightest = min(soil.grain_density, float(bulk_density(config, soil, depths).min()) / DENSEST)
    material = replace(soil.material, density=lightest)
    return check_time_step(config.numerics.time_step, 0.5 * soil.diameter_range[0], material, config.numerics)
