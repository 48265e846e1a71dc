"""What a whole run keeps: momentum of grains and tool, pairs across periodic walls, every contact of a gas."""

import numpy as np

from regolith.box import Box
from regolith.materials import Contact, Material
from regolith.time_step import hertz_contact_time
from regolith.verify.case import Sheet, case
from regolith.verify.shaker import DT as SHAKER_STEP
from regolith.verify.shaker import STEPS, make_shaker, shaking
from regolith.verify.shaker import G as SHAKER_GRAVITY
from regolith.verify.stage import Stage, shared

R, SIDE = 0.01, 0.27
GRAIN = Material(name="grain", density=2500, youngs_modulus=5e7, poisson_ratio=0.2)
CONTACT = Contact(restitution=0.6, friction=0.4, rolling_friction=0.1)
DT = hertz_contact_time(R, GRAIN, 1.0) / 50
NEWTON = "Newton's third law: the sum over grains and tool changes by what gravity adds, and by nothing else"


@shared
def stage() -> Stage:
    """A periodic box without walls."""
    box = Box(lower=[-SIDE / 2] * 3, upper=[SIDE / 2] * 3, periodic=(True, True, True))
    return Stage(n_grains=400, radii=(R, 2.9 * R), materials=[GRAIN], contacts={("grain", "grain"): CONTACT}, box=box)


@case(
    "shaken-box", title="Momentum and angular momentum of 200 grains and the moving box that holds them", source=NEWTON
)
def shaken_box(sheet: Sheet) -> None:
    """1200 steps of a box that shakes and turns, friction, rolling and twisting resistance on, the list made anew."""
    motion, weight = shaking(), np.array([0, 0, -SHAKER_GRAVITY])
    with make_shaker() as sim:
        begin, mass = sim.sums(), sim.masses
        torque, walls, track = np.zeros(3), np.zeros(3), []
        moment_of_mass = mass @ sim.grains()["position"]
        for k in range(STEPS):
            torque += np.cross(moment_of_mass, weight) * SHAKER_STEP
            origin = motion.poses(np.array([sim.time]))[0][0]
            sim.step()
            force, moment = sim.wrench("box")
            walls += (np.cross(origin, force) + moment) * SHAKER_STEP
            end = sim.sums()
            moment_of_mass += end["momentum"] * SHAKER_STEP  # leapfrog: positions move by the new velocities
            if k % 20 == 19:
                track.append([sim.time, end["momentum"][2], sim.tally("box")["impulse"][2]])
        felt, fall = sim.tally("box"), mass.sum() * weight * sim.time
        wrong = end["momentum"] + felt["impulse"] - begin["momentum"] - fall
        turned = end["angular_momentum"] + walls - begin["angular_momentum"] - torque
        passed = np.linalg.norm(felt["impulse"]) / np.linalg.norm(fall)
        sheet.bound(
            "momentum, over gravity's impulse", np.abs(wrong).max() / np.linalg.norm(fall), sheet.tolerance(1e-7, 1e-12)
        )
        sheet.bound(
            "angular momentum, over what the box felt",
            np.abs(turned).max() / np.linalg.norm(walls),
            sheet.tolerance(1e-6, 1e-12),
        )
        sheet.bound("checks that found the pair list overrun", sim.pair_list.late, 0)
        sheet.note(
            f"The box took up {passed:.2f} of gravity's impulse; the list was made {sim.pair_list.rebuilds} times; the "
            f"largest overlap was {sim.largest_overlap:.1%} of a radius."
        )
        if passed < 0.5 or sim.pair_list.rebuilds < 10:
            raise RuntimeError("the grains hardly met the box, or each other")
    draw_momentum(sheet, np.array(track), begin["momentum"][2], mass.sum())


