"""What a run writes down of a drill: columns of the history, totals, and what its core tells."""

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regolith.assemble import Plan
from regolith.core import analyse, conveying_rate
from regolith.descent import Descent
from regolith.ground import bulk_density
from regolith.sampling import CAPTURED, Sampler, Verdict
from regolith.simulation import Simulation
from regolith.tools.tool import Corer

Floats = NDArray[np.float64]
SHEAR_LAYER = 5  # grains across the layer in which the soil is sheared around the bit: customary, 5 to 10

DRILL_COLUMNS = {
    "bit_depth": ("m", "of the cutting edge below the undisturbed surface"),
    "feed_rate": ("m/s", "speed of the bit, downwards"),
    "spin_rate": ("rad/s", "of the bit"),
    "weight_on_bit": ("N", "force of the soil against the feed, mean since the last row"),
    "drilling_torque": ("N m", "moment of the soil against the turning, mean since the last row"),
    "feed_force": ("N", "of the feed's actuator, mean since the last row"),
    "spin_torque": ("N m", "of the rotation's actuator, mean since the last row"),
    "feed_force_peak": ("N", "of the feed's actuator, largest of a single step since the last row"),
    "spin_torque_peak": ("N m", "of the rotation's actuator, largest of a single step since the last row"),
    "feed_power_peak": ("W", "of the feed's actuator, largest of a single step since the last row"),
    "spin_power_peak": ("W", "of the rotation's actuator, largest of a single step since the last row"),
    "feed_limited": ("1", "share of the time in which a limit held the feed back"),
    "spin_limited": ("1", "share of the time in which a limit held the rotation back"),
    "actuator_work": ("J", "of feed, rotation and hammer so far"),
    "raised_mass": ("kg", "mass above the undisturbed surface that is not captured"),
    "flute_flow": ("kg/s", "mass flow up the flutes, mean over their buried length"),
}
_TOTALS = ("feed_work", "spin_work", "hammer_work", "blows")
_MEANS = ("depth", "time_down", "mean_weight_on_bit", "mean_torque", "mean_flow")
_PEAKS = ("peak_force", "peak_torque", "peak_feed_power", "peak_spin_power", "peak_weight_on_bit")


