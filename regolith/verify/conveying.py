"""An auger turns in a sleeve: from which rate a single chip rises on its flight."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from regolith.box import Box
from regolith.core import conveying_rate
from regolith.drive import Motion
from regolith.laws import Law
from regolith.materials import Contact, Material
from regolith.surfaces import Cylinder, Mesh
from regolith.tools import CorerShape, make_corer
from regolith.verify.case import Sheet, case
from regolith.verify.stage import PARKED, Stage, shared

Floats = NDArray[np.float64]

EARTH = 9.81
GRAVITIES = {"1/6 g": EARTH / 6, "1 g": EARTH}  # [m/s2]
ANGLE = np.deg2rad(15)  # of the flight where chips go round
FLIGHT_FRICTION, WALL_FRICTION = 0.4, 0.84
CLOSED_FORM = (
    "w^2 = g (tan A + mu_f) / (mu_w R (1 - mu_f tan A)): balance of the forces on a chip that the sleeve holds back, "
    "see `regolith.core.conveying_rate`"
)

SLEEVE, CHIP = 20e-3, 0.7e-3  # radii [m]
PATH = SLEEVE - CHIP  # radius on which chips go round [m]
LOCK = 100.0  # rolling and twisting friction on the flight: far more than the wall can turn a chip with
N_CHIPS = 12
STEP = 4.8e-3  # of sqrt(r / g)
AUGER = CorerShape(
    outer_diameter=2 * SLEEVE - 0.1e-3,
    stem_diameter=2 * (SLEEVE - 2.3 * CHIP),
    bore_diameter=1.5 * SLEEVE,
    length=60e-3,
    pitch=2 * np.pi * PATH * np.tan(ANGLE),
    starts=1,
    flight_thickness=2e-3,
    teeth=1,
    tooth_height=2e-3,
    segment_angle=np.deg2rad(4),
)
FIRST_LAG = 0.1  # of the chips, over the auger's rate: those that slide are pushed on the wall by their turning alone
SLIPPING = 2e-3  # lag from which a chip counts as rising
WITHIN = 0.05
FAST = 1.3  # over the closed form's rate: where lag and climb are compared
HALVINGS = 3  # of the interval in which the critical rate lies


class Ride(NamedTuple):
    """What chips do once they go on evenly, shapes (n_chips,): lag behind the auger over its rate, climb [m/s]."""

    lag: Floats
    climb: Floats


@shared
def stage() -> Stage:
    """The auger in its sleeve, and chips that do not turn on the flight."""
    solid = {"density": 2500.0, "youngs_modulus": 5e4, "poisson_ratio": 0.2}
    locked = Contact(restitution=0.2, friction=FLIGHT_FRICTION, rolling_friction=LOCK, twisting_friction=LOCK)
    return Stage(
        n_grains=N_CHIPS,
        radii=(CHIP, CHIP),
        materials=[Material(name=name, **solid) for name in ("chip", "flight", "wall")],
        contacts={("chip", "flight"): locked, ("chip", "wall"): Contact(restitution=0.2, friction=WALL_FRICTION)},
        surfaces=[
            Mesh(mesh=make_corer(AUGER).mesh, material="flight", motion=PARKED, name="auger"),
            Cylinder(point=(0, 0, 0), axis=(0, 0, 1), radius=SLEEVE, material="wall", name="sleeve"),
        ],
        law=Law(twisting="sds"),
        box=Box(lower=[-0.03, -0.03, -0.01], upper=[0.03, 0.03, 0.07]),
    )


def ride(rate: float, gravity: float) -> Ride:
    """Chips spread along the flight, after half a turn: means over a sixteenth of a turn."""
    time_step = STEP * (CHIP / gravity) ** 0.5
    angle = 2 * np.pi * np.linspace(0.35, 1.15, N_CHIPS)
    x, y = PATH * np.cos(angle), PATH * np.sin(angle)
    z = AUGER.pitch * angle / (2 * np.pi) + AUGER.flight_thickness + CHIP / np.cos(ANGLE)
    sim = stage().put(
        np.stack([x, y, z], axis=1),
        CHIP,
        time_step=time_step,
        velocities=(1 - FIRST_LAG) * rate * np.stack([y, -x, 0 * z], axis=1),
        spins=(0, 0, -rate),
        material="chip",
        gravity=(0, 0, -gravity),
        motions={"auger": Motion.constant(angular_velocity=(0, 0, -rate))},  # flights convey up if turned clockwise
    )
    sixteenth = round(2 * np.pi / rate / time_step / 16)
    sim.step(8 * sixteenth)
    before = sim.grains()["position"]
    sim.step(sixteenth)
    after = sim.grains()["position"]
    turned = np.angle((before[:, 0] + 1j * before[:, 1]) / (after[:, 0] + 1j * after[:, 1]))
    time = sixteenth * time_step
    return Ride(1 - turned / (rate * time), (after - before)[:, 2] / time)


def steady_lag(over: float) -> float:
    """Lag of a chip that climbs evenly, over the auger's rate [-].

    Friction at the wall, mu_w m W^2 R at the chip's own rate W, is against the motion of its face there, which goes
    round at W R + w r, as the chip turns with the auger at w, and climbs at (w - W) R tan A. Along the flight its
    level part pushes the chip up; weight, its upright part and friction hold it back.

    Args:
        over: The auger's rate over the critical one.
    """
    squared = over**2 * conveying_rate(ANGLE, PATH, FLIGHT_FRICTION, WALL_FRICTION, 1.0) ** 2  # w^2 / g [1/m]

    def excess(lag: float) -> float:
        climbing = np.arctan2(lag * PATH * np.tan(ANGLE), (1 - lag) * PATH + CHIP)
        push = WALL_FRICTION * (1 - lag) ** 2 * squared * PATH  # over the weight, like all that follows
        level, down = push * np.cos(climbing), 1 + push * np.sin(climbing)
        pressing = down * np.cos(ANGLE) + level * np.sin(ANGLE)
        return float(level * np.cos(ANGLE) - down * np.sin(ANGLE) - FLIGHT_FRICTION * pressing)

    return float(brentq(excess, 0.0, 1.0))


def critical(closed: float, gravity: float) -> tuple[float, dict[float, float]]:
    """Rate from which half of the chips rise, over the closed form's, by halving the interval in which it may lie.

    Returns:
        That rate, and the mean lag at all rates that were tried.
    """
    low, high, tried = 1 - WITHIN, 1 + WITHIN, dict[float, float]()
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        lag = ride(middle * closed, gravity).lag
        tried[middle] = float(lag.mean())
        low, high = (low, middle) if np.mean(lag > SLIPPING) >= 0.5 else (middle, high)
    return 0.5 * (low + high), tried


@case(
    "conveying-chip",
    title="A single chip on an auger's flight starts to rise at the critical rate, at 1/6 g and at 1 g",
    source=CLOSED_FORM,
)
def conveying_chip(sheet: Sheet) -> None:
    """Chips that do not turn on the flight: friction 0.4 there, 0.84 at the sleeve."""
    curves = []
    for name, gravity in GRAVITIES.items():
        closed = conveying_rate(ANGLE, PATH, FLIGHT_FRICTION, WALL_FRICTION, gravity)
        below, above, fast = (ride(over * closed, gravity) for over in (1 - WITHIN, 1 + WITHIN, FAST))
        sheet.bound(f"{name}: share of chips that rise 5 % below", float(np.mean(below.lag > SLIPPING)), 0.0)
        sheet.bound(f"{name}: share of chips that stay 5 % above", float(np.mean(above.lag <= SLIPPING)), 0.0)
        found, tried = critical(closed, gravity)
        sheet.check(f"{name}: critical rate", found * closed, closed, WITHIN, unit="rad/s")
        lag = steady_lag(FAST)
        climb = lag * FAST * closed * PATH * np.tan(ANGLE)
        sheet.check(f"{name}: lag 30 % above, over the auger's rate", float(fast.lag.mean()), lag, WITHIN)
        sheet.check(f"{name}: climbing speed 30 % above", float(fast.climb.mean()), climb, WITHIN, unit="m/s")
        rides = {1 - WITHIN: below, 1 + WITHIN: above, FAST: fast}
        tried |= {over: float(one.lag.mean()) for over, one in rides.items()}
        curves.append(sheet.curve(name, sorted(tried), [tried[over] for over in sorted(tried)]))
    over = np.linspace(1.0, FAST, 13)
    curves.append(sheet.curve("closed form", over, [steady_lag(k) for k in over], marks=True))
    sheet.figure("Lag behind the auger", "rate over the critical rate", "lag over the auger's rate", curves)
    sheet.note(
        f"{N_CHIPS} chips apart from each other on one flight of 15 degrees, radius 1/28 of their path's; the flight "
        f"locks their spin, the sleeve does not. They begin with a lag of {FIRST_LAG:.0%}; after half a turn those "
        f"that lag by more than {SLIPPING:.1%} count as rising. The critical rate is that of half of them, known to "
        f"{WITHIN / 2**HALVINGS:.1%}. A chip that no longer slides may be held on its circle by the flight's friction "
        "in part, so that the sleeve grips it less than the closed form says: this delays the rise."
    )
