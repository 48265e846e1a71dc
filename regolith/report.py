"""report.html: what a run found, on what assumptions, with what. Reads the run directory alone."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from regolith import page, plots, record
from regolith.output.atomic import write_text
from regolith.record import Record

# key of the result, what it is, unit shown, factor from SI to it
_RESULT = (
    ("captured_mass_kg", "captured mass", "g", 1e3),
    ("fill_ratio", "of the struck volume's mass", "%", 1e2),
    ("captured_volume_m3", "captured volume, at the bed's bulk density", "cm³", 1e6),
    ("struck_volume_m3", "struck volume of the tool", "cm³", 1e6),
    ("spilled_mass_kg", "spilled mass", "g", 1e3),
    ("peak_force_N", "peak force, moving mean", "N", 1),
    ("raw_peak_force_N", "peak force, single step", "N", 1),
    ("mean_force_N", "mean force", "N", 1),
    ("peak_torque_Nm", "peak torque about the tool's origin, moving mean", "N m", 1),
    ("raw_peak_torque_Nm", "peak torque about the tool's origin, single step", "N m", 1),
    ("work_J", "work on the soil", "J", 1),
    ("specific_energy_J_per_kg", "specific energy", "J/kg", 1),
    ("mean_origin_depth_m", "mean depth of origin, by number", "mm", 1e3),
    ("drilled_depth_m", "depth drilled", "mm", 1e3),
    ("core_length_m", "length of the core", "mm", 1e3),
    ("core_recovery", "recovery: length of the core over depth drilled", "%", 1e2),
    ("core_mass_recovery", "mass of the core over that of the undisturbed column", "%", 1e2),
    ("core_shift_m", "shift of depths in the core from the undisturbed, root mean square", "mm", 1e3),
    ("core_mixing_m", "spread of depths within a tenth of the core", "mm", 1e3),
    ("core_order", "rank correlation of place in the core and depth", "", 1),
    ("mean_weight_on_bit_N", "weight on bit, mean while going down", "N", 1),
    ("raw_peak_weight_on_bit_N", "weight on bit, single step", "N", 1),
    ("mean_drilling_torque_Nm", "drilling torque, mean while going down", "N m", 1),
    ("mean_flute_flow_kg_per_s", "mass flow up the flutes, mean while going down", "g/s", 1e3),
    ("peak_feed_force_N", "peak force of the feed's actuator", "N", 1),
    ("peak_spin_torque_Nm", "peak torque of the rotation's actuator", "N m", 1),
    ("peak_feed_power_W", "peak power of the feed", "W", 1),
    ("peak_spin_power_W", "peak power of the rotation", "W", 1),
    ("actuator_work_J", "work of the actuators", "J", 1),
    ("blows", "blows of the hammer", "", 1),
    ("conveying_rate_rpm", "rate above which a single chip climbs the flights", "rpm", 1),
    ("inertial_number", "inertial number at the bit", "", 1),
    ("captured_grains", "captured grains", "", 1),
    ("grains", "grains", "", 1),
    ("steps", "steps", "", 1),
    ("grain_steps_per_s", "speed", "M grain-steps/s", 1e-6),
    ("wall_s", "wall time", "s", 1),
)
_BRIEF = {
    "captured_mass_kg",
    "fill_ratio",
    "spilled_mass_kg",
    "peak_force_N",
    "raw_peak_force_N",
    "peak_torque_Nm",
    "work_J",
    "specific_energy_J_per_kg",
    "drilled_depth_m",
    "core_recovery",
    "mean_weight_on_bit_N",
    "mean_drilling_torque_Nm",
    "actuator_work_J",
    "grain_steps_per_s",
    "wall_s",
}
_NOTES = (
    ("softening_factor", "softening: real over simulated Young's modulus", "", 1),
    ("youngs_modulus_real", "Young's modulus of the minerals", "GPa", 1e-9),
    ("stiffness_ratio", "E / (ρ g d) of the simulated grains", "", 1),
    ("median_diameter_real", "median diameter of the real grains", "µm", 1e6),
    ("pull_off_over_weight_real", "pull-off force over weight, real grains", "", 1),
    ("pull_off_over_weight", "pull-off force over weight, simulated", "", 1),
    ("cohesion_real", "cohesion energy density, real contact", "MPa", 1e-6),
    ("tensile_strength_real", "tensile strength (Rumpf), real grains", "Pa", 1),
    ("tensile_strength", "tensile strength (Rumpf), simulated", "Pa", 1),
)
_BED = (
    ("solid_fraction", "solid fraction of the bed", "", 1),
    ("bulk_density", "bulk density of the bed", "kg/m³", 1),
    ("bulk_density_wanted", "bulk density asked for", "kg/m³", 1),
    ("effective_grain_density", "effective density of the grains", "kg/m³", 1),
    ("coordination_number", "coordination number at rest", "", 1),
    ("energy_ratio", "kinetic over potential energy at rest", "", 1),
    ("unbalanced_force", "mean unbalanced force at rest", "", 1),
)
QUASI_STATIC = 1e-2  # inertial number below which rates no longer matter (GDR MiDi 2004, 10.1140/epje/i2003-10153-0)
LARGE_OVERLAP = 0.05  # over the radius; customary bounds lie between 1 and 5 %
_UNITS = {"time_step": "s", "surface_z": "m"}
_ELSEWHERE = {"grain_scale", "notes", "bed", "tool", "phases", "warnings", "versions", "earlier_starts"}
_STATES = {
    "done": "The run is complete.",
    "running": "The run is going on, or was killed; in that case `regolith resume` goes on with it.",
    "interrupted": "The run was interrupted; `regolith resume` goes on with it.",
    "failed": "The run failed, and what follows is no result.",
}


def write(path: Path) -> Path:
    """Makes report.html and a PNG of every figure in a run directory.

    Args:
        path: The run directory; the run may be unfinished.

    Returns:
        Path of the page, which holds its figures and needs no other file.

    Raises:
        OutputError: It is no run directory, something in it is damaged, or the disk refused.
    """
    run = record.read(Path(path))
    figures = [
        page.drawn(run.path, plot.name, plot.title, plot.caption, plot.draw(run)) for plot in plots.available(run)
    ]
    path = run.path / "report.html"
    write_text(path, _page(run, figures))
    return path


def result_rows(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The result in brief, a row of text a number."""
    return _rows(_RESULT, {key: value for key, value in result.items() if key in _BRIEF})


