"""What a collision keeps and what it may only lose; and free fall."""

import numpy as np

from regolith.laws import effective_modulus
from regolith.verify import benches
from regolith.verify.benches import RADIUS, ROUGH, SAND, SLIDERS, SPEED, WALL
from regolith.verify.bounces import contact_time
from regolith.verify.case import Sheet, case
from regolith.verify.closed_forms import hertz_impact

NEWTON = "Newton's third law and the balance of moments: sums of m v and of x cross m v + 2/5 m r^2 w"
EQUATIONS = "The impact's equations of motion, integrated on their own"
N_PAIRS = 400
# Of an undamped impact at 50 steps a contact, by where in a step it begins and ends: leapfrog keeps
# v^2 + w^2 x_n x_{n+1}, so that what a linear spring returns is off by (w dt)^2 / 4 at most, and w dt = pi / 50.
LARGEST_GAIN = (np.pi / 50) ** 2 / 4
FRICTIONS = (0.3, 0.5, 1.0)
SLIPS = np.array([0.1, 0.3, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 1.0, 2.0])  # over mu times the approach speed
SHARES = (1.0, 2 / 7, 0.0, -0.5)  # of the slip that the centres' speeds make; the spins make the rest


def oblique_pairs(rng: np.random.Generator, n: int, r: float) -> tuple[np.ndarray, ...]:
    """Pairs about to meet off-centre, with spins: positions, radii, velocities, spins; pair k is k and k + n."""
    radii = r * rng.uniform(1.0, 1.9, 2 * n)
    normal = rng.normal(size=(n, 3))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    k = np.arange(n)
    centre = np.stack([k % 10 - 5, k // 10 % 10 - 5, k // 100 - 1], axis=1) * 8.5 * r
    half = normal * (0.5 * (radii[:n] + radii[n:]) * (1 + 1e-5))[:, None]
    v = rng.normal(size=(n, 3)) * 0.05
    v -= normal * (np.einsum("ij,ij->i", v, normal) + rng.uniform(0.02, 0.2, n))[:, None]
    drift = rng.normal(size=(n, 3)) * 0.02
    spins = rng.normal(size=(2 * n, 3)) * 0.1 / r
    return np.concatenate([centre + half, centre - half]), radii, np.concatenate([drift + v / 2, drift - v / 2]), spins


def kinds(n: int) -> np.ndarray:
    """Which of the rough materials a pair is made of, shape (n,)."""
    return np.arange(n) % len(ROUGH)


def balance(grains: dict[str, np.ndarray], n: int) -> dict[str, np.ndarray]:
    """Momentum, angular momentum (orbit and spin) and kinetic energy of each pair, and scales of the first two."""
    m, inertia = grains["mass"], 0.4 * grains["mass"] * grains["radius"] ** 2
    x, p, spin = grains["position"], m[:, None] * grains["velocity"], inertia[:, None] * grains["spin"]
    centre = np.tile(0.5 * (x[:n] + x[n:]), (2, 1))
    energy = 0.5 * (m * (grains["velocity"] ** 2).sum(axis=1) + inertia * (grains["spin"] ** 2).sum(axis=1))
    size = np.linalg.norm(spin, axis=1) + np.linalg.norm(np.cross(x - centre, p), axis=1)
    of_grains = {
        "momentum": p,
        "angular": np.cross(x, p) + spin,
        "energy": energy,
        "momentum_size": np.linalg.norm(p, axis=1),
        "angular_size": size,
    }
    return {name: value[:n] + value[n:] for name, value in of_grains.items()}


def collide(law: str, steps: int) -> dict[str, np.ndarray]:
    """Changes of each pair's balance in an oblique impact at so many steps per contact of the bench's grains."""
    x, radii, v, spins = oblique_pairs(np.random.default_rng(3), N_PAIRS, RADIUS)
    names = [list(ROUGH)[k] for k in kinds(N_PAIRS)]
    stage = benches.BENCHES[law]()
    dt = contact_time(stage.sim.law) / steps
    sim = stage.put(x, radii, time_step=dt, velocities=v, spins=spins, material=names + names)
    before = balance(sim.grains(), N_PAIRS)
    sim.step(6 * steps)
    after = balance(sim.grains(), N_PAIRS)
    apart = np.ones(N_PAIRS, bool)
    apart[np.minimum(sim.pairs()["i"], sim.pairs()["j"]) % N_PAIRS] = False
    change = {key: np.linalg.norm(after[key] - before[key], axis=1) for key in ("momentum", "angular")}
    return {
        "momentum": change["momentum"] / before["momentum_size"],
        "angular": change["angular"] / before["angular_size"],
        "gain": after["energy"] / before["energy"] - 1,
        "apart": apart,
    }


@case(
    "momentum",
    title="Oblique impacts keep momentum and angular momentum, under every law, with friction, rolling and twisting",
    source=NEWTON,
)
def momentum(sheet: Sheet) -> None:
    """400 pairs of unequal grains with spins, at 50 steps a contact."""
    for law in benches.BENCHES:
        found = collide(law, 50)
        sheet.check(f"{law}: pairs that met", int((np.abs(found["gain"]) > 1e-6).sum()), N_PAIRS, 0.03)
        sheet.bound(f"{law}: change of momentum over its scale", float(found["momentum"].max()), 1e-12)
        within = sheet.tolerance(2e-6, 1e-11)
        sheet.bound(f"{law}: change of angular momentum over its scale", float(found["angular"].max()), within)
    sheet.note("Velocities are f64 in mixed precision too; spins and torques are f32 there.")


def meet_again(law: str) -> tuple[int, np.ndarray]:
    """Of pairs that part from an impact with slip, stop turning and are thrown at each other head-on on the same list.

    Returns how many of them met again, and what speed of their surfaces that gives them over the one they meet with.
    """
    n, steps, up = len(ROUGH), 50, np.array([0, 0, RADIUS * (1 + 1e-6)])
    place = np.stack([np.arange(n) * 4 * RADIUS, np.zeros(n), np.zeros(n)], axis=1)
    approach = np.array([0.5 * SPEED, 0.25 * SPEED, -0.5 * SPEED])
    stage = benches.BENCHES[law]()
    dt = contact_time(stage.sim.law) / steps
    velocities = np.repeat([approach, -approach], n, axis=0)
    sim = stage.put(
        np.concatenate([place + up, place - up]), RADIUS, time_step=dt, velocities=velocities, material=[*ROUGH] * 2
    )
    sim.step(2 * steps)
    state, counters = sim.take()
    branch = np.subtract(*np.split(sim.grains()["position"], 2))
    distance = np.linalg.norm(branch, axis=1, keepdims=True)
    thrown = -0.5 * branch / distance * np.maximum((distance - 2 * RADIUS) / (10 * dt), 0.5 * SPEED)
    state["grains/velocity"] = np.concatenate([thrown, -thrown])[state["grains/id"]]
    state["grains/spin"] = np.zeros((2 * n, 3))
    sim.restore(state, counters)
    sim.step(40)
    met = np.isin(np.arange(n), sim.pairs()["i"] % n)
    met &= sim.pair_list.rebuilds == counters["rebuilds"]  # a list made anew would have forgotten
    return int(met.sum()), RADIUS * np.linalg.norm(sim.grains()["spin"], axis=1) / SPEED


@case(
    "second-touch",
    title="Spheres that part after slipping and meet again head-on remember nothing of it",
    source="A head-on impact turns nobody",
)
def second_touch(sheet: Sheet) -> None:
    """Under the laws with all springs there are, in several mixtures."""
    for law in ("hertz", "linear", "jkr"):
        met, turned = meet_again(law)
        sheet.check(f"{law}: pairs that met twice", met, len(ROUGH), 0.0)
        within = sheet.tolerance(2e-6, 1e-12)
        sheet.bound(f"{law}: speed of the surfaces over the impact's", float(turned.max()), within)


def slipping_pairs(law: str, steps: int) -> dict[str, np.ndarray]:
    """Gains over the kinetic energy of equal grains that meet head-on, by slider, shapes (n_slips, n_shares).

    Without friction the slips are those at a friction of 0.3.
    """
    kind, slip, share = (a.ravel() for a in np.indices((len(SLIDERS), len(SLIPS), len(SHARES))))
    frictions = np.array([contact.friction or FRICTIONS[0] for contact in SLIDERS.values()])
    slip, share = frictions[kind] * SLIPS[slip] * SPEED, np.array(SHARES)[share]
    n, up = len(kind), np.array([0, 0, RADIUS * (1 + 1e-6)])
    place = np.stack([np.arange(n) % 16 - 8, np.arange(n) // 16 - 8, 0 * kind], axis=1) * 4 * RADIUS
    half = 0.5 * np.stack([share * slip, 0 * slip, np.full(n, -SPEED)], axis=1)
    spin = np.stack([0 * slip, -(1 - share) * slip / (2 * RADIUS), 0 * slip], axis=1)
    names = [list(SLIDERS)[k] for k in kind]
    stage = benches.BENCHES[law]()
    sim = stage.put(
        np.concatenate([place + up, place - up]),
        RADIUS,
        time_step=contact_time(stage.sim.law) / steps,
        velocities=np.concatenate([half, -half]),
        spins=np.concatenate([spin, spin]),
        material=names + names,
    )
    before = balance(sim.grains(), n)["energy"]
    sim.step(3 * steps)
    gain = balance(sim.grains(), n)["energy"] / before - 1
    return dict(zip(SLIDERS, gain.reshape(len(SLIDERS), len(SLIPS), len(SHARES)), strict=True))


def mindlin_gains(friction: float) -> np.ndarray:
    """What the equations of those impacts give for Hertz's law without damping, shape (n_slips, n_shares).

    Lengths over the peak overlap, speeds over the approach, m* = 1: x'' = -5/4 x^(3/2), k_t over dF/dx is
    2 (1 - nu) / (2 - nu). The centres' speed v_t and the spins' u = 2 R w make the slip v_t + a u with the arm a, and
    obey v_t' = f and u' = 5/2 a f; their kinetic energy is v_t^2 + 2/5 u^2, where the approach has 1.
    """
    nu, mass = SAND["poisson_ratio"], SAND["density"] * 2 / 3 * np.pi * RADIUS**3
    depth = hertz_impact(mass, 0.5 * RADIUS, effective_modulus(WALL, WALL), SPEED)[0] / (2 * RADIUS)
    ratio, share, first = 2 * (1 - nu) / (2 - nu), np.array(SHARES), friction * SLIPS[:, None]
    along, turning = share * first, (1 - share) * first
    before, spring, x, v, dt = along**2 + 0.4 * turning**2, 0 * along, 0.0, 1.0, 2.9432750 / 4000
    while x >= 0:
        arm, x = 1 - depth * x, x + v * dt
        spring = spring + (along + arm * turning) * dt
        press, k_t = 1.25 * max(x, 0.0) ** 1.5, ratio * 1.875 * max(x, 1e-9) ** 0.5
        force = np.clip(-k_t * spring, -friction * press, friction * press)
        spring, v = -force / k_t, v - press * dt
        along, turning = along + force * dt, turning + 2.5 * arm * force * dt
    return np.asarray((along**2 + 0.4 * turning**2 - before) / (1 + before))


@case(
    "energy",
    title="Kinetic energy never rises in a damped or a frictionless collision; what an undamped frictional one gains",
    source="Second law: what springs, dashpots, sliders and torn bonds give back is at most what they took",
)
def energy(sheet: Sheet) -> None:
    """Random pairs at 50 and 500 steps a contact; then slips and spins in search of the largest gain."""
    for law in benches.BENCHES:
        for steps in (50, 500):
            found = collide(law, steps)
            for k, (name, contact) in enumerate(ROUGH.items()):
                mine = (kinds(N_PAIRS) == k) & found["apart"]
                if contact.restitution < 1 and mine.any():
                    where = f"{law}, {name} (e = {contact.restitution:g}), {steps} steps a contact"
                    sheet.bound(f"{where}: pairs that gained, of {mine.sum()}", int((found["gain"][mine] > 0).sum()), 0)
    swept = {law: slipping_pairs(law, 50) for law in benches.BENCHES}
    for law, gains in swept.items():
        for name, contact in SLIDERS.items():
            if contact.restitution < 1:
                gained = int((gains[name] > 0).sum())
                sheet.bound(f"{law}, {name}: pairs that gained, of {gains[name].size}", gained, 0)
            elif contact.friction == 0 or law == "linear":
                sheet.bound(f"{law}, {name}: largest gain", max(float(gains[name].max()), 0.0), LARGEST_GAIN)
    undamped(sheet, swept)


def undamped(sheet: Sheet, swept: dict[str, dict[str, np.ndarray]]) -> None:
    """Without damping Mindlin's spring gains what its equations say."""
    exact, fine = {mu: mindlin_gains(mu) for mu in FRICTIONS}, slipping_pairs("hertz", 500)
    curves = []
    for mu, gain in exact.items():
        name = f"slider, e = 1, friction {mu:g}"
        largest, what = float(gain.max()), f"{name}: largest gain"
        sheet.check(f"hertz, {what}, 500 steps a contact", fine[name].max(), largest, 0.03, source=EQUATIONS)
        for law in ("hertz", "sjkr", "dmt", "jkr"):
            sheet.report(f"{law}, {what}, 50 steps, beside Hertz's", swept[law][name].max(), largest, source=EQUATIONS)
        curves.append(sheet.curve(f"friction {mu:g}", SLIPS, fine[name].max(axis=1)))
        curves.append(sheet.curve(f"equations, {mu:g}", SLIPS, gain.max(axis=1), marks=True))
    sheet.figure("Gain of an undamped impact", "first slip / (mu V_n) [-]", "gain / kinetic energy [-]", curves)
    sticky = max(float(gain.max()) for gain in swept["sjkr"].values())
    sheet.note(
        "The tangential force is an elastic spring whose stiffness follows the overlap, f = -k_t(overlap) s: while the "
        "contact loads, k_t grows under a stretched spring and does work. At e = 1 an impact gains up to "
        + ", ".join(f"{gain.max():.2%} at a friction of {mu:g}" for mu, gain in exact.items())
        + f", whatever the time step, under SJKR {sticky:.1%}; from e = 0.99 down the "
        "dashpots take more than that. LAMMPS's `mindlin` is the same spring; its manual (pair_style granular, "
        "mindlin_rescale) names the spurious energy."
    )


@case(
    "free-fall",
    title="Free fall on the Moon at 1 m/s with a time step of 1 µs",
    source="v = v0 + g t; leapfrog: x = x0 + v0 t + g t (t + dt) / 2",
)
def free_fall(sheet: Sheet) -> None:
    """An f32 velocity would lose 3 % of g here."""
    g, dt, n = 1.62, 1e-6, 3000
    up = np.array([-1.0, 0.0])
    place, velocities = [[0, 0, 0.5], [0.3, 0, 0.5]], [[0, 0, -1.0], [1.0, 0, 0]]
    sim = benches.hertz().put(place, 0.01, time_step=dt, velocities=velocities, gravity=(0, 0, -g))
    sim.step(n)
    t, grains = n * dt, sim.grains()
    fell = (up - grains["velocity"][:, 2]) / t
    dropped = 0.5 + up * t - grains["position"][:, 2]
    within = sheet.tolerance(1e-6, 1e-9)
    for k, what in enumerate(("thrown down", "thrown across")):
        sheet.check(f"{what}: acceleration", fell[k], g, within, unit="m/s2")
        sheet.check(f"{what}: way fallen", dropped[k], 0.5 * g * t * (t + dt), within, unit="m")
