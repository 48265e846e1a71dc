"""Tools as closed triangle meshes: the parametric scoop, a user's STL, and what contact search needs of them."""

from regolith.tools.mesh import TriangleMesh, check_closed, closest_points, smooth_patches
from regolith.tools.probes import make_blade, make_cone
from regolith.tools.scoop import make_scoop
from regolith.tools.stl import load_stl
from regolith.tools.tool import Tool
from regolith.tools.voxels import VoxelGrid, voxelise

__all__ = [
    "Tool",
    "TriangleMesh",
    "VoxelGrid",
    "check_closed",
    "closest_points",
    "load_stl",
    "make_blade",
    "make_cone",
    "make_scoop",
    "smooth_patches",
    "voxelise",
]
