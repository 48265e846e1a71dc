"""Triangle meshes: checks, smooth patches, closest points. Plain NumPy, float64, metres."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regolith.errors import ConfigError

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

MAX_DIHEDRAL = np.deg2rad(15.0)
_SLIVER = 1e-9  # height over longest edge below which a triangle has no usable normal
_CHUNK = 400_000  # point-triangle pairs handled at once: about 100 MB of temporaries


@dataclass(frozen=True, eq=False)
class TriangleMesh:
    """Triangles with outward normals by the right-hand rule; the arrays are read-only.

    Attributes:
        vertices: Corner positions [m], shape (V, 3), float64.
        faces: Corner numbers of each triangle, shape (T, 3), int32.
    """

    vertices: Floats
    faces: Ints

    def __post_init__(self) -> None:
        vertices = np.array(self.vertices, dtype=np.float64, order="C")
        faces = np.array(self.faces, dtype=np.int32, order="C")
        if vertices.ndim != 2 or vertices.shape[1] != 3 or faces.ndim != 2 or faces.shape[1] != 3:
            raise ConfigError(
                f"mesh: vertices must have shape (V, 3) and faces (T, 3), got {vertices.shape} and {faces.shape}"
            )
        if len(faces) and (faces.min() < 0 or faces.max() >= len(vertices)):
            raise ConfigError(f"mesh: faces name vertices outside 0..{len(vertices) - 1}; number the corners from 0")
        for name, array in (("vertices", vertices), ("faces", faces)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def triangles(self) -> Floats:
        """Corner positions [m], shape (T, 3, 3)."""
        return self.vertices[self.faces]

    @property
    def normals(self) -> Floats:
        """Outward unit normals, shape (T, 3); zero for a triangle without area."""
        vectors = _area_vectors(self.triangles)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)

    @property
    def areas(self) -> Floats:
        """Area of each triangle [m2], shape (T,)."""
        return np.asarray(np.linalg.norm(_area_vectors(self.triangles), axis=1))

    @property
    def bounds(self) -> Floats:
        """Lowest and highest corner of the bounding box [m], shape (2, 3)."""
        return np.array([self.vertices.min(axis=0), self.vertices.max(axis=0)])


def _area_vectors(triangles: Floats) -> Floats:
    edge_1, edge_2 = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    return 0.5 * np.cross(edge_1, edge_2)


def area(mesh: TriangleMesh) -> float:
    """Surface area [m2]."""
    return float(mesh.areas.sum())


def volume(mesh: TriangleMesh) -> float:
    """Enclosed volume [m3] by the divergence theorem; negative where the normals point inwards."""
    return float(_signed_volumes(mesh).sum())


def _signed_volumes(mesh: TriangleMesh) -> Floats:
    triangles = mesh.triangles - mesh.vertices.mean(axis=0)  # near the origin, or digits cancel
    volumes: Floats = np.einsum("ij,ij->i", triangles[:, 0], _area_vectors(triangles)) / 3
    return volumes


def contains(mesh: TriangleMesh, points: ArrayLike) -> NDArray[np.bool_]:
    """Which points lie inside a closed mesh, by its winding number.

    Args:
        mesh: A closed mesh.
        points: Positions [m], shape (n, 3).

    Returns: shape (n,); a point on the surface may come out either way.
    Source: Van Oosterom and Strackee (1983), The solid angle of a plane triangle, doi:10.1109/TBME.1983.325207.
    """
    points = np.atleast_2d(np.asarray(points, dtype=np.float64))
    inside = np.empty(len(points), dtype=bool)
    step = max(1, _CHUNK // max(1, len(mesh.faces)))
    for begin in range(0, len(points), step):
        corner = mesh.triangles[None] - points[begin : begin + step, None, None]
        length = np.linalg.norm(corner, axis=3)
        a, b, c = corner[:, :, 0], corner[:, :, 1], corner[:, :, 2]
        numerator = np.einsum("ijk,ijk->ij", a, np.cross(b, c))
        denominator = (
            length.prod(axis=2)
            + np.einsum("ijk,ijk->ij", a, b) * length[:, :, 2]
            + np.einsum("ijk,ijk->ij", b, c) * length[:, :, 0]
            + np.einsum("ijk,ijk->ij", c, a) * length[:, :, 1]
        )
        inside[begin : begin + step] = np.arctan2(numerator, denominator).sum(axis=1) > np.pi  # 2 pi inside, 0 outside
    return inside


def check_closed(mesh: TriangleMesh, name: str) -> None:
    """Refuse a mesh that does not bound a solid.

    Args:
        mesh: The mesh.
        name: What to call it in the message: the file or the tool.

    Raises: ConfigError that counts every kind of defect and says what to do.
    """
    if len(mesh.faces) < 4:
        raise ConfigError(f"{name}: {len(mesh.faces)} triangles; a closed mesh has at least 4. Export a solid.")
    bad = int((~np.isfinite(mesh.vertices)).any(axis=1).sum())
    if bad:
        raise ConfigError(f"{name}: {bad} vertices are not finite numbers; export the mesh again.")
    problems = [text for count, text in _defects(mesh) if count]
    if problems:
        raise ConfigError(
            f"{name}: not a closed solid with outward normals: {'; '.join(problems)}. "
            "Repair the mesh in your CAD or mesh program (close holes, unify normals outwards, remove doubles)."
        )


def _defects(mesh: TriangleMesh) -> list[tuple[int, str]]:
    slivers = int((_flatness(mesh.triangles) < _SLIVER).sum())
    doubles = len(mesh.faces) - len(np.unique(np.sort(mesh.faces, axis=1), axis=0))
    uses, forward = _edge_uses(mesh)
    open_edges, crowded = int((uses == 1).sum()), int((uses > 2).sum())
    flipped = int(((uses == 2) & (forward != 1)).sum())
    defects = [
        (slivers, f"{slivers} triangles without area"),
        (doubles, f"{doubles} duplicate triangles"),
        (open_edges, f"{open_edges} open edges (holes, or vertices that do not meet)"),
        (crowded, f"{crowded} non-manifold edges (more than two triangles meet)"),
        (flipped, f"{flipped} edges between triangles of opposite orientation"),
    ]
    if not any(count for count, _ in defects):  # the sign of a volume means nothing on an open mesh
        inverted, parts = _inverted_parts(mesh)
        defects.append(
            (
                inverted,
                f"{inverted} of {parts} closed parts inside-out (negative volume: flip the normals; remove "
                "a hollow enclosed in the solid)",
            )
        )
    return defects


def _flatness(triangles: Floats) -> Floats:
    """Height over longest edge of each triangle [-]."""
    longest = np.linalg.norm(triangles - np.roll(triangles, 1, axis=1), axis=2).max(axis=1)
    double_area = 2 * np.linalg.norm(_area_vectors(triangles), axis=1)
    return np.divide(double_area, longest**2, out=np.zeros_like(longest), where=longest > 0)


def _edges(mesh: TriangleMesh) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Directed edges (3T, 2) and the triangle each belongs to (3T,)."""
    faces = mesh.faces.astype(np.int64)
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    return edges, np.tile(np.arange(len(faces)), 3)


