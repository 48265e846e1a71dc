"""history.h5 as pandas, xarray and our own reader see it."""

import h5py
import numpy as np
import pytest

from regolith.errors import OutputError
from regolith.output import history
from regolith.output.history import History

COLUMNS = {"force_x": ("N", "Force of the soil on the tool"), "mass": ("kg", "Captured mass")}


def row(step: int) -> dict[str, float]:
    return {"time": 0.1 * step, "force_x": np.sin(step), "mass": 2.0 * step}


def make_history(path, steps) -> History:
    table = History.create(path, COLUMNS)
    for step in steps:
        table.append(step, row(step))
    return table


def test_pandas_one_liner(tmp_path):
    pd = pytest.importorskip("pandas")
    path = make_history(tmp_path / "history.h5", range(5)).path
    frame = pd.DataFrame({k: v[:] for k, v in h5py.File(path)["timeseries"].items()})
    assert set(frame) == {"time", "step", "force_x", "mass"} and len(frame) == 5
    assert frame["force_x"].tolist() == [np.sin(step) for step in range(5)]
    assert frame["step"].dtype == np.int64


def test_xarray_one_liner(tmp_path):
    xr = pytest.importorskip("xarray")
    path = make_history(tmp_path / "history.h5", range(5)).path
    with xr.open_dataset(path, group="timeseries", engine="h5netcdf") as data:
        assert data["force_x"].dims == ("time",)
        assert data["force_x"].attrs["units"] == "N" and "description" in data["mass"].attrs
        np.testing.assert_array_equal(data["time"], [0.1 * step for step in range(5)])
        assert data["mass"].sel(time=0.2, method="nearest") == 4.0


def test_several_rows_at_once_equal_one_by_one(tmp_path):
    steps = np.arange(2500)
    table = History.create(tmp_path / "b.h5", COLUMNS)
    for part in np.split(steps, [1, 700, 2400]):
        table.append(part, {"time": 0.1 * part, "force_x": np.sin(part), "mass": 2.0 * part})
    back = history.read(table.path)
    np.testing.assert_array_equal(back["step"], steps)
    np.testing.assert_array_equal(back["force_x"], np.sin(steps))
    assert history.units(table.path)["mass"] == ("kg", "Captured mass")


def test_truncated_and_appended_again_equals_undisturbed(tmp_path):
    make_history(tmp_path / "a.h5", range(0, 30, 3))
    table = make_history(tmp_path / "b.h5", range(0, 24, 3))
    table = History.open(table.path)
    assert table.truncate(10) == 4
    for step in range(12, 30, 3):
        table.append(step, row(step))
    a, b = history.read(tmp_path / "a.h5"), history.read(tmp_path / "b.h5")
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])


def test_rows_beyond_the_last_whole_one_are_dropped(tmp_path):
    table = make_history(tmp_path / "a.h5", range(3))
    with h5py.File(table.path, "r+") as file:
        file["timeseries/mass"].resize((5,))
    assert {len(column) for column in history.read(table.path).values()} == {3}
    table.append(3, row(3))
    with h5py.File(table.path) as file:
        assert {len(column) for column in file["timeseries"].values()} == {4}
        assert file["timeseries/mass"][3] == 6.0


def test_wrong_rows_are_refused_and_change_nothing(tmp_path):
    table = make_history(tmp_path / "a.h5", range(3))
    before = table.path.read_bytes()
    for step, values in ((2, row(2)), (3, {"time": 0.0}), (3, row(3) | {"more": 1.0}), (np.array([3, 4]), row(3))):
        with pytest.raises(ValueError, match="step|columns"):
            table.append(step, values)
    assert table.path.read_bytes() == before


def test_a_damaged_file_is_one_clear_message(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    for use in (history.read, History.open, lambda path: history.truncate(path, 1)):
        with pytest.raises(OutputError, match="damaged"):
            use(tmp_path / "a.h5")
    h5py.File(tmp_path / "other.h5", "w").close()
    with pytest.raises(OutputError, match="no history"):
        History.open(tmp_path / "other.h5")
    with pytest.raises(OutputError, match="not written by regolith"):
        history.read(tmp_path / "other.h5")
