"""What a mission would run and what a soil file says, as rows of text: `regolith info` prints them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from regolith.assemble import Plan, make_plan
from regolith.config import CampaignConfig, MissionConfig, OperationConfig, SoilPreset
from regolith.config.checks import SOLID_FRACTION
from regolith.soil import Soil
from regolith.tools.mesh import TriangleMesh, volume
from regolith.watch import clock

Rows = list[tuple[str, str]]

GRAIN_STEPS_PER_S = 5e6  # on two CPU cores
BYTES_PER_GRAIN, BYTES_AT_LEAST = 1e3, 500e6


@dataclass(frozen=True)
class Cost:
    """What a mission or a campaign would take, settling not counted.

    Attributes:
        grains: In the bed, about; of a campaign in the largest one.
        steps: In all.
        seconds: Wall time at `GRAIN_STEPS_PER_S` [s].
    """

    grains: int
    steps: int
    seconds: float


def cost_of(plan: Plan) -> Cost:
    """What a planned mission would take."""
    grains, steps = _grains(plan.config, plan.soil), math.ceil(plan.motion.duration / plan.time_step)
    return Cost(grains, steps, grains * steps / GRAIN_STEPS_PER_S)


def cost_of_campaign(config: CampaignConfig) -> Cost:
    """What a campaign would take at most.

    Raises:
        ConfigError: Whatever `make_plan` refuses.
    """
    each = [cost_of(make_plan(mission)) for mission in config.missions]
    times = [operation.times for operation in config.tables.operations]
    return Cost(
        max(cost.grains for cost in each),
        sum(n * cost.steps for n, cost in zip(times, each, strict=True)),
        sum(n * cost.seconds for n, cost in zip(times, each, strict=True)),
    )


def describe_mission(config: MissionConfig, soil: Soil, gravity: Sequence[float]) -> Rows:
    """What would run: grains, time step, steps, memory, time, and what scaling and softening do.

    Args:
        config: The mission.
        soil: Its soil, from `make_soil`.
        gravity: Its acceleration [m/s2], shape (3,).

    Raises:
        ConfigError: Whatever `make_plan` refuses.
    """
    bed, notes = config.bed, soil.notes
    smallest, largest = (1e3 * diameter for diameter in soil.diameter_range)
    plan = make_plan(config)
    tool, cost = plan.tool, cost_of(plan)
    return [
        ("mission", f"{config.name}  ({config.content_hash()})"),
        ("gravity", f"{np.linalg.norm(gravity):.4g} m/s2"),
        ("soil", f"{soil.name}: grains of {soil.grain_density:.4g} kg/m3"),
        ("bed", f"{bed.size[0]:.3g} x {bed.size[1]:.3g} m, {bed.depth:.3g} m deep, {bed.boundary}"),
        ("tool", f"{tool.name}, holds {tool.struck_volume * 1e6:.3g} cm3 struck level" if tool.capture else tool.name),
        ("grains", f"about {cost.grains:,} (solid fraction {bed.solid_fraction or SOLID_FRACTION:g})"),
        ("grain diameter", f"{smallest:.3g} to {largest:.3g} mm, median {soil.median_diameter * 1e3:.3g} mm"),
        ("grain scale", f"{soil.grain_scale:.4g} times the real {_um(notes['median_diameter_real'])}"),
        ("stiffness", f"E = {soil.material.youngs_modulus:.3g} Pa, minerals {_times(notes['softening_factor'])} that"),
        ("E / (rho g d)", f"{notes['stiffness_ratio']:.3g}"),
        ("pull-off over weight", _beside_real(notes, "pull_off_over_weight", "")),
        ("tensile strength", _beside_real(notes, "tensile_strength", " Pa")),
        ("time step", f"{plan.time_step:.3g} s"),
        ("simulated time", f"{plan.motion.duration:.3g} s of motion, settling not counted"),
        ("steps", f"about {cost.steps:,}"),
        ("memory", f"about {(BYTES_AT_LEAST + BYTES_PER_GRAIN * cost.grains) / 1e9:.2g} GB"),
        ("expected time", f"{clock(cost.seconds)} at {GRAIN_STEPS_PER_S:.0e} grain-steps/s"),
        *[("warning", text) for text in soil.warnings],
    ]


def describe_files(written: Mapping[Path, TriangleMesh]) -> Rows:
    """Size of the meshes that were written to files."""
    rows = []
    for path, mesh in written.items():
        x, y, z = 1e3 * np.ptp(mesh.bounds, axis=0)
        size = f"{x:.4g} x {y:.4g} x {z:.4g} mm, {volume(mesh) * 1e6:.4g} cm3"
        rows.append((str(path), f"{len(mesh.faces):,} triangles, {size}"))
    return rows


def describe_campaign(config: CampaignConfig) -> Rows:
    """What a campaign would run: its limits, and grains, steps and expected time of each operation.

    Args:
        config: The campaign.

    Raises:
        ConfigError: Whatever `make_plan` refuses.
    """
    goal = config.goal
    limits = (
        ("goal", goal.goal, "kg"),
        ("container", goal.container_mass, "kg"),
        ("container volume", goal.container_volume, "m3"),
        ("time budget", goal.time_budget, "s of operating time"),
        ("energy budget", goal.energy_budget, "J of work"),
    )
    rows = [("campaign", f"{config.name}  ({config.content_hash()})")]
    rows += [(name, f"{value:.4g} {unit}") for name, value, unit in limits if value is not None]
    seconds, warnings = 0.0, dict[str, None]()
    for operation, mission in zip(config.tables.operations, config.missions, strict=True):
        plan = make_plan(mission)
        cost, duration = cost_of(plan), plan.motion.duration
        text = f"{plan.tool.name}: about {cost.grains:,} grains, {cost.steps:,} steps, {duration:.3g} s of motion"
        rows.append((operation.name, f"{_times_and_place(operation)}; {text}; {clock(cost.seconds)} each"))
        seconds += operation.times * cost.seconds
        warnings |= dict.fromkeys(plan.soil.warnings)
    expected = f"at most {clock(seconds)} at {GRAIN_STEPS_PER_S:.0e} grain-steps/s, settling not counted"
    return [*rows, ("expected time", expected), *[("warning", text) for text in warnings]]


def _times_and_place(operation: OperationConfig) -> str:
    times = "once" if operation.times == 1 else f"{operation.times} times"
    until = f"until the goal, at most {times}" if operation.until else times
    ground = "on a fresh bed" if operation.ground == "fresh" else "in the trench"
    return f"{until}, {ground}" + (f" at site {operation.site}" if operation.site else "")


def describe_soil(preset: SoilPreset) -> Rows:
    """What a soil file says, with sources."""
    log_diameter, share = preset.grain_size.table()
    d10, d50, d90 = (_um(math.exp(float(np.interp(part, share, log_diameter)))) for part in (0.1, 0.5, 0.9))
    depths = np.array([0.0, 0.1, 0.3, 1.0])
    densities = ", ".join(f"{rho:.0f}" for rho in preset.bulk_density.at(depths))
    contact = preset.contact
    rows = [
        ("soil", preset.title),
        ("grain density", f"{preset.grain_density.value:.5g} kg/m3 [{preset.grain_density.source}]"),
        ("grain size by mass", f"10 % below {d10}, 50 % below {d50}, 90 % below {d90} [{preset.grain_size.source}]"),
        ("bulk density", f"{densities} kg/m3 at 0, 10, 30, 100 cm [{preset.bulk_density.source}]"),
        ("Young's modulus", f"{contact.youngs_modulus.value:.3g} Pa [{contact.youngs_modulus.source}]"),
        ("simulated E / (rho g d)", f"{contact.stiffness_ratio.value:.3g} [{contact.stiffness_ratio.source}]"),
    ]
    for name in ("poisson_ratio", "restitution", "friction", "rolling_friction"):
        sourced = getattr(contact, name)
        rows.append((name.replace("_", " "), f"{sourced.value:g} [{sourced.source}]"))
    rows.append(("surface energy", f"{contact.surface_energy.value:.3g} J/m2 [{contact.surface_energy.source}]"))
    if preset.strength:
        measured = preset.strength
        angle = math.degrees(measured.friction_angle)
        rows.append(("strength in bulk", f"c = {measured.cohesion:.3g} Pa, phi = {angle:.3g} deg [{measured.source}]"))
    return rows


def _grains(config: MissionConfig, soil: Soil) -> int:
    """About how many fill the bed."""
    bed = config.bed
    volume = bed.size[0] * bed.size[1] * bed.depth
    return math.ceil(volume * (bed.solid_fraction or SOLID_FRACTION) / soil.mean_grain_volume)


def _beside_real(notes: Mapping[str, float | str], key: str, unit: str) -> str:
    return f"{notes[key]:.3g}{unit} (real grains: {notes[key + '_real']:.3g}{unit})"


def _um(diameter: float | str) -> str:
    return f"{float(diameter) * 1e6:.3g} um"


def _times(factor: float | str) -> str:
    return f"{float(factor):,.0f} times"