def _page(run: Record, figures: list[str]) -> str:
    name = escape(str(run.mission.get("name", run.path.name)))
    soil = escape(Path(str(run.mission.get("soil", {}).get("preset", ""))).stem)
    nothing = "<p class='note'>The run has not come far enough for a figure.</p>"
    parts = [
        f"<h1>{name}</h1><p class='sub'>{soil} · {escape(run.path.resolve().name)}</p>",
        _verdict(run),
        "<h2>Figures</h2>",
        "".join(figures) or nothing,
        _assumptions(run),
        _provenance(run),
    ]
    return page.document(name, parts)


def _verdict(run: Record) -> str:
    result = run.status.get("result") or so_far(run)
    state = escape(_STATES.get(run.state, run.state))
    message = escape(str(run.status.get("message", "")))
    parts = [f"<p class='state {escape(run.state)}'>{state} {message}</p>"]
    if result:
        parts.append(f"<p class='verdict'>{escape(' '.join(_sentences(run, result)))}</p>")
        parts.append(page.table(_rows(_RESULT, result)))
    return "<h2>Verdict</h2>" + "".join(parts)


def so_far(run: Record) -> dict[str, Any]:
    """What an unfinished run's history says of the result; empty without a row."""
    columns = run.history
    if not columns:
        return {}
    held, work = float(columns["captured_mass"][-1]), float(columns["work"][-1])
    wrench = {
        kind: float(np.linalg.norm([columns[f"{kind}_{axis}"] for axis in "xyz"], axis=0).max())
        for kind in ("force", "torque")
    }
    return {
        "captured_mass_kg": held,
        "captured_volume_m3": float(columns["captured_volume"][-1]),
        "spilled_mass_kg": float(columns["spilled_mass"][-1]),
        "peak_force_N": wrench["force"],
        "raw_peak_force_N": float(columns["force_peak"].max()),
        "peak_torque_Nm": wrench["torque"],
        "raw_peak_torque_Nm": float(columns["torque_peak"].max()),
        "work_J": work,
        "specific_energy_J_per_kg": work / held if held > 0 else None,
        "captured_grains": int(columns["captured_grains"][-1]),
        "steps": int(columns["step"][-1]),
    }


