"""Beds: how dense, how level, how heavy, and the same from the cache as made."""

import functools
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import regolith
from regolith.bed import Bed, _Settling, make_bed
from regolith.errors import GuardTripped
from regolith.packing import layer_volumes
from tests.mission.tiny import settings

DEPTH = 1.6
PERIODIC = ("soil.cohesion=0 Pa", 'bed.boundary="periodic"', "bed.bulk_density=1500 kg/m^3")


ROUGH = 0.25 * 0.2 / DEPTH  # of the mass: by chance the rough surface leaves a quarter of a grain empty


class Told:
    """Keeps what the making of a bed says."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.warnings: list[str] = []

    def stage(self, text: str, share: float) -> None:
        assert 0 <= share <= 1
        self.stages.append(text)


def made(*more: str, told: Told | None = None) -> Bed:
    told = told or Told()
    regolith.start()
    config = regolith.load_mission("scoop-preview", settings(*more))
    return make_bed(config, regolith.make_soil(config.soil, config.gravity), told.stage, told.warnings.append)


@functools.cache
def kept(*more: str) -> Bed:
    return made(*more)


def grains(bed: Bed) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, radii, masses."""
    return bed.arrays["grains/position"], bed.arrays["grains/radius"], bed.arrays["grains/mass"]


@pytest.mark.parametrize("boundary", ["walls", "periodic"])
def test_bed_is_settled_level_and_as_heavy_as_the_soil(boundary):
    bed = kept() if boundary == "walls" else kept(*PERIODIC)
    x, r, m = grains(bed)
    assert bed.notes["settled"] == 1 and bed.notes["largest_overlap"] < 0.2
    # frictional spheres: 0.55 loose, 0.64 dense; walls loosen a bed of eight grains across
    assert 0.53 < bed.notes["solid_fraction"] < 0.64
    assert 3.5 < bed.notes["coordination_number"] < 6
    assert bed.notes["bulk_density"] == pytest.approx(bed.notes["bulk_density_wanted"], rel=ROUGH)
    assert bed.notes["bulk_density"] == pytest.approx(m.sum() / (2.4 * 1.7 * DEPTH), rel=1e-6)
    assert (x[:, 2] + r).max() < DEPTH + r.max() and (x[:, 2] > 0.9 * r).all()
    columns = [(x[:, axis] // 0.8).astype(int) for axis in (0, 1)]
    tops = [(x[:, 2] + r)[(columns[0] == i) & (columns[1] == j)].max() for i in range(3) for j in range(2)]
    assert np.ptp(tops) < r.max() and np.mean(tops) == pytest.approx(DEPTH, abs=0.6 * r.max())
    if boundary == "walls":
        assert (x[:, :2] > 0.9 * r[:, None]).all() and (x[:, :2] < np.array([2.4, 1.7]) - 0.9 * r[:, None]).all()
    else:  # grains lie across the sides
        assert (x[:, :2] < 0.5 * r[:, None]).any() and (x[:, :2] >= 0).all() and (x[:, :2] <= [2.4, 1.7]).all()


def test_each_layer_has_the_density_of_the_soil_at_its_depth():
    bed = kept()
    x, r, m = grains(bed)
    config = regolith.load_mission("scoop-preview", settings())
    wanted = regolith.make_soil(config.soil, config.gravity).bulk_density
    edges = np.linspace(0.25, DEPTH - 0.15, 4)  # without the gaps at the floor and the rough surface
    density = m / (4 / 3 * np.pi * r**3)
    for low, high in zip(edges, edges[1:], strict=False):
        cut = np.array([low, high])
        shares = np.array([layer_volumes(x[k : k + 1, 2], r[k : k + 1], cut)[0] for k in range(len(r))])
        found = (shares * density).sum() / (2.4 * 1.7 * (high - low))
        middle = DEPTH - np.linspace(low, high, 20)
        assert found == pytest.approx(wanted(middle).mean(), rel=0.06)


def test_stated_bulk_density():
    assert kept(*PERIODIC).notes["bulk_density"] == pytest.approx(1500, rel=ROUGH)


@pytest.mark.parametrize("method", ["friction", "tap", "shear"])
def test_compaction_packs_more_grains_into_the_bed(method):
    """Towards a target that settling alone does not reach (0.555)."""
    dense = kept("bed.solid_fraction=0.58", f'bed.compaction="{method}"')
    solid = [(4 / 3 * np.pi * grains(bed)[1] ** 3).sum() / (2.4 * 1.7 * DEPTH) for bed in (kept(), dense)]
    assert solid[1] > solid[0] * (1.01 if method == "shear" else 1.025)
    assert kept().notes["solid_fraction"] < dense.notes["solid_fraction"] < 0.61
    assert dense.notes["bulk_density"] == pytest.approx(dense.notes["bulk_density_wanted"], rel=0.02)


def test_from_the_cache_made_anew_and_after_damage_it_is_the_same_bit_by_bit(tmp_path, monkeypatch):
    first = made()
    again = made(told=(told := Told()))
    assert again.from_cache and not told.stages
    cache = tmp_path / "cache"
    shutil.copytree(Path(os.environ["REGOLITH_CACHE"]) / "beds", cache / "beds")
    for file in cache.glob("beds/*/*.h5"):
        file.write_bytes(file.read_bytes()[:-100])
    monkeypatch.setenv("REGOLITH_CACHE", str(cache))
    anew = made(told=told)
    assert not anew.from_cache and set(told.stages) == {"pouring", "relaxing"}
    assert len(told.warnings) == 1 and "is damaged" in told.warnings[0] and "making it anew" in told.warnings[0]
    repaired = made(told=told)
    assert repaired.from_cache and len(told.warnings) == 1
    for other in (again, anew, repaired):
        assert other.arrays.keys() == first.arrays.keys() and other.meta == first.meta and other.notes == first.notes
        for name, values in first.arrays.items():
            assert values.dtype == other.arrays[name].dtype
            np.testing.assert_array_equal(other.arrays[name], values, err_msg=name)


def test_cache_that_cannot_be_written_is_told_and_does_no_harm(tmp_path, monkeypatch):
    monkeypatch.setattr("regolith.bed._settle", lambda *_: kept())
    (tmp_path / "beds").write_text("in the way")
    monkeypatch.setenv("REGOLITH_CACHE", str(tmp_path))
    bed = made(told=(told := Told()))
    assert bed.notes == kept().notes and len(told.warnings) == 1 and "could not be cached" in told.warnings[0]


def test_grains_pressed_out_of_the_box_stop_it():
    """Grains far too soft fall through the floor, where no overlap is left for a guard to see."""
    sim = SimpleNamespace(
        n_grains=20, pair_list=SimpleNamespace(n_active=17), radii=np.ones(20), gravity=None,
        set_field=lambda *_: None, step=lambda _: None,
    )  # fmt: skip
    config = regolith.load_mission("scoop-preview", settings())
    work = _Settling(sim, config, regolith.make_soil(config.soil, config.gravity), lambda *_: None)
    with pytest.raises(GuardTripped, match=r"bed, while pouring: 3 of 20 grains were pressed .*youngs_modulus"):
        work.settle("pouring", 6.0)
