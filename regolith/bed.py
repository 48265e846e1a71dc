"""A bed of soil: poured without overlap, settled, compacted, levelled, brought to the soil's bulk density, cached.

Spheres with friction fill 0.55 to 0.64 of space, lunar soil at the surface 0.42: the bulk density of the soil is met
by giving the grains of each layer an effective density. Masses are counted in that density. Grains are poured dry;
cohesion is switched on for the last stage, else they would pile up as fluff that no digging tool meets on the Moon.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import regolith_kernels
from numpy.typing import NDArray

from regolith.config import MissionConfig
from regolith.errors import GuardTripped, OutputError
from regolith.ground import bulk_density, container, law_of, time_step_of
from regolith.materials import Contact
from regolith.output import checkpoint, lock
from regolith.packing import lattice, layer_volumes, solid_fraction
from regolith.paths import cache_dir
from regolith.rocks import Rocks, displaced, draw_rocks
from regolith.runtime import started
from regolith.simulation import Simulation
from regolith.soil import Soil

Floats = NDArray[np.float64]
Progress = Callable[[str, float], None]

POUR_GRAVITY = 6.0  # pouring takes place at this many times the mission's gravity, to be short; the end at 1
DRAG = 0.5  # of sqrt(g / d), while settling: grains fall at most at 2 sqrt(g d)
BLOCK = 400  # steps between two looks at the criterion
SETTLED_ENERGY = 1e-4  # kinetic energy over (weight times mean diameter)
SETTLED_FORCE = 0.05  # mean net force over mean weight of a grain
MAX_BLOCKS = 150  # then the bed is taken as it is, with a warning
SURPLUS = 1.12  # poured over wanted volume: the top is cut off when levelling
POURED_FRACTION = 0.60  # guess of the solid fraction, for the number of grains
LAYERS_PER_DIAMETER = 0.5  # layers of the effective density


class Origin(NamedTuple):
    """Where grains lay before anything was dug at their site: their ids (n,) and places [m] (n, 3) in that bed."""

    ids: NDArray[np.int32]
    positions: Floats


@dataclass(frozen=True)
class Bed:
    """A settled bed.

    Attributes:
        arrays: Its state, as `Simulation.take` gives it.
        meta: Counters of that state.
        notes: What the report says of it: solid fraction, coordination number, criterion reached, densities.
        from_cache: Whether it was found rather than made.
        origin: Of the grains, where another run has dug before; None for a fresh bed.
    """

    arrays: dict[str, np.ndarray]
    meta: dict[str, Any]
    notes: dict[str, float] = field(default_factory=dict)
    from_cache: bool = False
    origin: Origin | None = None


def bed_hash(config: MissionConfig, soil: Soil) -> str:
    """16 hexadecimal digits of everything that makes a bed what it is."""
    what = {
        "code": _code_digest(),
        "arch": started()["arch"],
        "bed": config.bed.model_dump(mode="json"),
        "gravity": config.gravity,
        "seed": config.seed,
        "precision": config.precision,
        "numerics": config.numerics.model_dump(mode="json", exclude={"sleep"}),  # beds are made awake
        "material": vars(soil.material),
        "contact": vars(soil.contact),
        "diameters": hashlib.sha256(np.ascontiguousarray(_diameters(config, soil)).tobytes()).hexdigest(),
        "densities": soil.bulk_density(np.linspace(0, config.bed.depth, 20)).tolist(),
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]


def _code_digest() -> str:
    """Of the sources that decide how a bed comes out: a bed made by other code is another bed."""
    here, kernels = Path(__file__).parent, Path(str(regolith_kernels.__file__)).parent
    rooms = ("bed", "packing", "rocks", "laws", "restitution", "pair_list", "simulation", "ground")
    own = [here / f"{room}.py" for room in rooms]
    digest = hashlib.sha256()
    for path in [*own, *sorted(kernels.glob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def make_bed(config: MissionConfig, soil: Soil, progress: Progress, warn: Callable[[str], None]) -> Bed:
    """The settled bed of a mission, from the cache if it was made before; if another run is at it, that is waited for.

    Args:
        config: The mission.
        soil: Its grains.
        progress: Told the stage and the share done.
        warn: Told of a damaged cache, which is made anew.
    """
    folder = cache_dir() / "beds" / bed_hash(config, soil)
    with ExitStack() as stack:
        with suppress(OutputError, OSError):  # a cache that cannot be written is told of when the bed goes there
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(lock.held(folder, lambda: progress("waiting for a run that settles this bed", 0.0)))
        return _cached(folder, warn) or _made(config, soil, folder, progress, warn)


def _cached(folder: Path, warn: Callable[[str], None]) -> Bed | None:
    found = checkpoint.newest(folder, lambda path, why: warn(f"cached bed {path} is damaged ({why}); making it anew"))
    if found is None:
        return None
    return Bed(found.arrays, found.meta["counters"], found.meta["notes"], from_cache=True)


def _made(config: MissionConfig, soil: Soil, folder: Path, progress: Progress, warn: Callable[[str], None]) -> Bed:
    bed = _settle(config, soil, progress)
    if not bed.notes["settled"]:
        warn(
            f"the bed had not come to rest after {MAX_BLOCKS * BLOCK} steps (energy ratio "
            f"{bed.notes['energy_ratio']:.2g}, unbalanced force {bed.notes['unbalanced_force']:.2g}); taken as it is"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        checkpoint.write(folder, 0, bed.arrays, {"counters": bed.meta, "notes": bed.notes})
    except (OutputError, OSError) as error:
        warn(f"the bed could not be cached ({error}); the run goes on")
    return bed


def _diameters(config: MissionConfig, soil: Soil) -> Floats:
    volume = config.bed.size[0] * config.bed.size[1] * config.bed.depth * SURPLUS
    n = int(np.ceil(volume * (config.bed.solid_fraction or POURED_FRACTION) / soil.mean_grain_volume))
    return soil.sample_diameters(n, np.random.default_rng(np.random.SeedSequence([config.seed, 1])))


def _settle(config: MissionConfig, soil: Soil, progress: Progress) -> Bed:
    diameters = _diameters(config, soil)
    rng = np.random.default_rng(np.random.SeedSequence([config.seed, 2]))
    positions = lattice(diameters, config.bed.size, 0.0, rng)
    rocks = draw_rocks(config, soil.grain_density, soil.diameter_range[1])
    with _simulation(config, soil, positions, diameters / 2) as sim:
        work = _Settling(sim, config, soil, progress)
        work.settle("pouring", POUR_GRAVITY)
        work.compact()
        work.level()
        if not len(rocks.radii):
            return _relaxed(work)
        soil_grains = sim.grains()
    with _with_rocks(config, soil, soil_grains, rocks) as sim:
        return _relaxed(_Settling(sim, config, soil, progress))


def _relaxed(work: "_Settling") -> Bed:
    """The bed at rest under its own gravity, with its cohesion."""
    work.sim.set_contacts(work.soil.contact)
    reached = work.settle("relaxing", 1.0)
    arrays, meta = work.sim.take()
    return Bed(arrays, meta, work.notes() | {"settled": float(reached)})


def _simulation(
    config: MissionConfig, soil: Soil, positions: Floats, radii: Floats, masses: Floats | None = None
) -> Simulation:
    """Dry grains in the bed's container, which reaches up over the highest."""
    box, walls = container(config, soil, top=float(positions[:, 2].max() + 4 * radii.max()))
    return Simulation(
        positions,
        radii,
        materials=[soil.material],
        contacts=_dry(soil),
        box=box,
        time_step=time_step_of(config, soil),
        gravity=config.gravity,
        surfaces=walls,
        law=law_of(config, soil),
        masses=masses,
    )