def draw_momentum(sheet: Sheet, track: np.ndarray, begin: float, mass: float) -> None:
    """The vertical momentum of grains and box over time; `track` holds time, grains' and box's share, shape (n, 3)."""
    time, ours, box = track.T
    exact = begin - mass * SHAKER_GRAVITY * time
    curves = [
        sheet.curve("grains and box", time, ours + box),
        sheet.curve("grains", time, ours),
        sheet.curve("gravity's impulse", time[::5], exact[::5], marks=True),
    ]
    sheet.figure("Vertical momentum in a shaken box", "time [s]", "momentum [N s]", curves)


def scatter(rng: np.random.Generator, radii: np.ndarray) -> np.ndarray:
    """Random places in the periodic box without overlap."""
    places: list[np.ndarray] = []
    while len(places) < len(radii):
        x = rng.uniform(-SIDE / 2, SIDE / 2, 3)
        branch = np.array(places).reshape(-1, 3) - x
        branch -= SIDE * np.round(branch / SIDE)
        if (np.linalg.norm(branch, axis=1) > radii[: len(places)] + radii[len(places)]).all():
            places.append(x)
    return np.array(places)


def touching(grains: dict[str, np.ndarray]) -> set[tuple[int, int]]:
    """Overlapping pairs by brute force."""
    branch = grains["position"][:, None] - grains["position"]
    branch -= SIDE * np.round(branch / SIDE)
    reach = grains["radius"][:, None] + grains["radius"]
    i, j = np.nonzero(np.triu(np.linalg.norm(branch, axis=2) < reach, 1))
    return set(zip(i.tolist(), j.tolist(), strict=True))


def known(pairs: dict[str, np.ndarray]) -> set[tuple[int, int]]:
    """Touching pairs of a simulation, the lower id first."""
    low, high = np.minimum(pairs["i"], pairs["j"]), np.maximum(pairs["i"], pairs["j"])
    return set(zip(low.tolist(), high.tolist(), strict=True))


