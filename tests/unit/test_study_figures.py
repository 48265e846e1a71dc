"""Figures of a study from a made-up directory: their panels, names, ticks and units."""

import numpy as np
import pytest

from regolith import study_labels, study_plots
from regolith.study_axes import log_ticks
from regolith.sweep.rows import Parameter
from regolith.sweep.table import read_table
from tests.made_study import (
    PRESET,
    make_folder,
    make_rows,
    make_study,
    make_table,
    mission_result,
    mission_study,
)


@pytest.fixture
def mission(tmp_path):
    study = mission_study()
    return make_folder(tmp_path / "dir", study, make_rows(study, mission_result))


def test_panels_carry_names_and_units(mission):
    table = read_table(mission / "study.h5")
    outputs, varied = study_labels.chief(table), study_labels.parameters(table)
    figure = study_plots.effects(table, outputs, varied)
    panels = np.reshape(figure.axes, (len(outputs), len(varied)))
    assert [axes.get_xlabel().replace("\n", " ") for axes in panels[-1]] == [
        "soil.cohesion [kPa]", "motion.attack_angle [deg]", "soil.preset", "tool.width [mm]"
    ]  # fmt: skip
    assert panels[0, 0].get_ylabel().replace("\n", " ") == "captured mass [g]"
    assert [axes.get_xscale() for axes in panels[0]] == ["log", "linear", "linear", "linear"]
    names = [label.get_text() for label in panels[-1, 2].get_xticklabels()]
    assert names == ["chang-e-5", "Größe µ", "A < B & C"]
    means = panels[0, 3].get_lines()[1].get_ydata()
    mass, width = 1e3 * table.numbers("captured_mass_kg"), table.numbers("tool.width")
    np.testing.assert_allclose(means, [mass[width == w].mean() for w in (0.06, 0.12)])


@pytest.mark.parametrize("n", [1, 5])
def test_labels_do_not_touch(tmp_path, n):
    """Of the axes' names and of the ticks, in panels as narrow as they get."""
    keys = ["soil.cohesion", "motion.attack_angle", "operations.drill.motion.weight_on_bit", "bed.bulk_density",
            "soil.resistance.rolling_friction"][:n]  # fmt: skip
    parameters = [Parameter(key, "Pa", "sampled", 1e3, 1e6) for key in keys]
    u = 10 ** np.random.default_rng(3).uniform(3, 6, (20, n))
    soils = ("chang-e-5", "a soil of a very long name.toml", "it costs $5 or $7")
    points = [dict(zip(keys, map(float, row), strict=True)) | {"soil.preset": soils[k % 3]} for k, row in enumerate(u)]
    study = make_study([*parameters, PRESET], points)
    table = make_table(tmp_path, study, make_rows(study, mission_result))
    outputs, varied = study_labels.chief(table), study_labels.parameters(table)
    for draw in (study_plots.effects, study_plots.curves, study_plots.pairs):
        figure = draw(table, outputs, varied)
        figure.draw_without_rendering()
        bottom = [axes for axes in figure.axes if axes.get_xlabel()]
        assert len(bottom) > n
        names = [axes.xaxis.label.get_window_extent() for axes in bottom]
        assert all(one.x1 < next_one.x0 for one, next_one in zip(names, names[1:], strict=False))
        for axes in bottom:
            ticks = [tick.get_window_extent() for tick in axes.get_xticklabels() if tick.get_text()]
            assert all(one.x1 < next_one.x0 for one, next_one in zip(ticks, ticks[1:], strict=False))
        left = [axes.yaxis.label.get_window_extent() for axes in figure.axes if axes.get_ylabel()]
        assert all(one.y0 > next_one.y1 for one, next_one in zip(left, left[1:], strict=False))


@pytest.mark.parametrize(
    "low, high, most, ticks",
    [
        (1, 1000, 4, [1, 10, 100, 1000]),
        (1, 1000, 2, [1, 100]),
        (20, 400, 3, [30, 100, 300]),
        (1.5, 8, 4, [2, 5]),
        (21, 48, 3, [30, 40]),
        (5.2, 5.9, 4, [5.2, 5.9]),
    ],
)
def test_ticks_of_logarithmic_axes(low, high, most, ticks):
    assert log_ticks(low, high, most) == pytest.approx(ticks)


def test_many_parameters_go_into_further_figures(tmp_path):
    parameters = [Parameter(f"p{k}", "", "list", 0, 1) for k in range(8)]
    drawn = np.random.default_rng(1).integers(0, 2, (20, 8))
    study = make_study(parameters, [{f"p{k}": float(x) for k, x in enumerate(row)} for row in drawn])
    table = make_table(tmp_path, study, make_rows(study, lambda v, _: {"peak_force_N": v["p7"] + 0.1 * v["p0"]}))
    plots = {plot.name: plot for plot in study_plots.available(table)}
    assert set(plots) == {"study-effects", "study-effects-2", "study-ranks", "study-pairs"}
    assert plots["study-effects"].title == "Main effects (1)" and len(plots["study-effects-2"].draw().axes) == 2
    labels = {axes.get_xlabel() for axes in plots["study-pairs"].draw().axes} - {""}
    assert len(labels) == 7 and "p7" in labels  # the one that matters is among the six


def test_units_are_of_a_handy_size(tmp_path):
    keys = {"a": ("m", 0.03), "b": ("Pa", 2e6), "c": ("rad/s", 2 * np.pi), "d": ("kg/m^3", 1500.0), "e": ("N*m", 0.0)}
    study = make_study(
        [Parameter(k, u, "list", v, v) for k, (u, v) in keys.items()], [{k: v for k, (_, v) in keys.items()}]
    )
    shown = study_labels.parameters(make_table(tmp_path, study, make_rows(study, mission_result)))
    assert [column.heading for column in shown] == ["a [mm]", "b [MPa]", "c [rpm]", "d [kg/m³]", "e [N m]"]
    assert [column.text(value) for column, (_, value) in zip(shown, keys.values(), strict=True)] == [
        "30",
        "2",
        "60",
        "1500",
        "0",
    ]
    assert shown[0].text(np.nan) == ""
