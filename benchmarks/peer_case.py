"""What every code is given to compute, and what it must tell of it."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree


@dataclass(frozen=True, kw_only=True)
class Blade:
    """An upright plate that drags through the bed along x; its faces lie along the axes.

    Attributes:
        lower: Lower corner at the start [m], shape (3,).
        upper: Upper corner [m], shape (3,).
        speed: Along x [m/s].
    """

    lower: np.ndarray
    upper: np.ndarray
    speed: float


@dataclass(frozen=True, kw_only=True)
class PeerCase:
    """A bed of spheres on a floor at z = 0, periodic or walled in x and y, open above.

    Attributes:
        positions: Centres [m], shape (N, 3).
        velocities: [m/s], shape (N, 3).
        radii: Radii [m], shape (N,).
        density: Of the grains [kg/m3], shape (N,) or one number.
        box_lo: Lower corner [m], shape (3,).
        box_hi: Upper corner [m], shape (3,); grains that rise above it are lost and end the run.
        periodic: In x and y; else four walls.
        youngs_modulus: E [Pa].
        poisson_ratio: nu [-].
        damping: alpha [-] of c = alpha sqrt(m* k_n), from 0 to below sqrt(5).
        friction: Coulomb coefficient [-].
        rolling_friction: Largest rolling couple over R* F_n [-]; 0 leaves rolling out.
        rolling_damping: Share of critical damping of the rolling spring [-].
        gravity: [m/s2], shape (3,), downwards.
        time_step: [s].
        steps: Timed steps.
        warmup_steps: Steps before them, in which the contacts build their springs.
        blades: What stirs.
    """

    positions: np.ndarray
    velocities: np.ndarray
    radii: np.ndarray
    density: np.ndarray | float
    box_lo: np.ndarray
    box_hi: np.ndarray
    periodic: bool
    youngs_modulus: float
    poisson_ratio: float
    damping: float
    friction: float
    rolling_friction: float = 0.0
    rolling_damping: float = 0.0
    gravity: np.ndarray
    time_step: float
    steps: int
    warmup_steps: int = 1000
    blades: tuple[Blade, ...] = ()

    @property
    def restitution(self) -> float:
        """What a code that takes e must be told to damp with our alpha: alpha = -sqrt(5) ln e / sqrt(ln^2 e + pi^2)."""
        share = self.damping / np.sqrt(5)
        return float(np.exp(-np.pi * share / np.sqrt(1 - share**2)))

    @property
    def masses(self) -> np.ndarray:
        """[kg], shape (N,)."""
        return np.asarray(self.density * 4 / 3 * np.pi * self.radii**3)

    def skin(self, share: float) -> float:
        """A share of the mean radius [m]."""
        return share * float(self.radii.mean())


@dataclass(frozen=True, kw_only=True)
class PeerResult:
    """What a run took, and what the bed looked like at its end, to check that all codes compute the same thing.

    Attributes:
        code: Name and version.
        seconds: Wall time of the timed steps [s].
        grain_steps_per_s: Grains times timed steps over that [1/s].
        coordination: Touching grains per grain [-].
        mean_overlap: Of touching grains [m].
        kinetic_energy: Of translation [J].
        rebuilds: How often the neighbour list was made meanwhile; None where the code does not say.
    """

    code: str
    seconds: float
    grain_steps_per_s: float
    coordination: float
    mean_overlap: float
    kinetic_energy: float
    rebuilds: int | None = None


def contacts(case: PeerCase, positions: np.ndarray) -> tuple[float, float]:
    """Mean number of grains that touch a grain [-] and their mean overlap [m], from centres alone."""
    size = np.where([case.periodic, case.periodic, False], case.box_hi - case.box_lo, 0.0)
    points = positions - case.box_lo
    wrapped = size > 0
    points[:, wrapped] = points[:, wrapped] % size[wrapped] % size[wrapped]  # twice: -1e-20 % L is L
    i, j = cKDTree(points, boxsize=size).query_pairs(2 * case.radii.max(), output_type="ndarray").T
    branch = points[i] - points[j]
    branch[:, wrapped] -= size[wrapped] * np.round(branch[:, wrapped] / size[wrapped])
    overlap = case.radii[i] + case.radii[j] - np.linalg.norm(branch, axis=1)
    touching = overlap > 0
    return 2 * int(touching.sum()) / len(points), float(overlap[touching].mean()) if touching.any() else 0.0


def result(
    case: PeerCase,
    code: str,
    seconds: float,
    positions: np.ndarray,
    velocities: np.ndarray,
    rebuilds: int | None = None,
) -> PeerResult:
    """What is said of a run, from its wall time and where it left the grains."""
    coordination, overlap = contacts(case, positions)
    return PeerResult(
        code=code,
        seconds=seconds,
        grain_steps_per_s=len(positions) * case.steps / seconds,
        coordination=coordination,
        mean_overlap=overlap,
        kinetic_energy=float(0.5 * (case.masses * (velocities**2).sum(axis=1)).sum()),
        rebuilds=rebuilds,
    )
