"""Statistics over a study's table, against closed forms and known frequencies."""

import sys

import numpy as np
import pytest
from scipy import stats

from regolith.sweep import chances, effects, indices
from regolith.sweep.rows import Parameter
from tests.made_study import make_rows, make_study, make_table

A = Parameter("a", "m", "sampled", 0.0, 1.0)
B = Parameter("b", "Pa", "sampled", 1.0, 1e4)
LIST = Parameter("level", "", "list", 1.0, 3.0)
TEXT = Parameter("soil", "", "list")


def table(folder, parameters, points, result, states=None, **facts):
    study = make_study(parameters, points, **facts)
    return make_table(folder, study, make_rows(study, result, states))


def output(function):
    return lambda values, repeat: {"y_N": float(function(values, repeat))}


def test_effects_of_a_linear_model_are_its_terms(tmp_path):
    """y = 3 a + level + (2 in soil "x"), crossed: the mean of a level is its term and the mean of the others."""
    a = np.linspace(0, 1, 5)
    points = [{"a": u, "level": k, "soil": s} for u in a for k in (1.0, 2.0, 3.0) for s in ("x", "y")]
    made = table(
        tmp_path, [A, LIST, TEXT], points, output(lambda v, _: 3 * v["a"] + v["level"] + 2 * (v["soil"] == "x"))
    )
    along = effects.main_effects(made, LIST, "y_N")
    assert [(level.value, level.n) for level in along] == [(1.0, 10), (2.0, 10), (3.0, 10)]
    np.testing.assert_allclose([level.mean for level in along], [3.5, 4.5, 5.5])
    np.testing.assert_allclose([level.mean for level in effects.main_effects(made, TEXT, "y_N")], [5.5, 3.5])
    np.testing.assert_allclose([level.mean for level in effects.main_effects(made, A, "y_N")], 3 + 3 * a)

    found, explained = effects.strengths(made, "y_N")
    y = made.numbers("y_N")
    assert explained == pytest.approx(1.0)
    slope = {strength.key: strength.slope for strength in found}
    assert slope["a"] == pytest.approx(3 * np.std(made.numbers("a")) / np.std(y))
    assert slope["level"] == pytest.approx(np.std(made.numbers("level")) / np.std(y))
    assert np.isnan(slope["soil"]) and np.isnan(found[2].rank)
    adjusted = 1 - (1 - np.var(2.0 * np.array([p["soil"] == "x" for p in points])) / np.var(y)) * 29 / 28
    assert found[2].share == pytest.approx(adjusted)


def test_means_have_the_textbook_interval(tmp_path):
    y = [1.0, 2.0, 4.0, 9.0]
    points = [{"level": 1.0}] * 4 + [{"level": 2.0}]
    made = table(tmp_path, [LIST], points, lambda *_: {})
    made.columns["y_N"] = np.array([*y, 5.0])
    first, lone = effects.main_effects(made, LIST, "y_N")
    expected = stats.ttest_1samp(y, 0).confidence_interval(0.95)
    assert (first.low, first.high) == pytest.approx((expected.low, expected.high))
    assert lone.n == 1 and lone.mean == 5.0 and np.isnan(lone.low) and np.isnan(lone.high)


def test_intervals_and_bands_hold_the_truth_as_often_as_they_say(tmp_path):
    """Noise of known size about a quadratic: nominal 95 % of 600 studies, give or take 3 standard errors."""
    rng = np.random.default_rng(3)
    points = [{"a": u, "level": float(k)} for u, k in zip(np.linspace(0, 1, 12), np.tile([1, 2, 3], 4), strict=True)]
    made = table(tmp_path, [A, LIST], points, output(lambda v, _: 0.0))
    a, level = made.numbers("a"), made.numbers("level")
    within = {"level": 0, "band": 0, "slope": 0}
    n = 600
    for _ in range(n):
        noise = rng.normal(0, 0.5, 12)
        made.columns["y_N"] = level + noise
        second = effects.main_effects(made, LIST, "y_N")[1]
        within["level"] += second.low <= 2 <= second.high
        made.columns["y_N"] = 1 + a - 2 * a**2 + noise
        band = effects.curve(made, A, "y_N", points=3)
        within["band"] += band.low[1] <= 1 <= band.high[1]
        made.columns["y_N"] = 0 * a + noise
        slope = effects.strengths(made, "y_N")[0][0]
        within["slope"] += slope.slope_low <= 0 <= slope.slope_high
    margin = 3 * np.sqrt(0.95 * 0.05 * n)
    assert all(abs(count - 0.95 * n) < margin for count in within.values()), within


