"""A small bed at rest on a periodic floor, and a blade that can be let down on it.

python -m tests.unit.sleeping_bed THREADS prints the fingerprint of a bed that was ploughed while its rest slept.
"""

import sys

import numpy as np

from regolith.box import Box
from regolith.drive import Motion
from regolith.materials import Contact, Material
from regolith.poses import Angles
from regolith.simulation import Simulation
from regolith.sleep import Sleep
from regolith.surfaces import Mesh, Plane
from regolith.tools import make_blade

RADIUS, GRAVITY, DT = 0.005, 1.62, 2e-5
RULE = Sleep(speed=1e-3, distance=0.002)
PARKED = Motion.at_rest((0.0, 0.0, 1.0))
# 4 mm into a bed of 38 mm, and 14 mm along
PLOUGH = Motion.waypoints(
    [0.0, 0.06, 0.14],
    [(0.03, 0.03, 0.041), (0.03, 0.03, 0.034), (0.044, 0.03, 0.034)],
    Angles([0.0, 0.0, 0.0]),
    easing="linear",
)


def make_bed(sleep: Sleep | None) -> Simulation:
    """Layers of grains, dropped a little on a floor and settled with drag; the last grain waits high above."""
    rng = np.random.default_rng(3)
    places = np.stack(np.meshgrid(*[np.arange(k) for k in (8, 6, 4)], indexing="ij"), -1).reshape(-1, 3)
    places = places * (0.01, 0.01, 0.0098) + 0.005 + rng.uniform(-2e-4, 2e-4, (len(places), 3))
    places = np.vstack([places, (0.04, 0.03, 0.15)])
    soil = Material(name="soil", density=2500, youngs_modulus=1e7, poisson_ratio=0.3)
    sim = Simulation(
        places,
        RADIUS * (0.88 + 0.08 * rng.random(len(places))),
        materials=[soil],
        contacts=Contact(restitution=0.3, friction=0.5, rolling_friction=0.1),
        box=Box(lower=[0, 0, -0.01], upper=[0.08, 0.06, 2.0], periodic=(True, True, False)),
        time_step=DT,
        surfaces=[
            Plane(point=(0, 0, 0), normal=(0, 0, 1), material="soil", name="floor"),
            Mesh(
                mesh=make_blade(width=0.02, height=0.03, thickness=0.005), material="soil", motion=PARKED, name="blade"
            ),
        ],
        sleep=sleep,
    )
    sim.set_field((0.0, 0.0, -GRAVITY), drag=20.0)
    sim.step(15_000)
    sim.set_field((0.0, 0.0, 0.0))  # the last grain has sunk: put it where it began, and then let it fall
    raw = _raw(sim)
    last = int(np.flatnonzero(raw["id"] == len(places) - 1)[0])
    raw["position"][last], raw["velocity"][last] = (0.04, 0.03, 0.15), 0.0
    _put(sim, raw)
    sim.set_field((0.0, 0.0, -GRAVITY))
    return sim


def _raw(sim: Simulation) -> dict[str, np.ndarray]:
    from regolith import snapshot

    return snapshot.get_grains(sim)


def _put(sim: Simulation, raw: dict[str, np.ndarray]) -> None:
    from regolith import snapshot

    snapshot.put_grains(sim, raw)
    sim.pair_list.next_check = sim.step_count


def shoot(sim: Simulation, velocity: float) -> None:
    """Send the waiting grain down [m/s]."""
    raw = _raw(sim)
    raw["velocity"][raw["id"] == sim.n_grains - 1] = (0.0, 0.0, -velocity)
    _put(sim, raw)


def plough(sim: Simulation) -> None:
    """Let the blade down and push it, from now on."""
    late = Motion(**(vars(PLOUGH) | {"times": PLOUGH.times + sim.time, "phases": ()}))
    sim.set_motion("blade", late)


def rest(sim: Simulation) -> np.ndarray:
    """How deeply each grain sleeps, by id."""
    from regolith import snapshot

    by_id = np.empty(sim.n_grains, int)
    by_id[snapshot.get_ids(sim)] = sim.sleeper.take()["list/rest"]
    return by_id


if __name__ == "__main__":
    from regolith.runtime import start

    start(threads=int(sys.argv[1]))
    from tests.verification.shaker import fingerprint

    bed = make_bed(RULE)
    bed.step(1500)
    plough(bed)
    bed.step(3000)
    print(int((rest(bed) > 4).sum()), fingerprint(bed))
