import math

import numpy as np
import pytest
import trimesh

from regolith.errors import ConfigError, OutputError
from regolith.tools import CorerShape, load_stl, make_corer, make_plate, make_scoop, save_stl
from regolith.tools.mesh import TriangleMesh
from regolith.tools.stl import thinnest_wall


def export(mesh, path, scale=1000.0, ascii_text=False):
    solid = trimesh.Trimesh(mesh.vertices * scale, mesh.faces, process=False)
    solid.export(path, file_type="stl_ascii" if ascii_text else "stl")
    return path


@pytest.fixture
def files(tmp_path):
    tool = make_scoop()
    return export(tool.mesh, tmp_path / "tool.stl"), export(tool.capture, tmp_path / "held.stl")


@pytest.mark.parametrize("ascii_text", [False, True])
def test_round_trip_of_the_scoop(tmp_path, ascii_text):
    original = make_scoop()
    file = export(original.mesh, tmp_path / "tool.stl", ascii_text=ascii_text)
    held = export(original.capture, tmp_path / "held.stl", ascii_text=ascii_text)
    tool = load_stl(file, "mm", held)
    assert tool.name == "tool"
    assert len(tool.mesh.faces) == len(original.mesh.faces)
    assert tool.struck_volume == pytest.approx(original.struck_volume, rel=1e-5)
    np.testing.assert_allclose(tool.lip, 0, atol=1e-8)
    assert tool.mouth_angle == pytest.approx(original.mouth_angle, abs=1e-5)
    assert tool.wall == pytest.approx(0.002, rel=0.05)
    np.testing.assert_allclose(tool.mesh.bounds, original.mesh.bounds, atol=1e-7)


def test_same_file_same_bits(files):
    first, second = load_stl(files[0], "mm", files[1]), load_stl(files[0], "mm", files[1])
    np.testing.assert_array_equal(first.mesh.vertices, second.mesh.vertices)
    np.testing.assert_array_equal(first.mesh.faces, second.mesh.faces)


def test_corners_that_differ_by_rounding_are_joined(tmp_path, files):
    solid = trimesh.creation.box(extents=(50, 60, 70))
    noise = np.random.default_rng(6).choice([-1e-6, 1e-6], size=(len(solid.faces), 3, 3))
    loose = TriangleMesh((solid.triangles + noise).reshape(-1, 3), np.arange(3 * len(solid.faces)).reshape(-1, 3))
    tool = load_stl(export(loose, tmp_path / "loose.stl", 1.0), "mm", files[1])
    assert len(tool.mesh.vertices) == 8


@pytest.mark.parametrize("unit, hint", [("m", 'Did you mean unit = "mm"'), ("um", 'Did you mean unit = "mm"')])
def test_a_wrong_unit_is_noticed(files, unit, hint):
    with pytest.raises(ConfigError, match=hint):
        load_stl(files[0], unit, files[1])


def test_bad_input_is_one_message(tmp_path, files):
    file, held = files
    scoop = make_scoop()
    (tmp_path / "junk.stl").write_bytes(b"\x00\x01not an stl" * 20)
    (tmp_path / "empty.stl").write_bytes(b"")
    (tmp_path / "tool.obj").write_text("v 0 0 0\n")
    holed = export(TriangleMesh(scoop.mesh.vertices, scoop.mesh.faces[:-1]), tmp_path / "holed.stl")
    inverted = export(TriangleMesh(scoop.mesh.vertices, scoop.mesh.faces[:, ::-1]), tmp_path / "inverted.stl")
    apart = export(TriangleMesh(scoop.capture.vertices + 1.0, scoop.capture.faces), tmp_path / "apart.stl")
    broken = scoop.mesh.vertices.copy()
    broken[3] = np.nan
    infinite = export(TriangleMesh(broken, scoop.mesh.faces), tmp_path / "nan.stl")
    cases = [
        (file, "furlong", held, "unknown unit"),
        (tmp_path / "none.stl", "mm", held, "tool.file .* no such file"),
        (file, "mm", tmp_path / "none.stl", "tool.capture .* no such file"),
        (tmp_path, "mm", held, "no such file"),
        (tmp_path / "tool.obj", "mm", held, "must be an .stl"),
        (tmp_path / "junk.stl", "mm", held, "junk.stl"),
        (tmp_path / "empty.stl", "mm", held, "empty.stl"),
        (infinite, "mm", held, "not finite"),
        (holed, "mm", held, "3 open edges"),
        (inverted, "mm", held, "inside-out"),
        (file, "mm", inverted, "tool.capture .* inside-out"),
        (file, "mm", apart, "apart from the tool"),
    ]
    for tool_file, unit, capture, text in cases:
        with pytest.raises(ConfigError, match=text) as caught:
            load_stl(tool_file, unit, capture)
        assert "\n" not in str(caught.value)


def test_thinnest_wall_of_known_bodies():
    plate = trimesh.creation.box(extents=(0.1, 0.2, 0.003))
    assert thinnest_wall(TriangleMesh(plate.vertices, plate.faces)) == pytest.approx(0.003)
    pipe = trimesh.creation.annulus(r_min=0.02, r_max=0.024, height=0.1, sections=72)
    assert thinnest_wall(TriangleMesh(pipe.vertices, pipe.faces)) == pytest.approx(0.004, rel=0.02)
    tetrahedron = TriangleMesh(np.vstack([np.zeros(3), np.eye(3)]), [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    assert math.isinf(thinnest_wall(tetrahedron))


def test_a_saved_tool_is_read_back(tmp_path):
    shape = {"outer_diameter": 0.035, "stem_diameter": 0.025, "bore_diameter": 0.015, "length": 0.1, "pitch": 0.018}
    shape |= {"starts": 2, "flight_thickness": 0.0015, "teeth": 2, "tooth_height": 0.003, "liner_thickness": 5e-4}
    corer = make_corer(CorerShape(**shape))
    written = save_stl(corer, tmp_path / "new" / "folder", "cm")
    assert [path.name for path in written] == ["tool.stl", "liner.stl", "capture.stl"]
    tool = load_stl(tmp_path / "new/folder/tool.stl", "cm", tmp_path / "new/folder/capture.stl")
    assert len(tool.mesh.faces) == len(corer.mesh.faces)
    np.testing.assert_allclose(tool.mesh.bounds, corer.mesh.bounds, atol=1e-7)
    assert tool.struck_volume == pytest.approx(corer.struck_volume, rel=1e-5)
    assert list(save_stl(make_plate(length=0.1, width=0.1, thickness=0.01), tmp_path)) == [tmp_path / "tool.stl"]


def test_what_cannot_be_saved_is_said(tmp_path):
    plate = make_plate(length=0.1, width=0.1, thickness=0.01)
    with pytest.raises(ConfigError, match='unit = "mile": unknown unit; allowed: um, mm'):
        save_stl(plate, tmp_path, "mile")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="file: cannot be written"):
        save_stl(plate, tmp_path / "file")