def _edge_uses(mesh: TriangleMesh) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many triangles use each undirected edge, and how many of them run it from low to high number."""
    edges, _ = _edges(mesh)
    low_to_high = (edges[:, 0] < edges[:, 1]).astype(np.int64)
    key = edges.min(axis=1) * len(mesh.vertices) + edges.max(axis=1)
    unique, where = np.unique(key, return_inverse=True)
    uses = np.bincount(where, minlength=len(unique))
    forward = np.bincount(where, weights=low_to_high, minlength=len(unique)).astype(np.int64)
    return uses, forward


def _neighbours(mesh: TriangleMesh) -> NDArray[np.int64]:
    """Pairs of triangles that share an edge, shape (m, 2), each pair of an edge's users in sequence."""
    edges, owner = _edges(mesh)
    key = edges.min(axis=1) * len(mesh.vertices) + edges.max(axis=1)
    order = np.argsort(key, kind="stable")
    same = key[order][1:] == key[order][:-1]
    return np.stack([owner[order][:-1][same], owner[order][1:][same]], axis=1)


def _label(pairs: NDArray[np.int64], count: int) -> Ints:
    """Component number of each of `count` nodes joined by `pairs`, numbered by lowest member.

    Every node names a lower one of its component, or itself; where two such roots are joined, the higher then names
    the lower.
    """
    label = np.arange(count)
    while len(joined := pairs[label[pairs[:, 0]] != label[pairs[:, 1]]]):
        ends = label[joined]
        np.minimum.at(label, ends.max(axis=1), ends.min(axis=1))
        while (label != label[label]).any():
            label = label[label]
    return np.unique(label, return_inverse=True)[1].astype(np.int32)


