"""VTKHDF files as VTK's own reader and h5py see them."""

import h5py
import numpy as np
import pytest

from regolith.errors import OutputError
from regolith.output import trajectory
from regolith.output.trajectory import GrainTrajectory, ToolTrajectory

vtk = pytest.importorskip("vtk")
from vtk.util.numpy_support import vtk_to_numpy  # noqa: E402

N = 7


def grain_frame(step: int) -> tuple[float, int, np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(step)
    data = {"velocity": rng.normal(size=(N, 3)), "captured": (rng.random(N) > 0.5).astype(float)}
    return 1e-3 * step, step, rng.random((N, 3)), data


def make_grains(path, steps=(0, 10, 20)) -> GrainTrajectory:
    static = {
        "id": (np.arange(N) + 100, "1"),
        "diameter": (np.linspace(1e-3, 2e-3, N), "m"),
        "rock": (np.eye(N)[0] > 0, ""),
    }
    grains = GrainTrajectory.create(path, static=static, fields={"velocity": ("m/s", 3), "captured": ("1", 1)})
    for step in steps:
        grains.append(*grain_frame(step))
    return grains


def read_with_vtk(path, index):
    reader = vtk.vtkHDFReader()
    reader.SetFileName(str(path))
    reader.UpdateInformation()
    info = reader.GetOutputInformation(0)
    times = [info.Get(vtk.vtkStreamingDemandDrivenPipeline.TIME_STEPS(), k) for k in range(reader.GetNumberOfSteps())]
    reader.UpdateTimeStep(times[index])
    return times, reader.GetOutput()


def all_datasets(path) -> dict[str, np.ndarray]:
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
        found["NSteps"] = file["VTKHDF/Steps"].attrs["NSteps"]
    return found


def assert_same_content(a, b):
    left, right = all_datasets(a), all_datasets(b)
    assert left.keys() == right.keys()
    for name in left:
        np.testing.assert_array_equal(left[name], right[name], err_msg=name)


def test_vtk_reads_every_grain_frame(tmp_path):
    make_grains(tmp_path / "grains.vtkhdf")
    for index, step in enumerate((0, 10, 20)):
        times, data = read_with_vtk(tmp_path / "grains.vtkhdf", index)
        _, _, points, fields = grain_frame(step)
        assert times == [0.0, 0.01, 0.02]
        assert data.GetNumberOfVerts() == N == data.GetNumberOfCells()
        np.testing.assert_array_equal(vtk_to_numpy(data.GetPoints().GetData()), points.astype("f4"))
        for name, values in fields.items():
            np.testing.assert_array_equal(vtk_to_numpy(data.GetPointData().GetArray(name)), values.astype("f4"))
        np.testing.assert_array_equal(vtk_to_numpy(data.GetPointData().GetArray("id")), np.arange(N) + 100)
        diameters = vtk_to_numpy(data.GetPointData().GetArray("diameter"))
        np.testing.assert_array_equal(diameters, np.linspace(1e-3, 2e-3, N).astype("f4"))
        assert data.GetFieldData().GetArray("step").GetValue(0) == step


def test_vtk_reads_every_tool_frame(tmp_path):
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    tool = ToolTrajectory.create(tmp_path / "tools.vtkhdf", faces, fields={"force": ("N", 3), "power": ("W", 1)})
    corners = np.vstack([np.zeros(3), np.eye(3)])
    for k in range(3):
        tool.append(0.5 * k, k, corners + k, {"force": np.array([k, 2.0, 3.0]), "power": k})
    for k in range(3):
        times, data = read_with_vtk(tmp_path / "tools.vtkhdf", k)
        assert times == [0.0, 0.5, 1.0]
        assert data.GetNumberOfPolys() == 4 == data.GetNumberOfCells()
        np.testing.assert_array_equal(vtk_to_numpy(data.GetPoints().GetData()), corners + k)
        np.testing.assert_array_equal(vtk_to_numpy(data.GetPolys().GetConnectivityArray()).reshape(-1, 3), faces)
        assert data.GetFieldData().GetArray("force").GetTuple(0) == (k, 2.0, 3.0)
        assert data.GetFieldData().GetArray("power").GetTuple(0) == (k,)


def test_vtk_opens_a_file_without_frames(tmp_path):
    grains = make_grains(tmp_path / "grains.vtkhdf", steps=())
    for _ in range(2):
        reader = vtk.vtkHDFReader()
        reader.SetFileName(str(grains.path))
        errors = []
        reader.GetExecutive().AddObserver("ErrorEvent", lambda *_, errors=errors: errors.append(1))
        reader.AddObserver("ErrorEvent", lambda *_, errors=errors: errors.append(1))
        reader.Update()
        assert not errors and reader.GetOutput().GetNumberOfPoints() == 0
        grains.append(*grain_frame(0))
        assert read_with_vtk(grains.path, 0)[1].GetNumberOfPoints() == N
        grains.truncate(-1)


def test_h5py_sees_units_types_and_static_arrays_once(tmp_path):
    make_grains(tmp_path / "grains.vtkhdf")
    with h5py.File(tmp_path / "grains.vtkhdf") as file:
        root = file["VTKHDF"]
        assert root["Points"].dtype == np.dtype("f4") and root["Points"].attrs["units"] == "m"
        assert root["PointData/velocity"].attrs["units"] == "m/s" and root["PointData/diameter"].attrs["units"] == "m"
        assert len(root["PointData/diameter"]) == N == len(root["Vertices/Connectivity"])
        assert root["PointData/id"].dtype.kind == "i" and root["PointData/rock"].dtype == np.dtype("u1")
        assert len(root["Points"]) == 3 * N and root["Points"].chunks == (N, 3)
        assert root["Points"].compression is None and root["PointData/captured"].compression == "gzip"
        assert root["Steps"].attrs["NSteps"] == 3 == len(root["Steps/Values"])


def test_read_gives_back_a_frame(tmp_path):
    make_grains(tmp_path / "g.vtkhdf")
    steps, times = trajectory.times(tmp_path / "g.vtkhdf")
    assert steps.tolist() == [0, 10, 20] and times.tolist() == [0.0, 0.01, 0.02]
    frame = trajectory.read(tmp_path / "g.vtkhdf", -1)
    assert (frame.step, frame.time) == (20, 0.02)
    np.testing.assert_array_equal(frame.point_data["velocity"], grain_frame(20)[3]["velocity"].astype("f4"))
    assert frame.point_data["id"][0] == 100


def test_truncated_and_appended_again_equals_undisturbed(tmp_path):
    undisturbed = make_grains(tmp_path / "a.vtkhdf", steps=range(0, 100, 10))
    make_grains(tmp_path / "b.vtkhdf", steps=range(0, 70, 10))
    resumed = GrainTrajectory.open(tmp_path / "b.vtkhdf")
    assert resumed.truncate(35) == 4
    for step in range(40, 100, 10):
        resumed.append(*grain_frame(step))
    assert_same_content(undisturbed.path, resumed.path)
    times, data = read_with_vtk(resumed.path, 5)
    assert len(times) == 10
    np.testing.assert_array_equal(vtk_to_numpy(data.GetPoints().GetData()), grain_frame(50)[2].astype("f4"))


def test_truncate_may_drop_all_or_nothing(tmp_path):
    grains = make_grains(tmp_path / "g.vtkhdf")
    assert grains.truncate(20) == 3
    assert grains.truncate(-1) == 0
    grains.append(*grain_frame(0))
    assert trajectory.times(grains.path)[0].tolist() == [0]


def test_rows_beyond_the_last_complete_frame_are_dropped(tmp_path):
    grains = make_grains(tmp_path / "g.vtkhdf")
    with h5py.File(grains.path, "r+") as file:  # as a writer without a transaction would leave it
        for name, extra in (("Points", N), ("PointData/velocity", N // 2), ("Steps/Values", 1), ("FieldData/step", 1)):
            dataset = file["VTKHDF"][name]
            dataset.resize(len(dataset) + extra, axis=0)
    grains.append(*grain_frame(30))
    assert_same_content(grains.path, make_grains(tmp_path / "h.vtkhdf", steps=(0, 10, 20, 30)).path)


def test_wrong_arrays_are_refused_and_change_nothing(tmp_path):
    grains = make_grains(tmp_path / "g.vtkhdf")
    before = grains.path.read_bytes()
    time, step, points, data = grain_frame(30)
    for bad in ((time, 20, points, data), (time, step, points[1:], data), (time, step, points, {}),
                (time, step, points, data | {"more": points})):  # fmt: skip
        with pytest.raises(ValueError, match="step|fit"):
            grains.append(*bad)
    assert grains.path.read_bytes() == before
    with pytest.raises(ValueError, match="must not"):
        GrainTrajectory.create(tmp_path / "x", static={"a.b": (np.zeros(2), "m")}, fields={})


def test_a_missing_or_damaged_file_is_one_clear_message(tmp_path):
    with pytest.raises(OutputError, match="missing.vtkhdf"):
        GrainTrajectory.open(tmp_path / "missing.vtkhdf")
    (tmp_path / "text.vtkhdf").write_text("no HDF5")
    with pytest.raises(OutputError, match="damaged.*--out"):
        GrainTrajectory.open(tmp_path / "text.vtkhdf")
    h5py.File(tmp_path / "other.vtkhdf", "w").close()
    with pytest.raises(OutputError, match="no trajectory"):
        GrainTrajectory.open(tmp_path / "other.vtkhdf")
    with pytest.raises(OutputError, match="not written by regolith"):
        trajectory.truncate(tmp_path / "other.vtkhdf", 0)


def test_a_viewer_that_holds_the_file_open_does_not_stop_the_run(tmp_path):
    grains = make_grains(tmp_path / "g.vtkhdf")
    with h5py.File(grains.path, "r"):
        grains.append(*grain_frame(30))
    assert trajectory.read(grains.path, 3).step == 30