def test_a_quadratic_is_found_exactly_and_on_a_logarithmic_scale_in_the_logarithm(tmp_path):
    b = np.geomspace(1, 1e4, 9)
    points = [{"a": u, "b": w} for u, w in zip(np.linspace(0, 1, 9), b, strict=True)]
    made = table(tmp_path, [A, B], points, output(lambda v, _: 2 - v["a"] + 3 * v["a"] ** 2))
    curve = effects.curve(made, A, "y_N")
    np.testing.assert_allclose(curve.mean, 2 - curve.x + 3 * curve.x**2, atol=1e-12)
    np.testing.assert_allclose(curve.high - curve.low, 0, atol=1e-10)
    made.columns["y_N"] = np.log(b) ** 2
    curve = effects.curve(made, B, "y_N")
    np.testing.assert_allclose(curve.mean, np.log(curve.x) ** 2, atol=1e-10)
    np.testing.assert_allclose(np.diff(np.log(curve.x)), np.log(1e4) / 59)


def test_no_curve_without_enough_to_draw_it_from(tmp_path):
    points = [{"a": 0.5 * (k % 2), "soil": "x", "level": float(k % 3)} for k in range(8)]
    made = table(tmp_path, [A, TEXT, LIST], points, output(lambda v, _: v["a"]))
    assert effects.curve(made, A, "y_N") is None and effects.curve(made, TEXT, "y_N") is None
    assert effects.curve(made, LIST, "y_N") is not None
    made.columns["state"][:] = ["done"] * 4 + ["failed"] * 4
    assert effects.curve(made, LIST, "y_N") is None


def test_ranks_are_those_of_a_monotonic_law_whatever_its_form(tmp_path):
    rng = np.random.default_rng(1)
    points = [{"a": u, "b": w} for u, w in zip(rng.random(40), 10 ** rng.uniform(0, 4, 40), strict=True)]
    made = table(tmp_path, [A, B], points, output(lambda v, _: -np.exp(20 * v["a"])))
    a, b = effects.strengths(made, "y_N")[0]
    assert a.rank == pytest.approx(-1.0) and a.p_value < 1e-6 and abs(b.rank) < 0.4
    assert a.share > 0.6 > 0.2 > b.share  # a quadratic cannot follow all of it


def test_parameters_that_vary_together_have_no_slopes_of_their_own(tmp_path):
    points = [{"a": k / 9, "level": 2.0 * k, "b": float(w)} for k in range(10) for w in (1, 2, 3)]
    made = table(tmp_path, [A, LIST, B], points, output(lambda v, _: v["a"] + v["b"]))
    (a, level, b), explained = effects.strengths(made, "y_N")
    assert np.isnan([a.slope, level.slope, a.slope_low, level.slope_high]).all()
    assert a.rank == level.rank and a.share == pytest.approx(level.share, abs=0.1)
    y = made.numbers("y_N")
    assert explained == pytest.approx(1) and b.slope == pytest.approx(np.std(made.numbers("b")) / np.std(y))


def test_results_that_do_not_vary_or_are_too_few_say_nothing(tmp_path):
    points = [{"a": k / 9, "soil": "xy"[k % 2]} for k in range(10)]
    made = table(tmp_path, [A, TEXT], points, output(lambda v, _: 1.0))
    found, explained = effects.strengths(made, "y_N")
    assert np.isnan([explained, *(getattr(s, n) for s in found for n in ("rank", "slope", "share"))]).all()
    made.columns["state"][:] = ["waiting"] * 10
    assert effects.main_effects(made, A, "y_N") == [] and np.isnan(effects.strengths(made, "y_N")[1])
    made.columns["state"][0] = "done"
    assert [level.n for level in effects.main_effects(made, A, "y_N")] == [1]


