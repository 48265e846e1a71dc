"""A user's tool from STL files, and any tool to STL files."""

import math
from pathlib import Path

import numpy as np

from regolith.errors import ConfigError, OutputError
from regolith.tools.mesh import Floats, TriangleMesh, area, check_closed, closest_points, smooth_patches
from regolith.tools.tool import Scoop, Tool

UNITS = {"um": 1e-6, "mm": 1e-3, "cm": 1e-2, "dm": 1e-1, "m": 1.0, "in": 0.0254, "ft": 0.3048}
_MERGE = 1e-6  # of the mesh's diagonal: STL repeats each corner, rounded to single precision
_PLAUSIBLE = (1e-3, 10.0)  # largest extent of a sampling tool [m]
_MAX_RAYS = 2000
_PARALLEL = -math.cos(math.radians(15))  # two sides of a wall, not of a wedge


def load_stl(file: str | Path, unit: str, capture: str | Path) -> Scoop:
    """Read a tool: x must point in the digging direction and z up.

    The lip is the lowest-front point: the middle of the vertices with the largest x - z. The tool curls about the
    centre of its capture volume; its mouth is the flat face of the capture volume farthest from the tool's walls.

    Args:
        file: STL file of the tool, a closed solid with walls.
        unit: Unit of both files, one of `UNITS`.
        capture: STL file of the closed volume in which soil counts as held, in the same frame.

    Raises: ConfigError if a file is missing, unreadable, open, inside-out, or of an implausible size.
    """
    _check_unit(unit, "tool.unit")
    mesh, held = _read(Path(file), unit, "tool.file"), _read(Path(capture), unit, "tool.capture")
    gap = np.maximum(mesh.bounds[0] - held.bounds[1], held.bounds[0] - mesh.bounds[1]).max()
    if gap > 0:
        raise ConfigError(
            f'tool.capture = "{capture}": lies {gap:.3g} m apart from the tool; '
            "export both files in the same frame and unit"
        )
    wall = thinnest_wall(mesh)
    low, high = held.bounds
    return Scoop(
        name=Path(file).stem,
        mesh=mesh,
        capture=held,
        lip=_lip(mesh),
        wall=wall if math.isfinite(wall) else None,
        pivot=(low + high) / 2,
        mouth_angle=_mouth_angle(mesh, held),
    )


def save_stl(tool: Tool, folder: str | Path, unit: str = "mm") -> dict[Path, TriangleMesh]:
    """Write a tool's parts to tool.stl, liner.stl and capture.stl, as far as it has them, in its own frame.

    Args:
        tool: The tool.
        folder: Where to, made if it does not exist; files of these names are replaced.
        unit: Unit of the files' numbers, one of `UNITS`; STL itself does not say it.

    Returns: What was written.
    Raises: ConfigError for an unknown unit; OutputError if the disk refuses.
    """
    import trimesh  # slow to import, and only STL needs it

    _check_unit(unit, "unit")
    parts = {"tool": tool.mesh, "liner": tool.liner, "capture": tool.capture}
    written = {Path(folder) / f"{name}.stl": mesh for name, mesh in parts.items() if mesh is not None}
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for path, mesh in written.items():
            trimesh.Trimesh(mesh.vertices / UNITS[unit], mesh.faces, process=False).export(path, file_type="stl")
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written: {error.strerror or error}; name another folder") from None
    return written


def _check_unit(unit: str, key: str) -> None:
    if unit not in UNITS:
        raise ConfigError(f'{key} = "{unit}": unknown unit; allowed: {", ".join(UNITS)}')


def _read(path: Path, unit: str, key: str) -> TriangleMesh:
    if not path.is_file():
        raise ConfigError(f'{key} = "{path}": no such file; give the path relative to the mission file')
    if path.suffix.lower() != ".stl":
        raise ConfigError(f'{key} = "{path}": must be an .stl file; export the part as STL')
    corners = _parse(path, key) * UNITS[unit]
    size = float(np.ptp(corners.reshape(-1, 3), axis=0).max())
    if not _PLAUSIBLE[0] <= size <= _PLAUSIBLE[1]:
        fitting = [name for name, factor in UNITS.items() if 0.01 <= size / UNITS[unit] * factor <= 1.0]
        hint = f' Did you mean unit = "{"mm" if "mm" in fitting else fitting[0]}"?' if fitting else ""
        raise ConfigError(f'{key} = "{path}": {size:.3g} m large in unit "{unit}"; allowed: 1 mm to 10 m.{hint}')
    mesh = _merge(corners, size)
    check_closed(mesh, f'{key} = "{path}"')
    return mesh


