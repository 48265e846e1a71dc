"""The linear law: restitution and its twin."""

import numpy as np

from regolith.laws import Law
from tests.verification import cases_impacts as impacts
from tests.verification.stage import Stage
from tests.verification.twins import twin_errors

LAW = Law(normal="linear", rolling="none", twisting="sds", k_n=1e4, k_t=5e3)


def make_stage() -> Stage:
    return Stage(
        n_grains=800,
        radii=(0.01, 0.0195),
        materials=[*impacts.GRAINS, *impacts.ROUGH],
        law=LAW,
        contacts={k: c for k, c in impacts.CONTACTS.items() if k[0] == k[1] and k[0][0] in "er"},
    )


def case_restitution(stage):
    """Relative errors for pairs at 50, 30 and 20 steps per contact, t = pi sqrt(m* / k)."""
    r, speed, out = 0.01, 0.2, {}
    m_eff = 0.5 * impacts.SAND["density"] * 4 / 3 * np.pi * r**3
    for steps in (50, 30, 20):
        dt = np.pi * np.sqrt(m_eff / LAW.k_n) / steps
        place, gap, names = impacts.approach(r, speed, dt)
        half = np.array([0, 0, 1.0]) * (r + gap / 2)[:, None]
        up = np.array([0, 0, 0.5 * speed])
        v = np.repeat([-up, up], len(place), axis=0)
        sim = stage.put(
            np.concatenate([place + half, place - half]), r, time_step=dt, material=names + names, velocities=v
        )
        sim.step(4 * steps)
        v = sim.grains()["velocity"][:, 2]
        out[steps] = impacts.spread(v[: len(place)] - v[len(place) :], speed)
    return out


def case_law_twin(stage):
    """One step of 400 touching pairs against the NumPy twin."""
    return twin_errors(stage, np.random.default_rng(9), LAW, impacts.CONTACTS, [f"rough{k}" for k in range(4)])
