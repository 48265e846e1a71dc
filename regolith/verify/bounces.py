"""Many head-on impacts at once, first touches spread evenly over a time step: what restitution is on average."""

import numpy as np

from regolith.drive import Motion
from regolith.laws import Law
from regolith.time_step import hertz_contact_time
from regolith.verify.benches import GRAINS, RADIUS, RESTITUTIONS, SPEED
from regolith.verify.stage import Stage

PHASES = 64


def contact_time(law: Law) -> float:
    """Duration of an elastic impact of two grains at the benches' speed [s]; the linear law's is pi sqrt(m* / k)."""
    if law.normal == "linear":
        return float(np.pi * np.sqrt(0.5 * GRAINS[0].density * 4 / 3 * np.pi * RADIUS**3 / law.k_n))
    return hertz_contact_time(RADIUS, GRAINS[0], SPEED)


def bounce(stage: Stage, dt: float, partner: str = "pair") -> np.ndarray:
    """Restitution of grains e0, e1, ... at each phase, shape (n_restitutions, PHASES).

    On a surface twice the mass and the radius make the same contact of a grain at twice the speed.
    """
    k, phase = np.divmod(np.arange(len(RESTITUTIONS) * PHASES), PHASES)
    place = np.stack([(phase - PHASES / 2) * 2.5 * RADIUS, (k - 3) * 2.5 * RADIUS, 0 * k], axis=1)
    gap, names = (phase + 0.5) / PHASES * SPEED * dt, [f"e{i}" for i in k]
    up, n = np.array([0, 0, 1.0]), int(7 * contact_time(stage.sim.law) / dt)
    if partner == "pair":
        half = up * (RADIUS + gap / 2)[:, None]
        x, v = (
            np.concatenate([place + half, place - half]),
            np.repeat([-SPEED / 2 * up, SPEED / 2 * up], len(k), axis=0),
        )
        sim = stage.put(x, RADIUS, time_step=dt, velocities=v, material=names + names)
        sim.step(n)
        away = sim.grains()["velocity"][:, 2]
        return ((away[: len(k)] - away[len(k) :]) / SPEED).reshape(-1, PHASES)
    x, v = place + up * (RADIUS + 2 * gap)[:, None], -2 * SPEED * up
    motions = {partner: Motion.at_rest()}
    sim = stage.put(x, RADIUS, time_step=dt, velocities=v, material=names, motions=motions)
    sim.step(n)
    return (sim.grains()["velocity"][:, 2] / (2 * SPEED)).reshape(-1, PHASES)
