"""The device's answer to one step of many touching pairs beside that of the NumPy twin."""

import numpy as np
from scipy.spatial.transform import Rotation

from regolith import snapshot
from regolith.inputs import as_stored
from regolith.laws import Law, pair_coefficients
from regolith.verify.benches import RADIUS, ROUGH
from regolith.verify.conservation import kinds, oblique_pairs
from regolith.verify.stage import Stage
from tests import reference


def twin_errors(stage: Stage, rng, overlaps=(1e-6, 3e-4)):
    """Largest errors of force, torques, springs over their own size; and of the set-up turned as a whole.

    Overlaps are drawn between two [m]; below 0 the pairs have touched before.
    """
    n, dt = 400, 2e-5
    x, radii, v, spins = oblique_pairs(rng, n, RADIUS)
    names = [list(ROUGH)[k] for k in kinds(n)]
    centre, branch = 0.5 * (x[:n] + x[n:]), x[:n] - x[n:]
    branch *= (as_stored(radii[:n]) + as_stored(radii[n:]) - rng.uniform(*overlaps, n))[:, None] / np.linalg.norm(
        branch, axis=1
    )[:, None]
    springs = as_stored(rng.normal(size=(n, 3, 3)) * 10 ** rng.uniform(-8, -4, (n, 3, 1)))
    turn = Rotation.random(random_state=5).as_matrix()
    replies = {}
    for name, q in (("as_is", np.eye(3)), ("turned", turn)):
        place = np.concatenate([centre + 0.5 * branch @ q.T, centre - 0.5 * branch @ q.T])
        sim = stage.put(place, radii, time_step=dt, velocities=v @ q.T, spins=spins @ q.T, material=names + names)
        sim.pair_list.refresh(0, dt, sim.surroundings)
        put_springs(sim, springs @ q.T, n)
        sim.step()
        replies[name] = read_replies(sim, n, q)
        if name == "as_is":
            expected = reference_replies(sim, place, v, spins, springs, names)
    scale = {key: expected.pop(f"{key}_scale") for key in ("force", "torque", "slide", "twist")}
    size = {"force": scale["force"], "force_j": scale["force"], "torque_i": scale["torque"]}
    size |= {"torque_j": scale["torque"], "slide_spring": scale["slide"], "twist_spring": scale["twist"]}
    size |= {key: np.linalg.norm(value, axis=1) for key, value in expected.items() if key not in size}
    out = {}
    for name, reply in replies.items():
        for key, value in reply.items():
            worst = np.linalg.norm(value - expected[key], axis=1) / np.maximum(
                size[key], 1e-3 * np.median(size[key]) + 1e-30
            )
            out[f"{name}/{key}"] = float(worst.max())
    third = replies["as_is"]
    out["third_law"] = float(np.abs(third["force"] + third["force_j"]).max())
    return out


def rows_of(law: Law) -> list[int]:
    """Which of sliding, rolling and twisting spring a law's history has."""
    return [0] + [1] * (law.rolling == "epsd") + [2] * (law.twisting == "sds")


def put_springs(sim, springs, n):
    """Give pair (k, k + n) its springs, whatever its place in the list and its order."""
    raw = snapshot.get_pairs(sim)
    ids = snapshot.get_grains(sim)["id"]
    i, j = ids[raw["i"]], ids[raw["j"]]
    assert len(i) == n and (np.abs(i - j) == n).all()
    signed = np.where((i < j)[:, None, None], 1.0, -1.0) * springs[np.minimum(i, j)]
    raw["springs"] = np.ascontiguousarray(signed[:, rows_of(sim.law)])
    raw["touching"][:] = 1
    snapshot._put_pairs(sim, raw)


def read_replies(sim, n, q):
    """What the device made of it, turned back."""
    grains, pairs = sim.grains(), sim.pairs()
    sign = np.where(pairs["i"] < pairs["j"], 1.0, -1.0)[:, None]
    springs = np.zeros((n, 3, 3))
    for place, row in enumerate(rows_of(sim.law)):
        springs[np.minimum(pairs["i"], pairs["j"]), row] = sign * pairs["springs"][:, place]
    out = {
        "force": grains["force"][:n],
        "force_j": grains["force"][n:],
        "torque_i": grains["torque"][:n],
        "torque_j": grains["torque"][n:],
        "slide_spring": springs[:, 0],
        "roll_spring": springs[:, 1],
        "twist_spring": springs[:, 2],
    }
    return {k: value @ q for k, value in out.items()}


def reference_replies(sim, x, v, spins, springs, names):
    """The twin's answer."""
    n, law = len(springs), sim.law
    solids = {m.name: m for m in sim.materials}
    by_name = {name: pair_coefficients(law, solids[name], solids[name], contact) for name, contact in ROUGH.items()}
    rows = [by_name[name] for name in names]
    row = {key: np.array([getattr(c, key) for c in rows]) for key in vars(rows[0])}
    for key in ("rolling", "twisting"):
        if getattr(law, key) == "none":
            row[f"{key}_friction"] *= 0
    pairs = reference.Pairs(
        branch=x[:n] - x[n:],
        v=as_stored(v[:n]) - as_stored(v[n:]),
        spin_i=as_stored(spins[:n]),
        spin_j=as_stored(spins[n:]),
        r_i=sim.radii[:n],
        r_j=sim.radii[n:],
        m_i=sim.masses[:n],
        m_j=sim.masses[n:],
        slide_spring=springs[:, 0],
        roll_spring=springs[:, 1] * (law.rolling == "epsd"),
        twist_spring=springs[:, 2] * (law.twisting == "sds"),
        dt=sim.time_step,
    )
    reply = vars(reference.respond(pairs, law, row))
    if law.rolling == "none":
        reply["roll_spring"] = 0 * reply["roll_spring"]
    if law.twisting == "none":
        reply["twist_spring"] = 0 * reply["twist_spring"]
    return reply | {"force_j": -reply["force"]}
