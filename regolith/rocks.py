"""Rocks in the soil: spheres put into a levelled bed in place of the grains that lay there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from regolith.config import MissionConfig
from regolith.config.ground import RockConfig
from regolith.errors import ConfigError

Floats = NDArray[np.float64]
TRIES = 2000  # draws of a place for a rock


@dataclass(frozen=True)
class Rocks:
    """Where rocks lie.

    Attributes:
        positions: Centres [m], shape (k, 3).
        radii: [m], shape (k,).
        masses: [kg], shape (k,).
    """

    positions: Floats
    radii: Floats
    masses: Floats


def largest_rock(config: MissionConfig) -> float:
    """Largest diameter that a rock of this mission may have [m]; 0 without rocks."""
    return max((rock.diameter[1] for rock in config.bed.rocks), default=0.0)


def draw_rocks(config: MissionConfig, grain_density: float, gap: float) -> Rocks:
    """Sizes and places of a mission's rocks, apart from each other and from the walls.

    Args:
        config: The mission; its seed decides.
        grain_density: Of rocks that state none [kg/m3].
        gap: Least distance of a rock from walls, floor and other rocks [m].

    Raises:
        ConfigError: A rock finds no place.
    """
    rng = np.random.default_rng(np.random.SeedSequence([config.seed, 3]))
    positions, radii, masses = np.empty((0, 3)), np.empty(0), np.empty(0)
    for k, rock in enumerate(config.bed.rocks):
        for _ in range(rock.number):
            radius = 0.5 * float(rng.uniform(*rock.diameter))
            place = _place(config, rock, f"bed.rocks[{k}]", radius, gap, rng, positions, radii)
            positions, radii = np.vstack([positions, place]), np.append(radii, radius)
            masses = np.append(masses, (rock.density or grain_density) * 4 / 3 * np.pi * radius**3)
    return Rocks(positions, radii, masses)


def _place(
    config: MissionConfig,
    rock: RockConfig,
    key: str,
    radius: float,
    gap: float,
    rng: np.random.Generator,
    positions: Floats,
    radii: Floats,
) -> Floats:
    """A free place for one rock, the stated one or a random one."""
    size, depth = np.array(config.bed.size), config.bed.depth
    keep = radius + gap
    low, high = np.array([keep, keep, keep]), np.array([*(size - keep), depth - keep])
    if rock.depth:
        low[2], high[2] = max(low[2], depth - rock.depth[1]), min(high[2], depth - rock.depth[0])
    for _ in range(1 if rock.position else TRIES):
        if rock.position:
            place = np.array([*rock.position[:2], depth - rock.position[2]])
        elif (low < high).all():
            place = rng.uniform(low, high)
        else:
            break
        inside = (place >= [keep, keep, keep]).all() and (place[:2] <= size - keep).all()
        if inside and (np.linalg.norm(positions - place, axis=1) >= radii + radius + gap).all():
            return np.asarray(place)
    raise ConfigError(
        f"{key}: a rock of {2e3 * radius:.3g} mm finds no place {1e3 * gap:.3g} mm (a grain) away from walls, floor "
        "and the other rocks; take fewer or smaller rocks, another position, or a larger bed"
    )


def displaced(rocks: Rocks, positions: Floats, radii: Floats) -> NDArray[np.bool_]:
    """Grains that the rocks take the place of, shape (n,): those that overlap one.

    Args:
        rocks: The rocks.
        positions: Of the grains [m], shape (n, 3).
        radii: Of the grains [m], shape (n,).
    """
    gone = np.zeros(len(radii), bool)
    tree = cKDTree(positions)
    for centre, radius in zip(rocks.positions, rocks.radii, strict=True):
        near = np.array(tree.query_ball_point(centre, radius + radii.max()), int)
        gone[near] |= np.linalg.norm(positions[near] - centre, axis=1) < radius + radii[near]
    return gone