def test_sampled_ranges_and_long_lists_are_binned(tmp_path):
    points = [{"a": k / 99, "level": float(k)} for k in range(100)]
    made = table(tmp_path, [A, LIST], points, output(lambda v, _: v["a"]), states={3: "failed"})
    bins = effects.main_effects(made, A, "y_N")
    assert len(bins) == effects.MOST_BINS and sum(level.n for level in bins) == 99
    assert {level.n for level in bins} == {12, 13}
    assert all(level.low <= level.value <= level.high for level in bins)
    assert len(effects.main_effects(made, LIST, "y_N")) == effects.MOST_BINS
    few = effects.groups(made, A, np.arange(11))
    assert [len(group.runs) for group in few] == [6, 5]


@pytest.mark.parametrize(
    "values, expected",
    [
        (np.geomspace(1, 100, 16), True), ([1, 10, 100], True), ([1, 2, 10], True), (np.linspace(1, 100, 16), False),
        ([0, 1, 100], False), ([-1, 10, 100], False), ([1, 2, 3], False), ([5, 5], False), ([np.nan], False),
        ([], False), (10 ** np.random.default_rng(1).uniform(3, 6, 50), True),
        (np.random.default_rng(1).uniform(1, 1e3, 50), False),
    ],
)  # fmt: skip
def test_logarithmic_scales_are_known_by_their_values(values, expected):
    assert effects.is_logarithmic(values) is expected


# Ishigami's function, a = 7, b = 0.1: Ishigami and Homma (1990); closed forms as in Saltelli et al., Global Sensitivity
# Analysis (2008)
FIRST, TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)
X = [Parameter(f"x{k}", "", "sampled", -np.pi, np.pi) for k in (1, 2, 3)]


def ishigami(values, _):
    x = [values[f"x{k}"] for k in (1, 2, 3)]
    return {"y_N": float(np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0]))}


@pytest.fixture(scope="module")
def saltelli_points():
    sobol = pytest.importorskip("SALib.sample.sobol")
    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[-np.pi, np.pi]] * 3}
    drawn = sobol.sample(problem, 512, calc_second_order=False, seed=1)
    return [dict(zip(("x1", "x2", "x3"), map(float, point), strict=True)) for point in drawn]


def of_saltelli(folder, points, parameters=X, result=ishigami, states=None, **facts):
    facts = {"sampler": "saltelli", "samples": 512} | facts
    return table(folder, parameters, points, result, states, **facts)


def test_sobol_indices_of_ishigamis_function(tmp_path, saltelli_points):
    found = indices.sobol_indices(of_saltelli(tmp_path, saltelli_points), "y_N")
    assert [index.key for index in found] == ["x1", "x2", "x3"]
    np.testing.assert_allclose([index.first for index in found], FIRST, atol=0.05)  # half widths: 0.04 to 0.1
    np.testing.assert_allclose([index.total for index in found], TOTAL, atol=0.05)
    for index, first, total in zip(found, FIRST, TOTAL, strict=True):
        assert abs(index.first - first) < 1.5 * index.first_half and 0 < index.first_half < 0.2
        assert abs(index.total - total) < 1.5 * index.total_half and 0 < index.total_half < 0.2


def test_sobol_indices_of_means_over_lists_and_repeats(tmp_path, saltelli_points):
    """A list and repeats that only add a number change nothing, whichever axis of the study turns fastest."""
    alone = indices.sobol_indices(of_saltelli(tmp_path, saltelli_points), "y_N")
    points = [{**point, "soil": soil} for point in saltelli_points for soil in ("x", "y")]

    def result(values, repeat):
        return {"y_N": ishigami(values, repeat)["y_N"] + 5 * (values["soil"] == "x") + repeat}

    for order in (points, sorted(points, key=lambda point: point["soil"])):
        crossed = indices.sobol_indices(of_saltelli(tmp_path, order, [*X, TEXT], result, repeats=2), "y_N")
        for name in ("first", "total", "first_half"):
            np.testing.assert_allclose([getattr(i, name) for i in crossed], [getattr(i, name) for i in alone])


