"""Small oscillations of a resting sphere about its contact: the stiffness and the dashpot of every spring.

What slides, rolls or twists to its limit says nothing of the spring before it. A sphere that rests on the floor is
nudged so little that no slider yields: it swings at the spring's frequency and decays by its dashpot.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import curve_fit

from regolith.laws import effective_shear_modulus
from regolith.restitution import damping_of
from regolith.verify import benches
from regolith.verify.benches import BALLS, FLOOR
from regolith.verify.case import Sheet, case
from regolith.verify.rolling import DT, E_EFF, FLOORED, MASS, G, R, arm_of, resting_overlap

OVERLAP = resting_overlap(MASS * G)
CONTACT_RADIUS = float(np.sqrt(R * OVERLAP))
K_N = 4 / 3 * E_EFF * CONTACT_RADIUS  # force over overlap [N/m]; the dashpot's c is alpha sqrt(m k_n)
K_T = 8 * effective_shear_modulus(FLOOR, FLOOR) * CONTACT_RADIUS  # Mindlin's tangential stiffness [N/m]
SHARE = 0.3  # of critical damping, of rolling and twisting springs: the default of `Law`
SAMPLES, PERIODS = 60, 2
STEP = 1e-2  # radians of the undamped oscillation a time step
WITHIN = 1e-3  # of frequencies and decay rates
OSCILLATOR = "Damped oscillator: w0 = sqrt(k / m), decay rate c / (2 m)"
STEPPED = (
    f"At {STEP:g} rad a step, or {1e6 * DT:g} µs, dashpots along the surface feel velocities half a step old: as if "
    "the mass were less by c dt / 2. The closed forms have that mass."
)


@dataclass(frozen=True)
class Oscillator:
    """m s'' = -k s - c s'.

    Attributes:
        mass: m [kg].
        stiffness: k [N/m].
        dashpot: c [N s/m].
    """

    mass: float
    stiffness: float
    dashpot: float

    @property
    def frequency(self) -> float:
        """Undamped w0 [rad/s]."""
        return float(np.sqrt(self.stiffness / self.mass))

    @property
    def decay(self) -> float:
        """Rate [1/s]."""
        return self.dashpot / (2 * self.mass)

    def stepped(self) -> "Oscillator":
        """What a dashpot that feels velocities half a step old makes of it: s'(t) - s'' dt / 2 lightens the mass."""
        return replace(self, mass=self.mass - 0.5 * self.dashpot * min(STEP / self.frequency, DT))


def decaying(t: np.ndarray, size: float, decay: float, pulsation: float, phase: float) -> np.ndarray:
    """A decaying oscillation: size exp(-decay t) cos(pulsation t + phase)."""
    return np.asarray(size * np.exp(-decay * t) * np.cos(pulsation * t + phase))


def compare(sheet: Sheet, what: str, t: np.ndarray, speed: np.ndarray, exact: Oscillator) -> None:
    """Fit a decaying oscillation to a speed over the first, and check both of its numbers; t [s], shapes (n,)."""
    pulsation = float(np.sqrt(exact.frequency**2 - exact.decay**2))
    phase = float(np.arctan(exact.decay / pulsation))  # of a speed that starts where the spring is slack
    start = np.array([1 / np.cos(phase), exact.decay, pulsation, phase])
    fit = start * curve_fit(lambda x, *p: decaying(x, *(start * p)), t, speed, p0=np.ones(4))[0]
    undamped = float(np.hypot(fit[1], fit[2]))
    sheet.check(f"{what}: frequency without damping", undamped, exact.frequency, WITHIN, unit="rad/s")
    sheet.check(f"{what}: decay rate", float(fit[1]), exact.decay, 2 * WITHIN, unit="1/s")
    ours = sheet.curve("regolith", t * 1e3, speed)
    marks = sheet.curve("closed form", t[::4] * 1e3, decaying(t, *start)[::4], marks=True)
    sheet.figure(what.capitalize(), "time [ms]", "speed over the first", [ours, marks])


