"""What a simulation is given as arrays, checked: one clear message instead of a wrong run."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from regolith_kernels.precision import PRECISION

from regolith.box import Box
from regolith.errors import ConfigError
from regolith.laws import Law
from regolith.materials import Material
from regolith.time_step import LARGEST_RAYLEIGH_FRACTION, rayleigh_time

Floats = NDArray[np.float64]


def array(values: ArrayLike, shape: tuple[int, ...], name: str) -> Floats:
    """Finite numbers of a shape; -1 stands for any length.

    Raises:
        ConfigError: They are not.
    """
    try:
        found = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ConfigError(f"{name}: must be numbers of shape {shape}") from None
    fits = found.ndim == len(shape) and all(s in (-1, n) for s, n in zip(shape, found.shape, strict=True))
    if not fits or not np.isfinite(found).all():
        raise ConfigError(f"{name}: must be finite numbers of shape {shape}; got shape {found.shape}")
    return found


def vectors(values: ArrayLike | None, n: int, name: str) -> Floats:
    """One vector a grain, from as many or from one for all; None: zero."""
    found = np.zeros(3) if values is None else np.asarray(values)
    return np.array(np.broadcast_to(array(found, (3,) if found.ndim == 1 else (n, 3), name), (n, 3)))


def radii_of(radii: ArrayLike, n: int) -> Floats:
    """One radius a grain, from as many or from one number."""
    given = np.asarray(radii, dtype=np.float64)
    found = np.full(n, float(given)) if given.ndim == 0 else array(given, (n,), "radii")
    if n == 0 or not (found > 0).all():
        raise ConfigError("positions, radii: need one grain or more, and radii above 0 m")
    return found


def rows_of(index: ArrayLike | None, n: int, n_materials: int) -> NDArray[np.int32]:
    """A row of the materials a grain."""
    if index is None:
        return np.zeros(n, np.int32)
    found = np.array(index)
    if found.shape != (n,) or found.dtype.kind not in "iu" or found.min() < 0 or found.max() >= n_materials:
        raise ConfigError(f"material_index: must be {n} integers from 0 to {n_materials - 1}, the rows of `materials`")
    return found.astype(np.int32)


def check_box(box: Box) -> None:
    """The box has an inside."""
    if not (np.isfinite(box.size).all() and (box.size > 0).all()):
        raise ConfigError(f"box: upper must lie above lower along every axis; its size is {box.size.tolist()} m")


def check_step(time_step: float, law: Law, material: Material, radii: Floats, masses: Floats) -> None:
    """The time step is stable: a quarter of the Rayleigh time (Hertz), a tenth of the spring's period (linear).

    Raises:
        ConfigError: It is not; with the number that would do.
    """
    if law.normal == "linear":
        limit = 0.1 * 2 * np.pi * float(np.sqrt(0.5 * masses.min() / law.k_n))
    else:
        lightest = float((masses / (4 / 3 * np.pi * radii**3)).min())
        wave = (lightest / material.density) ** 0.5  # Rayleigh time goes as the root of the density
        limit = LARGEST_RAYLEIGH_FRACTION * wave * rayleigh_time(float(radii.min()), material)
    if not 0 < time_step <= limit:
        raise ConfigError(
            f"time_step = {time_step:g} s: must be above 0 and at most {0.995 * limit:.3g} s to be stable"
        )


def check_room(radii: Floats, room: tuple[int, float, float]) -> None:
    """The grains fit into a simulation made for a number of them, and radii between two [m]."""
    most, smallest, largest = room
    if len(radii) > most or radii.min() < smallest * (1 - 1e-6) or radii.max() > largest * (1 + 1e-6):
        raise ConfigError(
            f"{len(radii)} grains with radii from {radii.min():.6g} to {radii.max():.6g} m: this simulation has room "
            f"for {most} from {smallest:.6g} to {largest:.6g} m; make a new one"
        )


def as_stored(values: Floats) -> Floats:
    """Values as the device holds them, so that a restart sees the same numbers."""
    return np.array(values, np.float64 if PRECISION == "f64" else np.float32).astype(np.float64)