def cluster() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, velocities and spins of six spheres that drift and collide."""
    rng = np.random.default_rng(4)
    shape = [[0, 0, 0], [2.02, 0.3, 0.1], [-0.4, 2.1, 0.2], [0.2, -0.3, -2.1], [1.7, 1.6, 1.2], [-1.9, -0.6, 0.3]]
    at = np.array(shape) * 1.25 * R
    velocities = -6.0 * at + rng.normal(size=(6, 3)) * 0.05 + [0.3, 0.2, 0.4]
    return at, velocities, rng.normal(size=(6, 3)) * 20


@case(
    "periodic-images",
    title="A cluster that collides across the corner of a periodic box, and one inside it",
    source="The same motion, whatever the place: the law knows differences of position alone",
)
def periodic_images(sheet: Sheet) -> None:
    """Two equal clusters of six spheres that fly through the box: contacts change the order of their grains."""
    at, v, spins = cluster()
    inside, across = np.array([-0.03, -0.03, -0.03]), np.array([0.125, 0.13, 0.12])
    sim = stage().put(
        np.concatenate([at + inside, at + across]),
        R,
        time_step=DT,
        velocities=np.tile(v + [15, 10, 20], (2, 1)),
        spins=np.tile(spins, (2, 1)),
    )
    worst, contacts = dict.fromkeys(("position", "velocity", "spin"), 0.0), set()
    for _ in range(30):
        sim.step(40)
        grains = sim.grains()
        offset = grains["position"][6:] - grains["position"][:6] - (across - inside)
        offset -= SIDE * np.round(offset / SIDE)
        worst["position"] = max(worst["position"], float(np.abs(offset).max() / R))
        for key, moving in (("velocity", v), ("spin", spins)):
            apart = np.abs(grains[key][6:] - grains[key][:6]).max() / np.abs(moving).max()
            worst[key] = max(worst[key], float(apart))
        contacts |= known(sim.pairs())
    if len(contacts) < 4 or sim.pair_list.rebuilds < 5:
        raise RuntimeError("the clusters hardly collided")
    for key, size in worst.items():  # positions at the corner are rounded to 1e-17 m: 1e-12 of an overlap
        sheet.bound(f"difference in {key}, over its size", size, sheet.tolerance(1e-6, 1e-8))


@case(
    "relisting",
    title="A pair list made anew again and again changes nothing",
    source="The same run with few lists: springs are carried over",
)
def relisting(sheet: Sheet) -> None:
    """The cluster of `periodic-images`, and far from it a sphere that is at rest, or flies past at 30 m/s."""
    at, v, spins = cluster()
    seen, lists = [], []
    for speed in (30.0, 0.0):
        sim = stage().put(
            np.concatenate([at, [[0, 0.11, 0.11]]]),
            R,
            time_step=DT,
            velocities=np.concatenate([v, [[speed, 0, 0]]]),
            spins=np.concatenate([spins, [[0, 0, 0]]]),
        )
        sim.step(1200)
        seen.append(sim.grains())
        lists.append(sim.pair_list.rebuilds)
    if lists[0] < lists[1] + 20:
        raise RuntimeError(f"too few lists: {lists}")
    for key in ("position", "velocity", "spin"):
        apart = np.abs(seen[0][key][:6] - seen[1][key][:6]).max() / np.abs(seen[1][key][:6]).max()
        sheet.bound(f"difference in {key}, over its size", apart, sheet.tolerance(1e-6, 1e-10))
    sheet.note(f"The list was made {lists[0]} times, against {lists[1]}.")


@case("pair-list", title="A gas of fast heavy and slow light grains: no contact is missed", source="Brute force")
def pair_list(sheet: Sheet) -> None:
    """Touching pairs of the simulation and of all pairs, at 250 moments; then a silent gas that is hit."""
    rng = np.random.default_rng(8)
    n, heavy = 300, 12
    radii = np.concatenate([rng.uniform(2.2, 2.9, heavy), rng.uniform(1.0, 1.8, n - heavy)]) * R
    masses = 2500 * 4 / 3 * np.pi * radii**3 * np.where(np.arange(n) < heavy, 3.0, 1.0)
    v = rng.normal(size=(n, 3)) * np.where(np.arange(n) < heavy, 1.0, 0.001)[:, None]
    sim = stage().put(scatter(rng, radii), radii, time_step=DT, velocities=v, masses=masses)
    missed, seen, momentum = 0, set(), sim.sums()["momentum"]
    for _ in range(250):
        before = touching(sim.grains())  # where the next step looks
        sim.step()
        found = known(sim.pairs())
        missed += len(before ^ found)
        seen |= found
        sim.step(int(rng.integers(1, 12)))
    lost = np.abs(sim.sums()["momentum"] - momentum).max() / masses[:heavy].sum()
    late, rebuilds = sim.pair_list.late, sim.pair_list.rebuilds
    if len(seen) < 100 or rebuilds < 20:
        raise RuntimeError(f"a thin gas: {len(seen)} pairs met, {rebuilds} lists")
    sheet.bound(f"pairs missed or invented, of {len(seen)}", missed, 0)
    sheet.bound("momentum lost, over the heavy grains' at 1 m/s", lost, sheet.tolerance(1e-8, 1e-12))
    late += silent_gas()
    sheet.bound("checks that found an allowance overrun", late, 0)


def silent_gas() -> int:
    """Grains that have used up much of their allowance in silence are hit by heavy ones: checks that were late."""
    rng = np.random.default_rng(1)
    n, heavy, late = 200, 12, 0
    radii = np.concatenate([np.full(heavy, 2.9), np.full(n - heavy, 1.0)]) * R
    masses = 2500 * 4 / 3 * np.pi * radii**3 * np.where(np.arange(n) < heavy, 3.0, 1.0)
    for trial in range(6):
        v = rng.normal(size=(n, 3)) * np.where(np.arange(n) < heavy, 0.6, 10.0 ** -(trial % 3 + 1))[:, None]
        sim = stage().put(scatter(rng, radii), radii, time_step=DT, velocities=v, masses=masses)
        before = sim.pair_list.late
        sim.step(1000)
        late += sim.pair_list.late - before
    return late