def _sentences(run: Record, result: Mapping[str, Any]) -> list[str]:
    def said(key: str) -> str:
        unit, factor = next((unit, factor) for name, _, unit, factor in _RESULT if name == key)
        return _quantity(result.get(key), unit, factor)

    holds = "holds" if run.state == "done" else f"held, {_last_time(run)} into the dig,"
    share = f", {said('fill_ratio')} of what it takes when levelled off" if "fill_ratio" in result else ""
    energy = f", or {said('specific_energy_J_per_kg')} of soil held" if result.get("specific_energy_J_per_kg") else ""
    sentences = [
        f"The tool {holds} {said('captured_mass_kg')} of soil{share}, and spilled {said('spilled_mass_kg')}.",
        f"The soil pushed on it with up to {said('peak_force_N')}{_window(run)}, with {said('raw_peak_force_N')} in a "
        f"single time step, and turned it about its origin with up to {said('peak_torque_Nm')}.",
        f"The dig took {said('work_J')} of work{energy}.",
    ]
    if "drilled_depth_m" in result:
        sentences.insert(0, f"The drill {result.get('reason', '')}.")
    found = len(_warnings(run))
    if found:
        sentences.append(f"{found} warning{'s' * (found > 1)} below limit{'s' * (found == 1)} how far to trust this.")
    return sentences


def _last_time(run: Record) -> str:
    return _quantity(run.history["time"][-1] if run.history else 0.0, "s")


def _window(run: Record) -> str:
    """The stated moving mean: a row of the history."""
    times = run.history.get("time", np.empty(0))
    return f" (mean over {_quantity(float(np.median(np.diff(times))), 'ms', 1e3)})" if len(times) > 1 else ""


def _warnings(run: Record) -> list[str]:
    found = [str(text) for text in run.manifest.get("warnings") or []]
    if (overlap := _largest_overlap(run) or 0.0) > LARGE_OVERLAP:
        found.append(
            f"The largest overlap is {_quantity(overlap, '%', 1e2)} of a radius: under this load the grains are too "
            "soft to be called hard. Raise soil.youngs_modulus and see whether the result stays."
        )
    inertial = float((run.status.get("result") or {}).get("inertial_number", 0.0))
    if inertial > QUASI_STATIC:
        found.append(
            f"The soil at the bit is sheared fast: its inertial number is {inertial:.2g}, above {QUASI_STATIC:g}. "
            "Torque and core may depend on the rates; see whether they stay when motion.feed_rate and motion.spin_rate "
            "are lowered together."
        )
    return found


def _largest_overlap(run: Record) -> float | None:
    """Over the radius; None if nothing says."""
    result = run.status.get("result") or {}
    return result.get("largest_overlap", run.history["largest_overlap"].max() if run.history else None)


def _assumptions(run: Record) -> str:
    notes, bed, tool = run.table("notes"), run.table("bed"), run.table("tool")
    rows = _rows((("grain_scale", "grain scale: simulated over real diameter", "", 1),), run.manifest)
    rows += _rows(_NOTES, notes) + _rows(_BED, bed)
    rows += _rows((("wall_m", "thinnest wall of the tool", "mm", 1e3),), tool)
    rows.append(("largest overlap over radius", _quantity(_largest_overlap(run), "%", 1e2)))
    warnings = "".join(f"<li>{escape(text)}</li>" for text in _warnings(run))
    kept = f"<p>{escape(str(notes['kept']))}</p>" if "kept" in notes else ""
    return (
        "<h2>Assumptions</h2><p>Simulated grains are larger than real ones and mostly softer. The numbers say by how "
        f"much, and what that keeps.</p>{kept}{page.table(rows)}<h3>Warnings</h3>"
        + (f"<ul>{warnings}</ul>" if warnings else "<p class='note'>None.</p>")
    )


def _provenance(run: Record) -> str:
    facts = {key: value for key, value in run.manifest.items() if key not in _ELSEWHERE}
    rows = [(key.replace("_", " "), _quantity(value, _UNITS.get(key, ""))) for key, value in facts.items()]
    rows += [(name, str(version)) for name, version in run.table("versions").items()]
    starts = run.manifest.get("earlier_starts") or []
    rows += [("resumed", f"{len(starts)} time{'s' * (len(starts) > 1)}")] if starts else []
    digest = (run.status.get("result") or {}).get("final_state_sha256")
    rows += [("SHA-256 of the final state", str(digest))] if digest else []
    mission = escape(run.mission_text)
    return f"<h2>Provenance</h2>{page.table(rows)}<h3>mission.toml</h3><pre>{mission}</pre>"


def _rows(wanted: Sequence[tuple[str, str, str, float]], values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(label, _quantity(values[key], unit, by)) for key, label, unit, by in wanted if key in values]


def _quantity(value: Any, unit: str = "", factor: float = 1.0) -> str:
    """A number to three or four digits with its unit, counts in full; other values as they are."""
    if value is None:
        return "none"
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return str(value)
    if isinstance(value, int) and factor == 1:
        return f"{value:,} {unit}".strip()
    number = float(value) * factor
    if not math.isfinite(number):
        return "none"
    digits = f"{float(f'{number:.4g}'):,.0f}" if 1e3 <= abs(number) < 1e9 else f"{number:.3g}"
    return f"{digits} {unit}".strip()