def _with_rocks(config: MissionConfig, soil: Soil, grains: dict[str, np.ndarray], rocks: Rocks) -> Simulation:
    """The levelled bed with rocks in it; contacts start without history."""
    keep = ~displaced(rocks, grains["position"], grains["radius"])
    return _simulation(
        config,
        soil,
        np.vstack([grains["position"][keep], rocks.positions]),
        np.append(grains["radius"][keep], rocks.radii),
        np.append(grains["mass"][keep], rocks.masses),
    )


def _dry(soil: Soil) -> Contact:
    return replace(soil.contact, cohesion=0.0)


class _Settling:
    """The stages of making a bed, on one simulation."""

    def __init__(self, sim: Simulation, config: MissionConfig, soil: Soil, progress: Progress) -> None:
        self.sim, self.config, self.soil, self.progress = sim, config, soil, progress
        self.area = config.bed.size[0] * config.bed.size[1]
        self.gravity = np.asarray(config.gravity, float)
        self.diameter = float(2 * sim.radii.mean())
        self.energy = self.force = np.inf

    def settle(self, stage: str, boost: float) -> bool:
        """Step until at rest, at `boost` times the gravity; whether the criterion was met."""
        sim = self.sim
        pull = boost * float(np.linalg.norm(self.gravity))
        sim.set_field(boost * self.gravity, DRAG * np.sqrt(pull / self.diameter))
        for block in range(MAX_BLOCKS):
            sim.step(BLOCK)
            self._check_box(stage)
            sums = sim.sums()
            weight = sums["mass"] * pull
            self.energy = (sums["kinetic"] + sums["rotational"]) / (weight * self.diameter)
            self.force = sums["net_force"] * sim.pair_list.n_active / weight
            self.progress(stage, min(1.0, block / MAX_BLOCKS))
            if self.energy < SETTLED_ENERGY and self.force < SETTLED_FORCE:
                return True
        return False

    def _check_box(self, stage: str) -> None:
        gone = self.sim.n_grains - self.sim.pair_list.n_active
        if gone:
            raise GuardTripped(
                f"bed, while {stage}: {gone} of {self.sim.n_grains} grains were pressed through the walls of the box. "
                "Stiffer grains (soil.youngs_modulus) or a smaller time step would mend it."
            )

    def fraction(self) -> float:
        """Solid fraction [-] between one diameter over the floor and two below the surface."""
        high = max(self.config.bed.depth - 2 * self.diameter, 2 * self.diameter)
        return solid_fraction(self.sim.grains()["position"][:, 2], self.sim.radii, self.area, self.diameter, high)

    def compact(self) -> None:
        """Densify towards the target, if one is stated and not reached, until it no longer helps."""
        target, method = self.config.bed.solid_fraction, self.config.bed.compaction
        reached = self.fraction()
        while target is not None and method != "none" and reached < target:
            getattr(self, f"_{method}")()
            self.settle("compacting", POUR_GRAVITY)
            before, reached = reached, self.fraction()
            if reached < before + 5e-4:
                break

    def _friction(self) -> None:
        """Grains slip past each other while their friction is low."""
        contact = _dry(self.soil)
        self.sim.set_contacts(replace(contact, friction=0.3 * contact.friction, rolling_friction=0.0))
        self.sim.step(BLOCK)
        self.sim.set_contacts(contact)

    def _tap(self) -> None:
        """A tap that lifts the bed by a quarter of a grain."""
        self.sim.kick((0.0, 0.0, np.sqrt(0.5 * np.linalg.norm(self.sim.gravity) * self.diameter)))

    def _shear(self) -> None:
        """Gravity leans to one side and to the other, by atan(1/2)."""
        upright = POUR_GRAVITY * self.gravity
        for side in (0.5, -0.5):
            self.sim.set_field(upright + np.array([side * np.linalg.norm(upright), 0.0, 0.0]), self.sim.drag)
            self.sim.step(BLOCK)

    def level(self) -> None:
        """Cut the surface off, and give each layer the density that makes up the soil's bulk density."""
        grains = self.sim.grains()
        z, r = grains["position"][:, 2], self.sim.radii
        keep = (z + 0.5 * r < self.config.bed.depth) & ~self.sim.lost()
        density = self._effective_density(z[keep], r[keep])
        self.sim.retain(keep, density * 4 / 3 * np.pi * r[keep] ** 3)

    def _effective_density(self, z: Floats, r: Floats) -> Floats:
        """Density of each grain [kg/m3]: the soil's bulk density at its depth over the solid fraction of its layer."""
        depth = self.config.bed.depth
        n_layers = max(int(depth / self.diameter * LAYERS_PER_DIAMETER), 1)
        edges = np.linspace(0.0, depth, n_layers + 1)
        fractions = layer_volumes(z, r, edges) / (self.area * np.diff(edges))
        middles = 0.5 * (edges[1:] + edges[:-1])
        inner = fractions[1:-1] if n_layers > 2 else fractions
        # the floor and the rough surface leave gaps in their layers that no density should make up
        fractions = np.clip(fractions, 0.9 * inner.mean(), 1.1 * inner.mean())
        return bulk_density(self.config, self.soil, depth - z) / np.interp(z, middles, fractions)

    def notes(self) -> dict[str, float]:
        """What the report says of the bed."""
        sim, depth = self.sim, self.config.bed.depth
        wanted = float(bulk_density(self.config, self.soil, np.linspace(0, depth, 200)).mean())
        volume = 4 / 3 * np.pi * sim.radii**3
        return {
            "grains": float(sim.n_grains),
            "mass": float(sim.masses.sum()),
            "solid_fraction": self.fraction(),
            "bulk_density": float(sim.masses.sum() / (self.area * depth)),
            "bulk_density_wanted": wanted,
            "effective_grain_density": float(sim.masses.sum() / volume.sum()),
            "coordination_number": sim.contact_sums()["coordination"],
            "energy_ratio": float(self.energy),
            "unbalanced_force": float(self.force),
            "largest_overlap": sim.largest_overlap,
            "surface_height": float((sim.grains()["position"][:, 2] + sim.radii).max()),
        }