def _parse(path: Path, key: str) -> Floats:
    """Corners of all triangles in the file's unit, shape (T, 3, 3)."""
    import trimesh  # slow to import, and only STL needs it

    try:
        loaded = trimesh.load_mesh(str(path), file_type="stl", process=False)
        corners = np.array(loaded.triangles, dtype=np.float64)
    except Exception as error:  # trimesh raises whatever its parsers run into
        raise ConfigError(f'{key} = "{path}": cannot be read as STL ({error}); export it again') from error
    if len(corners) == 0:
        raise ConfigError(f'{key} = "{path}": holds no triangles; export the part as STL')
    if not np.isfinite(corners).all():
        raise ConfigError(f'{key} = "{path}": holds coordinates that are not finite numbers; export it again')
    return corners


def _merge(corners: Floats, size: float) -> TriangleMesh:
    """Join corners that differ by rounding, and drop the triangles that this folds up."""
    points = corners.reshape(-1, 3)
    grid = np.round((points - points.min(axis=0)) / (_MERGE * size)).astype(np.int64)
    _, first, where = np.unique(grid, axis=0, return_index=True, return_inverse=True)
    faces = np.asarray(where.reshape(-1, 3), dtype=np.int32)
    folded = (faces == np.roll(faces, 1, axis=1)).any(axis=1)
    return TriangleMesh(points[first], faces[~folded])


def _lip(mesh: TriangleMesh) -> Floats:
    score = mesh.vertices[:, 0] - mesh.vertices[:, 2]
    foremost = mesh.vertices[score >= score.max() - _MERGE * np.ptp(score)]
    middle: Floats = (foremost.min(axis=0) + foremost.max(axis=0)) / 2
    return middle


def _mouth_angle(mesh: TriangleMesh, capture: TriangleMesh) -> float:
    """Nose-up rotation that levels the mouth [rad]."""
    patches = smooth_patches(capture, math.radians(1))
    triangles, normals = capture.triangles, capture.normals
    weights = capture.areas
    areas = np.bincount(patches, weights=weights)

    def mean(values: Floats) -> Floats:
        sums = [np.bincount(patches, weights=weights * values[:, axis]) for axis in range(3)]
        return np.stack(sums, axis=1) / areas[:, None]

    distance = closest_points(mesh, mean(triangles.mean(axis=1)))[1]
    distance[areas < 0.01 * area(capture)] = -1.0  # a facet of a curved wall is no mouth
    normal = mean(normals)[int(distance.argmax())]
    return math.atan2(normal[0], normal[2])


def thinnest_wall(mesh: TriangleMesh) -> float:
    """Estimate the thinnest wall [m]: rays from triangle centres inwards to an opposite, nearly parallel side.

    At most 2000 triangles, spread evenly over the list, send a ray; a wedge of 15 degrees or more is no wall.

    Args:
        mesh: A closed mesh.

    Returns: The shortest ray; infinity if no two sides are parallel.
    Source: Moeller and Trumbore (1997), Fast, minimum storage ray-triangle intersection,
        doi:10.1080/10867651.1997.10487468.
    """
    triangles, normals = mesh.triangles, mesh.normals
    rays = np.unique(np.linspace(0, len(triangles) - 1, min(len(triangles), _MAX_RAYS)).round().astype(np.int64))
    step = max(1, 4_000_000 // len(triangles))
    thinnest = math.inf
    for begin in range(0, len(rays), step):
        some = rays[begin : begin + step]
        row, other = np.nonzero(normals[some] @ normals.T < _PARALLEL)
        origin, direction = triangles[some[row]].mean(axis=1), -normals[some[row]]
        distance = _ray_lengths(origin, direction, triangles[other])
        thinnest = min(thinnest, float(distance.min(initial=math.inf)))
    return thinnest


def _ray_lengths(origin: Floats, direction: Floats, triangles: Floats) -> Floats:
    """Distance from each origin to its triangle along its direction; infinity where the ray misses."""
    edge_1, edge_2 = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    offset = origin - triangles[:, 0]
    p, q = np.cross(direction, edge_2), np.cross(offset, edge_1)
    determinant = np.einsum("ij,ij->i", edge_1, p)
    u = np.einsum("ij,ij->i", offset, p)
    v = np.einsum("ij,ij->i", direction, q)
    along = np.einsum("ij,ij->i", edge_2, q)
    sign = np.where(determinant < 0, -1.0, 1.0)
    size = np.abs(determinant)
    u, v, along = sign * u, sign * v, sign * along
    tolerance = -1e-9 * size  # a ray through a seam must hit one of its triangles
    hit = (size > 0) & (u >= tolerance) & (v >= tolerance) & (u + v <= size - tolerance) & (along > 0)
    return np.divide(along, size, out=np.full(len(size), math.inf), where=hit)
