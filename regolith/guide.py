"""Who leads a tool through a run and says when it is over: a prescribed motion, or a drill's plan."""

import math
from typing import Any, Protocol

from regolith.assemble import Plan
from regolith.descent import Descent
from regolith.drilling import Driller
from regolith.drive import Motion
from regolith.drives import Drive
from regolith.sampling import Sampler
from regolith.simulation import Simulation
from regolith.surfaces import Mesh

RESPONSE_TIME = 1e-3  # of the actuators, or a time step where that is longer [s]
Phases = list[tuple[str, float, float]]


class Guide(Protocol):
    """Leads the tool. It looks at steps that it names beforehand, so a restart goes the same way.

    Attributes:
        outcome: How the operation ended: "done", "stalled", "limit" or "stuck"; empty before.
        reason: The same in a sentence.
        phases: Name, start and end [s] of what the tool does, or did.
        end: Simulated time at which the run is expected to end [s]; of a drill, if no limit slows it.
    """

    @property
    def outcome(self) -> str: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def phases(self) -> Phases: ...  # noqa: D102
    @property
    def end(self) -> float: ...  # noqa: D102

    def begin(self) -> None:
        """Before the first step of a run that is not resumed."""

    def next_look(self, step: int) -> int:
        """The step after `step` at which it must look."""

    def over(self) -> bool:
        """Look, if it is time to; whether the operation has ended."""

    def result(self) -> dict[str, Any]:
        """What the result says of it."""

    def take(self) -> dict[str, Any]:
        """What a checkpoint keeps."""

    def restore(self, meta: dict[str, Any]) -> None:
        """Go on from a checkpoint."""


class Scripted:
    """Follows a prescribed motion to its end."""

    def __init__(self, motion: Motion, sim: Simulation) -> None:
        self.motion, self.sim = motion, sim
        self.end = motion.duration
        self.n_steps = math.ceil(motion.duration / sim.time_step)

    @property
    def phases(self) -> Phases:
        """See `Guide`."""
        return list(self.motion.phases)

    @property
    def outcome(self) -> str:
        """See `Guide`."""
        return "done" if self.sim.step_count >= self.n_steps else ""

    @property
    def reason(self) -> str:
        """See `Guide`."""
        return "came to the end of its motion" if self.outcome else ""

    def begin(self) -> None:
        """Nothing is to be set."""

    def next_look(self, step: int) -> int:
        """The last step alone."""
        return self.n_steps

    def over(self) -> bool:
        """Whether the motion has ended."""
        return self.sim.step_count >= self.n_steps

    def result(self) -> dict[str, Any]:
        """See `Guide`."""
        return {"outcome": self.outcome, "reason": self.reason}

    def take(self) -> dict[str, Any]:
        """The step says it all."""
        return {}

    def restore(self, meta: dict[str, Any]) -> None:
        """The step says it all."""


def surfaces_of(plan: Plan) -> list[Mesh]:
    """The tool's surfaces: "tool", and "liner" if it has one, which goes along without turning where it is driven."""
    tool, way = plan.tool, plan.motion
    meshes = {"tool": tool.mesh} | ({"liner": tool.liner} if tool.liner else {})
    if isinstance(way, Descent):
        return [
            Mesh(mesh=mesh, material="tool", drive="drill", turns=name == "tool", name=name)
            for name, mesh in meshes.items()
        ]
    return [Mesh(mesh=mesh, material="tool", motion=way, name=name) for name, mesh in meshes.items()]


def drives_of(plan: Plan) -> list[Drive]:
    """The drill's drive, if the tool is driven."""
    way = plan.motion
    if not isinstance(way, Descent):
        return []
    words, response = way.words, max(RESPONSE_TIME, plan.time_step)
    return [Drive(name="drill", mass=words.mass, inertia=words.inertia, origin=way.origin, response_time=response)]


def guide_of(plan: Plan, sim: Simulation, sampler: Sampler) -> Guide:
    """Who leads the tool of a plan."""
    way = plan.motion
    if isinstance(way, Descent):
        return Driller(way, sim, sampler.secure)
    return Scripted(way, sim)