def _inverted_parts(mesh: TriangleMesh) -> tuple[int, int]:
    """Closed parts with a negative volume, and all parts."""
    part = _label(_neighbours(mesh), len(mesh.faces))
    volumes = np.bincount(part, weights=_signed_volumes(mesh))
    return int((volumes <= 0).sum()), len(volumes)


def smooth_patches(mesh: TriangleMesh, max_dihedral: float = MAX_DIHEDRAL) -> Ints:
    """Join triangles over edges that bend by at most `max_dihedral`.

    A grain has one contact per patch, so that it rolls over the seams of a patch as over one surface.

    Args:
        mesh: The mesh.
        max_dihedral: Largest angle between the outward normals of two joined triangles [rad].

    Returns: Patch number of each triangle, shape (T,), int32, 0..P-1 in the order of the patches' lowest triangles.
    """
    pairs = _neighbours(mesh)
    normals = mesh.normals
    cross = np.linalg.norm(np.cross(normals[pairs[:, 0]], normals[pairs[:, 1]]), axis=1)
    dot = np.einsum("ij,ij->i", normals[pairs[:, 0]], normals[pairs[:, 1]])
    return _label(pairs[np.arctan2(cross, dot) <= max_dihedral], len(mesh.faces))


def closest_point_on_triangles(points: Floats, triangles: Floats) -> Floats:
    """Closest point of each triangle to its own point: the vertex, edge or face region that the point lies in.

    Args:
        points: Positions [m], shape (n, 3).
        triangles: Corners a, b, c [m], shape (n, 3, 3).

    Returns: Closest points [m], shape (n, 3).
    Source: Ericson (2005), Real-Time Collision Detection, section 5.1.5.
    """
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    ab, ac = b - a, c - a
    d1, d2 = _dot(ab, points - a), _dot(ac, points - a)
    d3, d4 = _dot(ab, points - b), _dot(ac, points - b)
    d5, d6 = _dot(ab, points - c), _dot(ac, points - c)
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
    on_ab, on_ac, on_bc = _ratio(d1, d1 - d3), _ratio(d2, d2 - d6), _ratio(d4 - d3, (d4 - d3) + (d5 - d6))
    total = va + vb + vc
    zero, one = np.zeros_like(d1), np.ones_like(d1)
    regions = [
        ((d1 <= 0) & (d2 <= 0), zero, zero),  # vertex a
        ((d3 >= 0) & (d4 <= d3), one, zero),  # vertex b
        ((vc <= 0) & (d1 >= 0) & (d3 <= 0), on_ab, zero),  # edge ab
        ((d6 >= 0) & (d5 <= d6), zero, one),  # vertex c
        ((vb <= 0) & (d2 >= 0) & (d6 <= 0), zero, on_ac),  # edge ac
        ((va <= 0) & (d4 >= d3) & (d5 >= d6), 1 - on_bc, on_bc),  # edge bc
    ]
    tests = [test for test, _, _ in regions]
    v = np.select(tests, [value for _, value, _ in regions], _ratio(vb, total))
    w = np.select(tests, [value for _, _, value in regions], _ratio(vc, total))
    return a + v[:, None] * ab + w[:, None] * ac


def _dot(a: Floats, b: Floats) -> Floats:
    return a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1] + a[:, 2] * b[:, 2]


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0)


def closest_points(mesh: TriangleMesh, points: ArrayLike) -> tuple[Floats, Floats, Ints]:
    """Closest point of the whole mesh to each point, by brute force.

    Args:
        mesh: The mesh.
        points: Positions [m], shape (n, 3).

    Returns: Closest points [m] (n, 3), distances [m] (n,), triangles (n,): the lowest number among equals.
    """
    points = np.atleast_2d(np.asarray(points, dtype=np.float64))
    count, triangles = len(mesh.faces), mesh.triangles
    closest, distance = np.empty((len(points), 3)), np.empty(len(points))
    nearest = np.empty(len(points), dtype=np.int32)
    step = max(1, _CHUNK // count)
    for begin in range(0, len(points), step):
        some = points[begin : begin + step]
        found = closest_point_on_triangles(np.repeat(some, count, axis=0), np.tile(triangles, (len(some), 1, 1)))
        found = found.reshape(len(some), count, 3)
        gap = np.linalg.norm(found - some[:, None], axis=2)
        best = gap.argmin(axis=1)
        rows = np.arange(len(some))
        window = slice(begin, begin + len(some))
        closest[window], distance[window], nearest[window] = found[rows, best], gap[rows, best], best
    return closest, distance, nearest
