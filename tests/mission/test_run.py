"""One command, a whole record: what `regolith run` leaves, looked at with other people's readers."""

import json
import re

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import regolith
from regolith.config import load_mission
from regolith.output.history import read
from tests.mission.tiny import TIP, grab, settings

BED, CAPTURED, SPILLED = 0, 1, 2
RESULT = {
    "captured_mass_kg", "spilled_mass_kg", "peak_force_N", "peak_torque_Nm", "specific_energy_J_per_kg", "grains",
    "steps", "wall_s", "grain_steps_per_s", "final_state_sha256", "captured_grains", "spilled_grains", "bed_grains",
    "fill_ratio",
    "raw_peak_force_N", "raw_peak_torque_Nm", "mean_force_N", "work_J", "mean_origin_depth_m", "struck_volume_m3",
    "captured_volume_m3", "largest_overlap",
}  # fmt: skip


@pytest.fixture(scope="module")
def result(reference) -> dict:
    status = json.loads((reference / "status.json").read_text())
    assert status["state"] == "done"
    return status["result"]


@pytest.fixture(scope="module")
def table(reference) -> pd.DataFrame:
    with h5py.File(reference / "history.h5") as file:
        return pd.DataFrame({k: v[:] for k, v in file["timeseries"].items()})


def vtk_frames(path):
    """Every time step as VTK's own reader gives it: time, points, point data, field data."""
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy

    def arrays(data) -> dict[str, np.ndarray]:
        each = map(data.GetArray, range(data.GetNumberOfArrays()))
        return {array.GetName(): vtk_to_numpy(array).copy() for array in each}

    reader = vtk.vtkHDFReader()
    reader.SetFileName(str(path))
    reader.UpdateInformation()
    times = reader.GetOutputInformation(0).Get(vtk.vtkStreamingDemandDrivenPipeline.TIME_STEPS())
    assert reader.GetNumberOfSteps() == len(times)
    for step, time in enumerate(times):
        reader.SetStep(step)
        reader.Update()
        data = reader.GetOutput()
        points = vtk_to_numpy(data.GetPoints().GetData()).copy()
        yield time, points, arrays(data.GetPointData()), arrays(data.GetFieldData())


def test_result_has_every_key_and_adds_up(result, reference):
    assert result.keys() >= RESULT
    assert re.fullmatch("[0-9a-f]{64}", result["final_state_sha256"])
    assert all(result[key] > 0 for key in RESULT - {"final_state_sha256", "spilled_mass_kg", "spilled_grains"}), result
    assert result["grains"] == result["captured_grains"] + result["spilled_grains"] + result["bed_grains"]
    np.testing.assert_allclose(result["specific_energy_J_per_kg"], result["work_J"] / result["captured_mass_kg"])
    assert result["raw_peak_force_N"] >= result["peak_force_N"] > result["mean_force_N"]
    manifest = json.loads((reference / "manifest.json").read_text())
    bulk = manifest["bed"]["bulk_density"]
    np.testing.assert_allclose(result["fill_ratio"] * result["struck_volume_m3"] * bulk, result["captured_mass_kg"])
    assert manifest["threads"] == 1 and manifest["arch"] == "cpu" and manifest["versions"]["taichi"]
    assert manifest["config_hash"] == load_mission("scoop-preview", settings()).content_hash()
    assert load_mission(reference / "mission.toml").content_hash() == manifest["config_hash"]


def test_every_grain_is_in_one_place_at_every_row(table, result, reference):
    counts = table[["bed_grains", "captured_grains", "spilled_grains"]]
    assert (counts.sum(axis=1) == result["grains"]).all() and (counts % 1 == 0).all().all() and len(table) > 30
    assert (table.spilled_grains >= table.lost_grains).all()
    masses = table[["bed_mass", "captured_mass", "spilled_mass"]].sum(axis=1)
    put_in = json.loads((reference / "manifest.json").read_text())["bed"]["mass"]
    np.testing.assert_allclose(masses, put_in, rtol=1e-12)
    last = table.iloc[-1]
    assert (last.captured_mass, last.spilled_mass) == (result["captured_mass_kg"], result["spilled_mass_kg"])
    assert last.step == result["steps"] and last.captured_grains == result["captured_grains"]
    assert (table.heap_mass <= table.captured_mass).all()


