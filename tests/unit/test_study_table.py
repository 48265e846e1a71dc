"""A study's table: written, read back, read by others, and never half there."""

import csv
import os
import subprocess
import sys
import textwrap

import h5py
import numpy as np
import pytest

from regolith.errors import OutputError
from regolith.sweep.export import export
from regolith.sweep.rows import Parameter, Row
from regolith.sweep.table import read_table, unit_of, write_table
from tests.made_study import COHESION, PRESET, WIDTH, campaign_result, make_rows, make_study, mission_result

POINTS = [
    {"soil.cohesion": 1e3, "soil.preset": "chang-e-5", "tool.width": 0.06},
    {"soil.cohesion": 2.5e4, "soil.preset": "Größe µ.toml", "tool.width": 0.12},
    {"soil.cohesion": 1e6, "soil.preset": "jsc-1a", "tool.width": 0.09},
]


@pytest.fixture
def study():
    return make_study([COHESION, PRESET, WIDTH], POINTS, repeats=2, sampler="sobol", samples=3)


@pytest.fixture
def rows(study):
    return make_rows(study, mission_result, {2: "failed", 3: "waiting", 5: "crashed"})


@pytest.fixture
def file(tmp_path, study, rows):
    write_table(tmp_path / "study.h5", study, rows)
    return tmp_path / "study.h5"


def test_round_trip(file, study, rows):
    table = read_table(file)
    assert (table.name, table.base, table.sampler, table.samples, table.repeats) == (
        "made",
        "scoop-preview",
        "sobol",
        3,
        2,
    )
    assert table.goal is None and table.parameters == study.parameters
    columns = table.columns
    assert columns["id"] == [run.id for run in study.runs] and columns["run"].tolist() == list(range(6))
    assert columns["state"] == ["done", "done", "failed", "waiting", "done", "crashed"]
    assert columns["reason"] == [row.reason for row in rows] and columns["crashes"].tolist() == [0] * 5 + [2]
    assert columns["repeat"].tolist() == [0, 1] * 3 and columns["seed"].tolist() == [100, 101] * 3
    assert columns["soil.preset"][2:4] == ["Größe µ.toml"] * 2
    np.testing.assert_array_equal(columns["soil.cohesion"], np.repeat([1e3, 2.5e4, 1e6], 2))
    assert table.done.tolist() == [True, True, False, False, True, False]
    mass = [row.result.get("captured_mass_kg", np.nan) for row in rows]
    np.testing.assert_array_equal(table.numbers("captured_mass_kg"), mass)


def test_results_that_are_missing_are_nan_or_empty_and_tables_stay_out(file):
    table = read_table(file)
    energy = np.isnan(table.numbers("specific_energy_J_per_kg"))
    assert energy.tolist() == [False, True, True, True, False, True]  # None in a result, and runs without one
    assert table.columns["outcome"] == ["done", "done", "", "", "done", ""]
    assert {"core", "parts"} & set(table.columns) == set()
    assert table.results[0] == "outcome" and "captured_grains" in table.results and "state" not in table.results


def test_a_result_named_as_a_column_keeps_both(file):
    table = read_table(file)
    assert table.columns["result_reason"][0] == "it came to the end of its way" and table.columns["reason"][0] == ""


@pytest.mark.parametrize(
    "name, unit",
    [
        ("captured_mass_kg", "kg"), ("peak_force_N", "N"), ("mean_torque_Nm", "N*m"), ("captured_volume_m3", "m^3"),
        ("specific_energy_J_per_kg", "J/kg"), ("mean_flute_flow_kg_per_s", "kg/s"), ("origin_depth_p10_m", "m"),
        ("grain_steps_per_s", "1/s"), ("conveying_rate_rpm", "rpm"), ("wall_s", "s"), ("peak_power_W", "W"),
        ("peak_memory_MB", "MB"), ("work_J", "J"), ("size_bias_ks", ""), ("core_recovery", ""), ("blows", ""),
    ],
)  # fmt: skip
def test_units_are_those_in_the_names_of_results(name, unit):
    assert unit_of(name) == unit


def test_every_column_says_its_unit(file):
    with h5py.File(file) as opened:
        units = {name: dataset.attrs["units"] for name, dataset in opened.items()}
        assert all(dataset.dims[0].keys() == ["run"] for name, dataset in opened.items() if name != "run")
    assert units["soil.cohesion"] == "Pa" and units["peak_torque_Nm"] == "N*m" and units["crashes"] == "1"
    assert units["soil.preset"] == "" and read_table(file).units["crashes"] == ""


