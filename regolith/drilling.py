"""Leads a drill: phases, set points, stalls. It looks at counted steps alone, so a restart decides alike."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from regolith.descent import Descent
from regolith.drives import DriveSetting, Percussion
from regolith.simulation import Simulation

LOOK_EVERY = 64  # steps
SLOW_SPIN = 0.1  # of the set rate: a slower bit stalls
SLOW_FEED = 0.02  # of the set rate


@dataclass
class _Memory:
    """What the next look depends on; all of it goes into checkpoints."""

    phase: str = "approach"
    began: int = 0  # step at which the phase began
    looked: int = -1  # newest look
    attempts: int = 0
    turned: int = 0  # step at which the bit was last seen turning
    window: int = 0  # step and advance at which the feed's progress began to be watched
    window_advance: float = 0.0
    lift_from: float = 0.0  # advance at which a recovery began [m]
    deepest: float = 0.0  # advance [m]
    outcome: str = ""
    reason: str = ""


class Driller:
    """The plan of a drilling operation, carried out on one simulation.

    Attributes:
        outcome: "done", "stalled", "limit" or "stuck" (not drawn out: its core is lost); empty while it goes on.
        reason: In words, for whoever decides what to do next.
        phases: Name, start and end [s] of what was done.

    Args:
        way: What the mission says, and where the drill starts.
        sim: Has a drive named "drill".
        close: Closes the bore: what lies in it is kept.
    """

    def __init__(self, way: Descent, sim: Simulation, close: Callable[[], None]) -> None:
        self.way, self.words, self.sim, self.close = way, way.words, sim, close
        words = way.words
        blows = words.percussion
        self._down = DriveSetting(
            feed_rate=words.feed_rate,
            spin_rate=words.spin_rate,
            weight_on_bit=words.weight_on_bit,
            max_force=words.max_force,
            max_torque=words.max_torque,
            max_feed_power=words.max_power,
            max_spin_power=words.max_power,
            percussion=Percussion(**blows.model_dump()) if blows else None,
        )
        self.phases: list[tuple[str, float, float]] = []
        self._memory = _Memory()

    @property
    def outcome(self) -> str:
        """See the class."""
        return self._memory.outcome

    @property
    def reason(self) -> str:
        """See the class."""
        return self._memory.reason

    @property
    def end(self) -> float:
        """Time at which it ends if no limit slows it [s]."""
        return self.way.duration

    @property
    def _draw_back(self) -> float:
        """Way that a recovery lifts the bit [m]."""
        return self.words.draw_back or self.way.reach

    @property
    def depth(self) -> float:
        """Deepest that the bit has come below the surface [m]."""
        return max(self._memory.deepest - self.way.gap, 0.0)

    def begin(self) -> None:
        """State the first set points."""
        self._set(self._down)

    def next_look(self, step: int) -> int:
        """The step at which it must look next."""
        return (step // LOOK_EVERY + 1) * LOOK_EVERY

    def over(self) -> bool:
        """Look, if it is time to; whether the operation has ended."""
        memory, step = self._memory, self.sim.step_count
        if memory.phase != "over" and step % LOOK_EVERY == 0 and step > memory.looked:
            memory.looked = step
            state = self.sim.drive("drill")
            memory.deepest = max(memory.deepest, state["advance"])
            getattr(self, f"_{memory.phase}")(state["advance"], state["spin_rate"])
        return memory.phase == "over"

    def _approach(self, advance: float, spin_rate: float) -> None:
        if advance >= self.way.gap:
            self._turn_to("drill")
        else:
            self._watch_time()

    def _drill(self, advance: float, spin_rate: float) -> None:
        if advance >= self.way.gap + self.words.depth:
            self._end("done", f"reached {self.words.depth:.4g} m")
        elif stalled := self._stalled(advance, spin_rate):
            self._give_way(stalled)
        else:
            self._watch_time()

    def _recover(self, advance: float, spin_rate: float) -> None:
        memory = self._memory
        if advance <= max(memory.lift_from - self._draw_back, self.way.gap):
            self._set(self._down)
            self._turn_to("drill")
        else:
            self._watch_time()

    def _retract(self, advance: float, spin_rate: float) -> None:
        if advance <= 0:
            self._hold_still()
        elif self.sim.time > self.way.longest - self.words.hold:
            self._memory.reason += "; it could not be drawn out again in time"
            self._memory.outcome = "stuck"
            self._hold_still()

    def _hold(self, advance: float, spin_rate: float) -> None:
        if self._elapsed() >= self.words.hold:
            self._turn_to("over")

    def _stalled(self, advance: float, spin_rate: float) -> str:
        """Why the drill counts as stalled; empty while it does not."""
        memory, words, step = self._memory, self.words, self.sim.step_count
        if abs(spin_rate) >= SLOW_SPIN * abs(words.spin_rate):
            memory.turned = step
        patience = words.stall_time / self.sim.time_step
        if step - memory.turned > patience:
            return f"the bit turned slower than {SLOW_SPIN:g} of its set rate for {words.stall_time:g} s"
        if step - memory.window > patience:
            way = advance - memory.window_advance
            memory.window, memory.window_advance = step, advance
            if way < SLOW_FEED * words.feed_rate * words.stall_time:
                return f"the bit came forward by {1e3 * way:.2g} mm in {words.stall_time:g} s"
        return ""

    def _give_way(self, why: str) -> None:
        memory, words = self._memory, self.words
        if words.on_stall == "stop" or memory.attempts >= words.attempts:
            tried = f" after {memory.attempts} recoveries" if memory.attempts else ""
            self._end("stalled", f"stalled at {self.depth:.4g} m{tried}: {why}")
            return
        memory.attempts += 1
        memory.lift_from = self.sim.drive("drill")["advance"]
        up = -(words.retract_rate or words.feed_rate)
        self._set(replace(self._down, feed_rate=up, percussion=None))
        self._turn_to("recover")

    def _watch_time(self) -> None:
        if self.sim.time > self.way.time_limit:
            self._end("limit", f"came to {self.depth:.4g} m within the time limit of {self.way.time_limit:.4g} s")

    def _end(self, outcome: str, reason: str) -> None:
        """Close the bore, and draw out or stay."""
        self._memory.outcome, self._memory.reason = outcome, reason
        if self.words.closure == "bag":
            self.close()
        if self.words.retract_rate:
            self._set(replace(self._down, feed_rate=-self.words.retract_rate, weight_on_bit=None, percussion=None))
            self._turn_to("retract")
        else:
            self._hold_still()

    def _hold_still(self) -> None:
        self._set(replace(self._down, feed_rate=0.0, spin_rate=0.0, weight_on_bit=None, percussion=None))
        self._turn_to("hold" if self.words.hold else "over")

    def _turn_to(self, phase: str) -> None:
        memory, sim = self._memory, self.sim
        self.phases.append((memory.phase, memory.began * sim.time_step, sim.time))
        memory.phase, memory.began = phase, sim.step_count
        memory.turned = memory.window = sim.step_count
        if phase == "drill":
            memory.window_advance = sim.drive("drill")["advance"]

    def _elapsed(self) -> float:
        return (self.sim.step_count - self._memory.began) * self.sim.time_step

    def _set(self, setting: DriveSetting) -> None:
        self.sim.set_drive("drill", setting)

    def result(self) -> dict[str, Any]:
        """What the result says of it."""
        memory = self._memory
        depth = {"drilled_depth_m": self.depth, "recoveries": memory.attempts}
        return {"outcome": memory.outcome, "reason": memory.reason, **depth, "phases": self.phases}

    def take(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"memory": asdict(self._memory), "phases": self.phases}

    def restore(self, meta: dict[str, Any]) -> None:
        """Go on from a checkpoint; the drive's set points are in the simulation's own."""
        self._memory = _Memory(**meta["memory"])
        self.phases = [(str(name), float(start), float(end)) for name, start, end in meta["phases"]]