def test_forces_work_and_peaks_agree_with_each_other(table, result):
    force = np.linalg.norm(table[["force_x", "force_y", "force_z"]], axis=1)
    np.testing.assert_allclose(force.max(), result["peak_force_N"])
    assert (table.force_peak >= force * (1 - 1e-6)).all()
    np.testing.assert_allclose(table.force_peak.max(), result["raw_peak_force_N"])
    assert table.work.iloc[-1] == result["work_J"] and force[0] == 0
    first = table.time < 0.02  # before the lip is in the ground
    assert (table.work[first] == 0).all() and (force[first] == 0).all()


def test_vtk_reads_every_frame_of_the_grains(reference, table, result):
    frames = list(vtk_frames(reference / "grains.vtkhdf"))
    assert len(frames) == len({round(time, 9) for time, *_ in frames}) > 15
    start = frames[0][1]
    for time, points, data, _ in frames:
        row = table.iloc[(table.time - time).abs().argmin()]
        assert abs(row.time - time) < 1e-12
        assert points.shape == (result["grains"], 3) and np.isfinite(points).all()
        assert set(data) == {"diameter", "mass", "id", "origin_depth", "velocity", "spin", "status", "coordination"}
        assert data["id"].tolist() == list(range(result["grains"]))
        counts = np.bincount(data["status"].astype(int), minlength=3)
        assert counts.tolist() == row[["bed_grains", "captured_grains", "spilled_grains"]].tolist()
        np.testing.assert_allclose(data["mass"][data["status"] == CAPTURED].sum(), row.captured_mass, rtol=1e-6)
        np.testing.assert_allclose(data["origin_depth"], 1.6 - start[:, 2], atol=1e-6)
        held = data["origin_depth"][data["status"] == CAPTURED]
        np.testing.assert_allclose(held.mean() if len(held) else 0.0, row.origin_depth_mean, atol=1e-6)
        np.testing.assert_allclose(data["coordination"].mean(), row.coordination_number, rtol=1e-5)


def test_vtk_reads_every_frame_of_the_tool(reference, table):
    from regolith.assemble import make_motion, make_tool

    config = load_mission(reference / "mission.toml")
    tool = make_tool(config)
    motion = make_motion(config, tool)
    grains = [time for time, *_ in vtk_frames(reference / "grains.vtkhdf")]
    frames = list(vtk_frames(reference / "tools.vtkhdf"))
    assert [time for time, *_ in frames] == grains
    for time, points, _, fields in frames:
        origin, rotation, _, _ = motion.poses([time])
        np.testing.assert_allclose(points, tool.mesh.vertices @ rotation[0].T + origin[0], atol=1e-6)
        row = table.iloc[(table.time - time).abs().argmin()]
        np.testing.assert_allclose(np.ravel(fields["force"]), row[["force_x", "force_y", "force_z"]].to_numpy(float))


def test_history_in_one_line_with_units(reference, table):
    data = xr.open_dataset(reference / "history.h5", group="timeseries", engine="h5netcdf")
    assert data.force_x.dims == ("time",) and data.force_x.attrs["units"] == "N"
    np.testing.assert_array_equal(data.work, table.work)
    with h5py.File(reference / "history.h5") as file:
        assert all(d.attrs["units"] and d.attrs["description"] for d in file["timeseries"].values())


def test_report_and_checkpoints(reference):
    page = (reference / "report.html").read_text()
    assert "captured" in page and "<html" in page.lower() and len(page) > 50_000
    assert not [path for pattern in ("*.journal", ".*", "*.lock") for path in reference.glob(pattern)]


def test_what_falls_out_of_a_tipped_scoop_is_spilled(tmp_path):
    result = regolith.run_mission(regolith.load_mission("scoop-preview", settings(grab(*TIP))), tmp_path / "run")
    table = read(tmp_path / "run" / "history.h5")
    after = table["tool_z"] > 2.0
    assert table["captured_grains"][after][0] > 0 and result["captured_grains"] == 0
    assert result["spilled_grains"] >= table["captured_grains"][after][0]
    assert result["captured_mass_kg"] == 0 and result["specific_energy_J_per_kg"] is None
    assert result["spilled_grains"] + result["bed_grains"] == result["grains"]