def test_columns_come_in_order(file):
    names = list(read_table(file).columns)
    facts = ["run", "id", "state", "reason", "repeat", "seed", "crashes"]
    assert names[:10] == [*facts, "soil.cohesion", "soil.preset", "tool.width"]


def test_a_seed_that_varies_is_one_column(tmp_path):
    seed = Parameter("seed", "", "list", 1, 3)
    study = make_study([seed], [{"seed": value} for value in (1, 2, 3)])
    write_table(tmp_path / "study.h5", study, make_rows(study, mission_result))
    table = read_table(tmp_path / "study.h5")
    assert list(table.columns).count("seed") == 1 and "seed" not in table.results


def test_xarray_in_one_line(file):
    xarray = pytest.importorskip("xarray")
    with xarray.open_dataset(file) as data:
        assert data["peak_force_N"].dims == ("run",) and data["peak_force_N"].attrs["units"] == "N"
        assert data["soil.preset"].values[2] == "Größe µ.toml"
        assert data["simulated_time_s"].dtype == float  # and no timedelta
        assert float(data["peak_force_N"].sel(run=4)) == read_table(file).numbers("peak_force_N")[4]
        assert data.attrs["kind"] == "study" and data.attrs["base"] == "scoop-preview"


def test_pandas_in_one_line(file):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({k: v[()] for k, v in h5py.File(file).items()})
    assert len(frame) == 6 and frame["state"].value_counts()[b"done"] == 3
    assert frame["peak_force_N"].mean() == pytest.approx(np.nanmean(read_table(file).numbers("peak_force_N")))


def test_csv(file, tmp_path):
    export(file, tmp_path / "study.csv")
    with (tmp_path / "study.csv").open(encoding="utf-8", newline="") as text:
        lines = list(csv.DictReader(text))
    assert len(lines) == 6
    assert float(lines[2]["soil.cohesion [Pa]"]) == 2.5e4 and lines[2]["soil.preset"] == "Größe µ.toml"
    assert lines[2]["peak_force_N [N]"] == "" and lines[2]["reason"] == "grain 7 moved too far in a step"
    assert [float(line["peak_force_N [N]"]) for line in lines[:2]] == read_table(file).numbers("peak_force_N")[
        :2
    ].tolist()


def test_csv_as_pandas_reads_it(file, tmp_path):
    pandas = pytest.importorskip("pandas")
    export(file, tmp_path / "study.csv")
    frame = pandas.read_csv(tmp_path / "study.csv")
    np.testing.assert_array_equal(frame["peak_force_N [N]"], read_table(file).numbers("peak_force_N"))


def test_parquet(file, tmp_path):
    parquet, pandas = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pandas")
    export(file, tmp_path / "study.parquet")
    schema = parquet.read_schema(tmp_path / "study.parquet")
    assert schema.field("tool.width").metadata[b"units"] == b"m" and schema.metadata[b"base"] == b"scoop-preview"
    frame = pandas.read_parquet(tmp_path / "study.parquet")
    np.testing.assert_array_equal(frame["peak_force_N"], read_table(file).numbers("peak_force_N"))
    assert frame["seed"].dtype == "int64" and frame["soil.preset"][3] == "Größe µ.toml"


