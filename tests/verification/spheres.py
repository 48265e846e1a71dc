"""The spheres of the cases on surfaces: size, materials, what a resting one does."""

import numpy as np

from regolith.laws import effective_modulus
from regolith.materials import Contact, Material

R, DT, G = 0.01, 5e-5, 10.0
SOFT = {"density": 2500.0, "youngs_modulus": 1e7, "poisson_ratio": 0.2}
CONTACTS = {
    ("plain", "wall"): Contact(restitution=0.5, friction=0.3),
    ("slick", "wall"): Contact(restitution=1.0, friction=0.0),
    ("rough", "wall"): Contact(restitution=0.3, friction=0.6, rolling_friction=0.1),
    ("spinning", "wall"): Contact(restitution=0.3, friction=0.0, rolling_friction=0.1),
}
MATERIALS = [Material(name=name, **SOFT) for name in ("plain", "slick", "rough", "spinning", "wall")]
E_EFF = effective_modulus(MATERIALS[0], MATERIALS[0])
MASS = 2500 * 4 / 3 * np.pi * R**3


def resting_overlap(gravity: float) -> float:
    """Overlap at which Hertz carries the weight [m]."""
    return float((MASS * gravity * 0.75 / E_EFF / np.sqrt(R)) ** (2 / 3))


def rolls_at(gravity: float) -> float:
    """Deceleration over mu_r g of a rolling sphere: 5/7, but for the lever arm that the overlap shortens.

    m u' = -f and I w' = f a - mu_r m g r with u = w a give u' = -mu_r g (r / a) / (1 + 2/5 r^2 / a^2).
    """
    arm = 1 - resting_overlap(gravity) / R
    return 1 / arm / (1 + 0.4 / arm**2)