class DrillReader:
    """Reads a drill's drive, row by row.

    Args:
        sim: The run, with a drive named "drill".
        plan: Its plan, whose motion is a `Descent`.
    """

    def __init__(self, sim: Simulation, plan: Plan) -> None:
        assert isinstance(plan.motion, Descent)
        self.sim, self.plan, self.way, self.tool = sim, plan, plan.motion, plan.tool
        self.totals = dict.fromkeys((*_TOTALS, *_MEANS, *_PEAKS), 0.0)

    def row(self, verdict: Verdict, surface_z: float) -> dict[str, float]:
        """The drill's columns now; what the drive tallied since the last row is used up."""
        state, tally = self.sim.drive("drill"), self.sim.drive_tallies("drill")
        depth = state["advance"] - self.way.gap
        flow = self._flow(verdict, depth, surface_z)
        self._add(tally, depth, flow)
        free = verdict.status != CAPTURED
        heights = verdict.grains["position"][:, 2]
        raised = free & (heights > surface_z) & ~self.sim.lost()
        return {
            "bit_depth": depth,
            "feed_rate": state["feed_rate"],
            "spin_rate": state["spin_rate"],
            "weight_on_bit": tally["weight_on_bit"],
            "drilling_torque": tally["reaction_torque"],
            "feed_force": tally["force"],
            "spin_torque": tally["torque"],
            "feed_force_peak": tally["peak_force"],
            "spin_torque_peak": tally["peak_torque"],
            "feed_power_peak": tally["peak_feed_power"],
            "spin_power_peak": tally["peak_spin_power"],
            "feed_limited": tally["feed_limited"],
            "spin_limited": tally["spin_limited"],
            "actuator_work": self._work(),
            "raised_mass": float(self.sim.masses[raised].sum()),
            "flute_flow": flow,
        }

    def _add(self, tally: dict[str, float], depth: float, flow: float) -> None:
        """Enter what was done since the last row into the totals."""
        means = {
            "mean_weight_on_bit": tally["weight_on_bit"],
            "mean_torque": tally["reaction_torque"],
            "mean_flow": flow,
        }
        total = self.totals
        for key in ("feed_work", "spin_work", "hammer_work", "blows"):
            total[key] += tally[key]
        for key in _PEAKS:
            total[key] = max(total[key], tally[key])
        if depth > max(total["depth"], 0.0) and tally["time"] > 0:  # means are over rows in which the bit got deeper
            total["depth"], total["time_down"] = depth, total["time_down"] + tally["time"]
            share = tally["time"] / total["time_down"]
            for key, value in means.items():
                total[key] += (value - total[key]) * share

    def _work(self) -> float:
        return self.totals["feed_work"] + self.totals["spin_work"] + self.totals["hammer_work"]

    def _flow(self, verdict: Verdict, depth: float, surface_z: float) -> float:
        """Mass flow up the flutes [kg/s]."""
        tool = self.tool
        if depth <= 0 or not isinstance(tool, Corer) or tool.flight is None:
            return 0.0
        position, velocity = verdict.grains["position"], verdict.grains["velocity"]
        off_axis = np.linalg.norm(position[:, :2] - self.way.origin[:2], axis=1)
        within = (off_axis > tool.flight.stem_radius) & (off_axis < tool.outer_radius)
        within &= (position[:, 2] > surface_z - depth) & (position[:, 2] < surface_z) & (verdict.status != CAPTURED)
        return float((self.sim.masses[within] * velocity[within, 2]).sum() / depth)

    def result(self, sampler: Sampler, verdict: Verdict, drilled: float) -> dict[str, Any]:
        """What the result says of the drive and of the core."""
        total, tool = self.totals, self.tool
        inertial = self.inertial_number(drilled)
        found: dict[str, Any] = {
            "mean_weight_on_bit_N": total["mean_weight_on_bit"],
            "mean_drilling_torque_Nm": total["mean_torque"],
            "mean_flute_flow_kg_per_s": total["mean_flow"],
            "raw_peak_weight_on_bit_N": total["peak_weight_on_bit"],
            "peak_feed_force_N": total["peak_force"],
            "peak_spin_torque_Nm": total["peak_torque"],
            "peak_feed_power_W": total["peak_feed_power"],
            "peak_spin_power_W": total["peak_spin_power"],
            "actuator_work_J": self._work(),
            "blows": int(total["blows"]),
            "inertial_number": inertial,
        }
        if isinstance(tool, Corer):
            found |= self._conveying(tool)
            captured = verdict.status == CAPTURED
            core = analyse(
                sampler.core_heights(verdict),
                sampler.origin_depth[captured],
                self.sim.masses[captured],
                drilled=drilled,
                area=np.pi * tool.bore_radius**2,
                bulk_density=self._density_above(drilled),
            )
            if core:
                found["core"] = {key: _plain(value) for key, value in asdict(core).items()}
                found |= {f"core_{key}": found["core"][key] for key in ("recovery", "mass_recovery", "order")}
                found |= {f"core_{key}_m": found["core"][key] for key in ("length", "shift", "mixing")}
        return found

    def _density_above(self, depth: float) -> float:
        """Mean bulk density of the ground down to a depth [kg/m3]."""
        depths = np.linspace(0.0, max(depth, 1e-6), 200)
        return float(bulk_density(self.plan.config, self.plan.soil, depths).mean())

    def inertial_number(self, drilled: float) -> float:
        """Of the soil that the bit shears at half its depth, at the set rates: shear rate times d sqrt(rho / p) [-].

        The shear rate is the rim's speed over a layer of `SHEAR_LAYER` grains; rho is that of a grain.
        """
        rim = np.hypot(self.way.words.feed_rate, self.way.words.spin_rate * self.way.reach)
        depth, g = max(drilled, self.way.gap), float(np.linalg.norm(self.sim.gravity))
        pressure = self._density_above(depth) * g * depth / 2
        return float(rim / SHEAR_LAYER * np.sqrt(self.plan.soil.grain_density / pressure))

    def _conveying(self, tool: Corer) -> dict[str, float]:
        if tool.flight is None:
            return {}
        friction, soil = self.plan.config.tool.friction, self.plan.soil.contact.friction
        angle = np.arctan(tool.flight.pitch / (2 * np.pi * tool.outer_radius))
        g = float(np.linalg.norm(self.sim.gravity))
        rate = conveying_rate(angle, tool.outer_radius, friction, soil, g)
        return {"conveying_rate_rpm": rate * 30 / np.pi} if np.isfinite(rate) else {}

    def take(self) -> dict[str, float]:
        """What a checkpoint keeps."""
        return dict(self.totals)

    def restore(self, meta: dict[str, float]) -> None:
        """Go on from a checkpoint."""
        self.totals = dict(meta)


def _plain(value: Any) -> Any:
    """Arrays as lists, NaN as None, for JSON."""
    if isinstance(value, np.ndarray):
        return [_plain(part) for part in value.tolist()] if value.ndim == 1 else value.tolist()
    return None if isinstance(value, float) and not np.isfinite(value) else value