def test_parquet_without_pyarrow_says_what_to_do(file, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(OutputError, match=r"needs pyarrow.*pip install pyarrow.*\.csv"):
        export(file, tmp_path / "study.parquet")


def test_other_endings_are_refused(file, tmp_path):
    with pytest.raises(OutputError, match=r"ends in '.xlsx'; must end in .csv or .parquet"):
        export(file, tmp_path / "study.xlsx")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_exports_to_where_nothing_may_be_written(file, tmp_path, ending):
    pytest.importorskip("pyarrow")
    with pytest.raises(OutputError, match=r"cannot write"):
        export(file, tmp_path / "nowhere" / f"study.{ending}")


def test_a_study_without_runs(tmp_path):
    study = make_study([COHESION, PRESET], [])
    write_table(tmp_path / "study.h5", study, [])
    table = read_table(tmp_path / "study.h5")
    assert table.n == 0 and not table.is_text("soil.cohesion") and table.is_text("soil.preset")
    assert table.results == [] and table.done.shape == (0,)
    export(tmp_path / "study.h5", tmp_path / "study.csv")
    assert (tmp_path / "study.csv").read_text().count("\n") == 1
    if xarray := pytest.importorskip("xarray"):
        with xarray.open_dataset(tmp_path / "study.h5") as data:
            assert data.sizes == {"run": 0}


def test_campaigns_keep_their_goal(tmp_path):
    study = make_study([COHESION], POINTS, goal=2.0)
    write_table(tmp_path / "study.h5", study, make_rows(study, campaign_result))
    table = read_table(tmp_path / "study.h5")
    assert table.goal == 2.0 and table.columns["outcome"].count("goal met") == 2
    assert "not_needed" not in table.columns


def test_texts_that_hdf5_cannot_hold(tmp_path, study):
    rows = [Row(run, "failed", "said \0 and \ud800", 0) for run in study.runs]
    write_table(tmp_path / "study.h5", study, rows)
    assert read_table(tmp_path / "study.h5").columns["reason"][0] == "said � and ?"


def test_truth_values_and_whole_numbers(tmp_path):
    parameters = [Parameter("tool.teeth", "", "list", 1, 3), Parameter("drill.hammer", "", "list")]
    study = make_study(parameters, [{"tool.teeth": 1, "drill.hammer": True}, {"tool.teeth": 3, "drill.hammer": False}])
    write_table(tmp_path / "study.h5", study, make_rows(study, lambda *_: {"stuck": False, "blows": 7}))
    columns = read_table(tmp_path / "study.h5").columns
    assert columns["drill.hammer"] == ["true", "false"] and columns["stuck"] == ["false", "false"]
    assert columns["tool.teeth"].tolist() == [1.0, 3.0] and columns["blows"].tolist() == [7.0, 7.0]


def test_numbers_are_asked_for_by_name(file):
    with pytest.raises(OutputError, match="no column of numbers 'state'; it has run, id"):
        read_table(file).numbers("state")


def test_what_is_no_table(tmp_path, file):
    with pytest.raises(OutputError, match=r"there is no table of a study"):
        read_table(tmp_path / "nothing.h5")
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(OutputError, match=r"text.h5: is damaged, or no HDF5 file"):
        read_table(tmp_path / "text.h5")
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["time"] = [1.0]
    with pytest.raises(OutputError, match=r"other.h5: is no table of a study"):
        read_table(tmp_path / "other.h5")


def test_tables_of_another_format_or_with_gaps(file):
    with h5py.File(file, "r+") as opened:
        del opened.attrs["base"]
    with pytest.raises(OutputError, match="damaged, or not written by regolith"):
        read_table(file)
    with h5py.File(file, "r+") as opened:
        opened.attrs["format"] = 2
    with pytest.raises(OutputError, match=r"another version \(format 2, this version reads 1\)"):
        read_table(file)


# Dies in place of the k-th change that writing makes to the disk, for every k, each time in a copy.
DIE_EVERYWHERE = """
    import os, pathlib, shutil, sys
    from regolith.sweep.table import write_table
    from tests.dying import die_at
    from tests.made_study import WIDTH, make_rows, make_study, mission_result

    folder = pathlib.Path(sys.argv[1])
    study = make_study([WIDTH], [{"tool.width": 0.06}, {"tool.width": 0.12}])
    write_table(folder / "study.h5", study, make_rows(study, mission_result, {1: "running"}))
    for k in range(10000):
        copy = folder / f"killed{k}"
        copy.mkdir()
        shutil.copy(folder / "study.h5", copy)
        child = os.fork()
        if child == 0:
            die_at(k, ("write", "ftruncate", "fsync", "replace", "unlink"))
            write_table(copy / "study.h5", study, make_rows(study, mission_result))
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
            break
"""


@pytest.mark.skipif(os.name != "posix", reason="needs fork")
def test_killed_at_every_change_of_the_disk_the_old_table_or_the_new_one_is_there(tmp_path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", textwrap.dedent(DIE_EVERYWHERE), str(tmp_path)]
    subprocess.run(command, env=environment, check=True)
    killed = sorted(tmp_path.glob("killed*"), key=lambda path: int(path.name[6:]))
    states = [read_table(folder / "study.h5").columns["state"][1] for folder in killed]
    assert len(states) > 5 and set(states) == {"running", "done"} and states == sorted(states, reverse=True)
    half = next(folder for folder in killed if (folder / ".study.h5.tmp").exists())
    study = make_study([WIDTH], [{"tool.width": 0.06}])
    write_table(half / "study.h5", study, make_rows(study, mission_result))
    assert [path.name for path in half.iterdir()] == ["study.h5"]  # what was left over is no hindrance and is gone


def test_a_disk_that_refuses_leaves_the_old_table(file, study, rows, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"study.h5: cannot write the table: No space.*as it was before.*Free space"):
        write_table(file, study, rows[:2])
    monkeypatch.undo()
    assert read_table(file).n == 6 and [path.name for path in file.parent.iterdir()] == ["study.h5"]