def swing(
    law: str,
    material: str,
    frequency: float,
    velocity: tuple[float, float, float] = (0.0, 0.0, 0.0),
    spin: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times [s], shape (n,), velocities [m/s] and spins [rad/s], shapes (n, 3), of a resting sphere that is nudged."""
    dt = min(STEP / frequency, DT)
    sim = benches.BENCHES[law]().put(
        [[0, 0, R - OVERLAP]],
        R,
        time_step=dt,
        velocities=velocity,
        spins=spin,
        material=material,
        gravity=(0, 0, -G),
        motions=FLOORED,
    )
    rows = []
    for _ in range(SAMPLES):
        sim.step(round(2 * np.pi * PERIODS / frequency / dt / SAMPLES))
        grains = sim.grains()
        rows.append((sim.time - 0.5 * dt, *grains["velocity"][0], *grains["spin"][0]))  # half a step old
    found = np.array(rows)
    return found[:, 0], found[:, 1:4], found[:, 4:]


@case(
    "sliding-oscillation",
    title="A sphere nudged along a plane or into it swings on its sliding or its normal spring",
    source=OSCILLATOR + "; k_n = 3/2 F / overlap (Hertz), k_t = 8 G* a (Mindlin 1949); one dashpot for both, whose "
    "coefficient the restitution cases verify",
)
def sliding_oscillation(sheet: Sheet) -> None:
    """Slip obeys the mass 1 / (1/m + arm^2 / I) = m / (1 + 5/2 arm^2 / R^2); e = 0.5, mu = 0.3."""
    arm, c = arm_of(G), damping_of(BALLS["sliding"].restitution, "hertz", "none", 0.0) * float(np.sqrt(MASS * K_N))
    normal, nudge = Oscillator(MASS, 1.5 * K_N, c), 2e-4  # its dashpot is taken at the middle of the step
    t, v, _ = swing("hertz", "sliding", normal.frequency, velocity=(0.0, 0.0, nudge))
    compare(sheet, "normal spring", t, v[:, 2] / nudge, normal)
    sliding, nudge = Oscillator(MASS / (1 + 2.5 * arm**2), K_T, c), 1e-3
    t, v, w = swing("hertz", "sliding", sliding.frequency, velocity=(nudge, 0.0, 0.0))
    compare(sheet, "sliding spring", t, (v[:, 0] - arm * R * w[:, 1]) / nudge, sliding.stepped())
    sheet.note(STEPPED)


@case(
    "rolling-oscillation",
    title="A sphere that begins to turn in place swings on its rolling spring",
    source=OSCILLATOR + "; EPSD, k_r = k_t R*^2: Iwashita & Oda (1998), 10.1061/(ASCE)0733-9399(1998)124:3(285)",
)
def rolling_oscillation(sheet: Sheet) -> None:
    """No friction, mu_r = 0.1; at the radius the moment of inertia is 2/5 m."""
    exact, nudge = Oscillator(0.4 * MASS, K_T, 2 * SHARE * float(np.sqrt(MASS * K_T))), 0.05
    t, _, w = swing("hertz", "spinning", exact.frequency, spin=(0.0, nudge, 0.0))
    compare(sheet, "rolling spring", t, w[:, 1] / nudge, exact.stepped())
    sheet.note(STEPPED)


@case(
    "twisting-oscillation",
    title="A sphere that begins to turn about the normal swings on its twisting spring",
    source=OSCILLATOR + "; k = k_t a^2 / 2: Marshall (2009), 10.1016/j.jcp.2008.10.020, eq. 34",
)
def twisting_oscillation(sheet: Sheet) -> None:
    """As a force at the radius, where the moment of inertia is 2/5 m; mu_tw = 0.1."""
    k = 0.5 * K_T * (CONTACT_RADIUS / R) ** 2
    exact, nudge = Oscillator(0.4 * MASS, k, 2 * SHARE * float(np.sqrt(MASS * k))), 0.2
    t, _, w = swing("dmt", "turning", exact.frequency, spin=(0.0, 0.0, nudge))
    compare(sheet, "twisting spring", t, w[:, 2] / nudge, exact.stepped())
    sheet.note(STEPPED)
