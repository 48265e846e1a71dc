"""The mission file as a whole."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BeforeValidator, Discriminator, Field, Tag

from regolith.config.corers import CorerConfig, TubeConfig
from regolith.config.drills import DrillMotion
from regolith.config.files import find, once
from regolith.config.ground import BedConfig, SoilConfig
from regolith.config.probes import BladeConfig, ConeConfig, PlateConfig
from regolith.config.problems import Table
from regolith.config.tools import ScoopConfig, ScoopMotion, StlToolConfig, WaypointMotion
from regolith.config.units import quantity, to_si
from regolith.errors import ConfigError

# Surface gravity [m/s2]. Earth: the standard value by definition; the others: rounded textbook values.
GRAVITIES = {"moon": 1.62, "earth": 9.80665, "mars": 3.71, "mercury": 3.70, "venus": 8.87, "ceres": 0.28}


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
Seed = Annotated[int, Field(ge=0, lt=2**63, strict=True)]


def _gravity(raw: object) -> tuple[float, float, float]:
    allowed = f"must be one of {', '.join(GRAVITIES)}, or a vector such as [0, 0, -1.62] in m/s^2, its z negative"
    if isinstance(raw, str):
        if raw not in GRAVITIES:
            raise ValueError(allowed)
        return (0.0, 0.0, -GRAVITIES[raw])
    if not isinstance(raw, list | tuple) or len(raw) != 3:
        raise ValueError(allowed)
    try:
        x, y, z = (to_si(part, "acceleration") for part in raw)
    except ValueError as error:
        raise ValueError(f"{allowed}: one part {error}") from None
    if not (-1000 <= z <= -1e-5 and max(abs(x), abs(y)) <= 1000):
        raise ValueError(f"{allowed}, no part beyond 1000")
    return (x, y, z)


def _kind(default: str) -> Discriminator:
    def tag(table: Any) -> str | None:
        if isinstance(table, dict):
            kind = table.get("kind", default)
            return kind if isinstance(kind, str) else None
        return getattr(table, "kind", None)

    return Discriminator(tag)


Tool = Annotated[
    Annotated[ScoopConfig, Tag("scoop")]
    | Annotated[CorerConfig, Tag("corer")]
    | Annotated[TubeConfig, Tag("tube")]
    | Annotated[ConeConfig, Tag("cone")]
    | Annotated[PlateConfig, Tag("plate")]
    | Annotated[BladeConfig, Tag("blade")]
    | Annotated[StlToolConfig, Tag("stl")],
    _kind("scoop"),
]
Motion = Annotated[
    Annotated[ScoopMotion, Tag("scoop")]
    | Annotated[DrillMotion, Tag("drill")]
    | Annotated[WaypointMotion, Tag("waypoints")],
    _kind("scoop"),
]


class NumericsConfig(Table):
    """`[numerics]`: how finely time is cut.

    Attributes:
        time_step: In seconds; None takes the stable one. A larger one than the stable one is refused.
        rayleigh_fraction: Time step over the Rayleigh time of the smallest grain, at most [-].
        contact_steps: Steps per Hertz contact of two smallest grains at `impact_speed`, at least [-].
        impact_speed: The fastest impact that is cut that finely [m/s]; 1 m/s is a fall of 0.3 m on the Moon.
        sleep: Whether grains at rest are skipped until something wakes them: slower than 0.01 sqrt(g d) for four looks
            in a row (every 32 steps), and two largest grain diameters away from the tool's bounding box. Not for
            vibration, percussion, or tools that are hardly faster than that; see `regolith.Sleep`.
    """

    time_step: Annotated[float, quantity("time", least=1e-12, most=1.0)] | None = None
    rayleigh_fraction: Annotated[float, quantity("number", least=1e-3, most=0.25)] = 0.1
    contact_steps: int = Field(default=50, ge=20, le=10_000, strict=True)
    impact_speed: Annotated[float, quantity("speed", least=1e-4, most=1e3)] = 1.0
    sleep: Annotated[bool, Field(strict=True)] = False


class OutputConfig(Table):
    """`[output]`: how often what is written.

    Attributes:
        frames_per_second: Frames of grains and tool per second of simulated time [1/s].
        history_interval: Simulated time between two rows of the history [s]; None: five rows a frame.
        checkpoint_interval: Wall-clock time between two checkpoints [s].
        final_state: Whether the state at the end is kept, so that another run can dig on in it (`bed.continues`).
    """

    frames_per_second: Annotated[float, quantity("frequency", least=1e-4, most=1e5)] = 30.0
    history_interval: Annotated[float, quantity("time", least=1e-9, most=1e5)] | None = None
    checkpoint_interval: Annotated[float, quantity("time", least=0.01, most=1e6)] = 60.0
    final_state: Annotated[bool, Field(strict=True)] = False


class MissionConfig(Table):
    """A mission file: validated, in SI, frozen.

    Attributes:
        name: Names the run directory; the file's own name unless stated.
        gravity: Acceleration [m/s2], shape (3,), z up; in files also a body's name.
        seed: Of everything that is drawn at random.
        precision: "mixed" (positions in 64 bit, the rest in 32) or "f64".
    """

    name: Name = "mission"
    gravity: Annotated[tuple[float, float, float], BeforeValidator(_gravity)] = (0.0, 0.0, -GRAVITIES["moon"])
    seed: Seed = 1
    precision: Literal["mixed", "f64"] = "mixed"
    soil: SoilConfig
    bed: BedConfig = BedConfig()
    tool: Tool = ScoopConfig()
    motion: Motion = ScoopMotion()
    numerics: NumericsConfig = NumericsConfig()
    output: OutputConfig = OutputConfig()

    def resolved(self) -> dict[str, Any]:
        """Everything, defaults too, as plain SI values that TOML can hold; loading it gives this mission again."""
        return self.model_dump(mode="json", exclude_none=True)

    def to_toml(self) -> str:
        """`resolved` as the text of a mission file."""
        return tomli_w.dumps(self.resolved())

    def content_hash(self) -> str:
        """12 hexadecimal digits that name this mission: two runs with the same hash compute the same thing.

        Floats count by their shortest exact text, keys whatever their order, files that it names by their contents.
        """
        plain = self.resolved()
        plain["soil"]["preset"] = _digest(find(self.soil.preset, "soils", Path()))
        for key in {"file", "capture"} & plain["tool"].keys():
            plain["tool"][key] = _digest(Path(plain["tool"][key]))
        if self.bed.continues is not None:
            plain["bed"]["continues"] = _ending(Path(self.bed.continues))
        return hash_of(plain)

    def bed_name(self) -> str:
        """12 hexadecimal digits of all that decides how the bed comes out: two runs with the same ones share it."""
        plain = self.resolved()
        what = {key: plain[key] for key in ("gravity", "seed", "precision", "soil", "bed", "numerics")}
        what["soil"]["preset"] = _digest(find(self.soil.preset, "soils", Path()))
        del what["numerics"]["sleep"]  # beds are made awake
        return hash_of(what)


def hash_of(plain: object) -> str:
    """12 hexadecimal digits of what JSON can hold, whatever the order of its keys."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _ending(run: Path) -> str:
    """What names the state that a run ended in."""
    try:
        status = json.loads((run / "status.json").read_text(encoding="utf-8"))
        return str(status["result"]["final_state_sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(
            f"bed.continues = {str(run)!r}: that run is not finished; finish it with: regolith resume {run}"
        ) from None


@once
def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from None
