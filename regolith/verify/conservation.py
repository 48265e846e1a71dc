"""What a collision keeps and what it may only lose; and free fall."""

import numpy as np

from regolith.verify import benches
from regolith.verify.benches import RADIUS, ROUGH
from regolith.verify.bounces import contact_time
from regolith.verify.case import Sheet, case

NEWTON = "Newton's third law and the balance of moments: sums of m v and of x cross m v + 2/5 m r^2 w"
N_PAIRS = 400
LARGEST_GAIN = 1e-4  # of an undamped frictional impact's kinetic energy


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


@case(
    "energy",
    title="Kinetic energy never rises in a frictional collision",
    source="Second law: what springs, dashpots, sliders and torn bonds give back is at most what they took",
)
def energy(sheet: Sheet) -> None:
    """Pairs that have parted again, at 50 and at 500 steps a contact."""
    for law in benches.BENCHES:
        for steps in (50, 500):
            found = collide(law, steps)
            for k, (name, contact) in enumerate(ROUGH.items()):
                mine = (kinds(N_PAIRS) == k) & found["apart"]
                if not mine.any():
                    continue
                where = f"{law}, {name} (e = {contact.restitution:g}), {steps} steps a contact"
                gain = float(found["gain"][mine].max())
                if contact.restitution < 1:
                    sheet.bound(f"{where}: pairs that gained, of {mine.sum()}", int((found["gain"][mine] > 0).sum()), 0)
                else:
                    sheet.bound(f"{where}: largest gain", max(gain, 0.0), LARGEST_GAIN)
    sheet.note(
        "Without any damping (e = 1) Mindlin's spring gains up to 0.006 % here, whatever the time step: its "
        "stiffness grows with the overlap under a stretched spring. LAMMPS's `mindlin` does the same."
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
