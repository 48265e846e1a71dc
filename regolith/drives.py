"""Drives as users state them: axes that advance and turn, moved by actuators with limits, and a hammer."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from regolith.errors import ConfigError

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

UNLIMITED = 1e30  # stands for None on the device, in any unit
_LIMITS = ("weight_on_bit", "max_force", "max_torque", "max_feed_power", "max_spin_power")


@dataclass(frozen=True, kw_only=True)
class Percussion:
    """A hammer that strikes a drive along its direction, beside the feed.

    Attributes:
        frequency: Blows a second [Hz]; the first falls when the percussion is set.
        energy: What a blow gives to the body if it is at rest and free [J].
        duration: Of the half-sine of force [s].
        only_pressed: Leave a blow out if no grain pushes against the advance as it begins.
    """

    frequency: float
    energy: float
    duration: float
    only_pressed: bool = False


@dataclass(frozen=True, kw_only=True)
class DriveSetting:
    """Set points and limits of a drive's two actuators. A limit of None is none.

    The actuators' limits are never exceeded, braking included; `max_force` goes before `weight_on_bit`, so a feed too
    weak to hold the body's weight back lets it press harder.

    Attributes:
        feed_rate: Along the direction, negative to retract [m/s]; None: the feed is off and the body free.
        spin_rate: About the direction [rad/s]; None: the rotation is off and the body free.
        weight_on_bit: Most that the feed and the body's weight push together [N].
        max_force: Of the feed [N].
        max_torque: Of the rotation [N m].
        max_feed_power: [W].
        max_spin_power: [W].
        percussion: The hammer. Set anew it starts with a blow; the same one, set again, keeps its beat.
    """

    feed_rate: float | None = 0.0
    spin_rate: float | None = 0.0
    weight_on_bit: float | None = None
    max_force: float | None = None
    max_torque: float | None = None
    max_feed_power: float | None = None
    max_spin_power: float | None = None
    percussion: Percussion | None = None


@dataclass(frozen=True, kw_only=True)
class Drive:
    """A rigid body that advances along an axis and turns about it; ideal bearings bear all else.

    Surfaces ride on it (`Mesh(..., drive=name)`): their frames start at `origin`, turned by `rotation`, and advance
    with it; those that turn also turn with it. The actuators know what the grains and gravity do and ask for the force
    that removes a speed error within `response_time`; then the limits apply.

    Attributes:
        name: Its name in results.
        mass: Of all that advances [kg]; at least that of the grains it pushes, or it rattles between them.
        inertia: Of all that turns, about the axis [kg m2].
        origin: A point of the axis [m], shape (3,).
        direction: Of the advance, shape (3,), any length.
        rotation: From its surfaces' frames to the world at angle 0: a SciPy Rotation or a matrix (3, 3); None: none.
        response_time: [s], at least the time step.
        setting: Set points and limits at the start.
    """

    name: str
    mass: float
    inertia: float
    origin: ArrayLike = (0.0, 0.0, 0.0)
    direction: ArrayLike = (0.0, 0.0, -1.0)
    rotation: "Rotation | ArrayLike | None" = None
    response_time: float = 1e-3
    setting: DriveSetting = field(default_factory=DriveSetting)


def check_drive(drive: Drive, time_step: float) -> None:
    """Mass, inertia, response time and the setting at the start.

    Raises:
        ConfigError: One is out of range.
    """
    for key, unit in (("mass", "kg"), ("inertia", "kg m2")):
        _above_zero(drive.name, key, getattr(drive, key), unit)
    if not time_step <= drive.response_time < math.inf:
        raise ConfigError(
            f"drive {drive.name!r}: response_time = {drive.response_time:g} s: must be at least the time step, "
            f"{time_step:g} s"
        )
    check_setting(drive.name, drive.setting, time_step)


def check_setting(name: str, setting: DriveSetting, time_step: float) -> None:
    """Set points are finite, limits above 0, a blow lasts at least a step and ends before the next.

    Raises:
        ConfigError: They are not.
    """
    for key in ("feed_rate", "spin_rate"):
        value = getattr(setting, key)
        if value is not None and not math.isfinite(value):
            raise ConfigError(f"drive {name!r}: {key} = {value}: must be finite, or None for an actuator that is off")
    for key in _LIMITS:
        value = getattr(setting, key)
        if value is not None:
            _above_zero(name, key, value, "; None for no limit")
    hammer = setting.percussion
    if hammer is None:
        return
    for key, unit in (("frequency", "Hz"), ("energy", "J")):
        _above_zero(name, f"percussion.{key}", getattr(hammer, key), unit)
    if not time_step <= hammer.duration <= 1 / hammer.frequency:
        raise ConfigError(
            f"drive {name!r}: percussion.duration = {hammer.duration:g} s: must be from the time step, "
            f"{time_step:g} s, to the time between two blows, {1 / hammer.frequency:g} s"
        )


def _above_zero(name: str, key: str, value: float, unit: str) -> None:
    if not 0 < value < math.inf:
        raise ConfigError(f"drive {name!r}: {key} = {value:g}: must be finite and above 0{_spaced(unit)}")


def _spaced(unit: str) -> str:
    return unit if unit.startswith(";") else f" {unit}"


def columns_of(setting: DriveSetting) -> dict[str, float]:
    """A setting as the device's record holds it."""
    columns = {key: UNLIMITED if getattr(setting, key) is None else float(getattr(setting, key)) for key in _LIMITS}
    for what in ("feed", "spin"):
        rate = getattr(setting, f"{what}_rate")
        columns |= {f"{what}_on": float(rate is not None), f"{what}_rate": float(rate or 0.0)}
    return columns | _blow_columns(setting.percussion)


def _blow_columns(hammer: Percussion | None) -> dict[str, float]:
    if hammer is None:
        return {"blow_frequency": 0.0, "blow_energy": 0.0, "blow_duration": 0.0, "only_pressed": 0.0}
    columns = {f"blow_{key}": float(getattr(hammer, key)) for key in ("frequency", "energy", "duration")}
    return columns | {"only_pressed": float(hammer.only_pressed)}


def setting_of(record: Mapping[str, float]) -> DriveSetting:
    """The setting that a record holds."""
    limits = {key: None if record[key] == UNLIMITED else record[key] for key in _LIMITS}
    rates = {f"{what}_rate": record[f"{what}_rate"] if record[f"{what}_on"] else None for what in ("feed", "spin")}
    hammer = None
    if record["blow_frequency"]:
        blow = {key: record[f"blow_{key}"] for key in ("frequency", "energy", "duration")}
        hammer = Percussion(**blow, only_pressed=bool(record["only_pressed"]))
    return DriveSetting(**rates, **limits, percussion=hammer)