def test_sobol_indices_are_not_filled_in(tmp_path, saltelli_points):
    lost = of_saltelli(tmp_path, saltelli_points, states={7: "failed", 9: "waiting"})
    with pytest.raises(indices.NoIndices, match="2 of 2560 runs have no y_N: .* cannot be filled in"):
        indices.sobol_indices(lost, "y_N")


@pytest.mark.parametrize("change, why", [
    ({"sampler": "sobol"}, 'were not sampled with sampler = "saltelli"'),
    ({"samples": 500}, "does not hold the design's 2500 points"),
    ({"result": output(lambda *_: 2.0)}, "y_N does not vary"),
])  # fmt: skip
def test_studies_without_sobol_indices_say_why(tmp_path, saltelli_points, change, why):
    with pytest.raises(indices.NoIndices, match=why):
        indices.sobol_indices(of_saltelli(tmp_path, saltelli_points, **change), "y_N")


def test_points_in_another_order_are_no_saltelli_design(tmp_path, saltelli_points):
    with pytest.raises(indices.NoIndices, match="not in its order"):
        indices.sobol_indices(of_saltelli(tmp_path, saltelli_points[::-1]), "y_N")


def test_sobol_indices_without_salib(tmp_path, saltelli_points, monkeypatch):
    made = of_saltelli(tmp_path, saltelli_points)
    monkeypatch.setitem(sys.modules, "SALib.analyze", None)
    with pytest.raises(indices.NoIndices, match="pip install SALib"):
        indices.sobol_indices(made, "y_N")


def campaign(values, _):
    return {"outcome": "goal met" if values["a"] > 0.25 else "goal not met", "stored_mass_kg": values["a"]}


def wilson(k, n):
    """Wilson (1927)."""
    p, z = k / n, stats.norm.ppf(0.975)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (p + z**2 / (2 * n) - half) / (1 + z**2 / n), (p + z**2 / (2 * n) + half) / (1 + z**2 / n)


@pytest.mark.parametrize("k, n", [(0, 10), (3, 10), (10, 10), (50, 64)])
def test_wilson(k, n):
    assert chances.wilson(k, n) == pytest.approx(wilson(k, n), abs=1e-12)


def test_the_chance_of_the_goal_keeps_apart_what_is_not_known(tmp_path):
    points = [{"a": k / 19, "soil": "xy"[k % 2]} for k in range(20)]
    states = {0: "failed", 10: "crashed", 11: "refused", 12: "waiting", 13: "running"}
    made = table(tmp_path, [A, TEXT], points, campaign, states, goal=2.0)
    found = chances.goal_chance(made)
    assert (found.met, found.n, found.lost) == (11, 15, 3) and found.share == 11 / 15
    assert (found.low, found.high) == pytest.approx(wilson(11, 15))
    assert (found.if_lost_missed, found.if_lost_met) == (11 / 18, 14 / 18)

    along = chances.goal_chances(made, TEXT)
    assert [(c.value, c.met, c.n, c.lost) for c in along] == [("x", 5, 7, 2), ("y", 6, 8, 1)]
    bins = chances.goal_chances(made, A)
    assert sum(c.n for c in bins) == 15 and sum(c.lost for c in bins) == 3
    assert bins[0].share < bins[-1].share == 1.0


def test_the_chance_before_anything_is_done(tmp_path):
    made = table(tmp_path, [A], [{"a": 0.5}], campaign, {0: "waiting"}, goal=2.0)
    found = chances.goal_chance(made)
    assert (found.n, found.low, found.high) == (0, 0.0, 1.0) and np.isnan([found.share, found.if_lost_met]).all()
    assert chances.goal_chances(made, A) == []


def test_all_lost_in_a_level(tmp_path):
    made = table(
        tmp_path, [LIST], [{"level": 1.0}, {"level": 2.0}], lambda *_: campaign({"a": 1.0}, 0), {0: "failed"}, goal=2
    )
    lost, done = chances.goal_chances(made, LIST)
    assert (lost.n, lost.lost, lost.low, lost.high) == (0, 1, 0.0, 1.0) and done.share == 1.0
