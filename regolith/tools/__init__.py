"""Tools as closed triangle meshes: scoop, corers, probes, a user's STL, and what contact search needs of them."""

from regolith.tools.corer import CorerShape, make_corer, make_tube
from regolith.tools.mesh import TriangleMesh, check_closed, closest_points, smooth_patches
from regolith.tools.probes import make_blade, make_cone, make_plate
from regolith.tools.scoop import make_scoop
from regolith.tools.stl import load_stl, save_stl
from regolith.tools.tool import Corer, Flight, Scoop, Tool
from regolith.tools.voxels import VoxelGrid, voxelise

__all__ = [
    "Corer",
    "CorerShape",
    "Flight",
    "Scoop",
    "Tool",
    "TriangleMesh",
    "VoxelGrid",
    "check_closed",
    "closest_points",
    "load_stl",
    "make_blade",
    "make_cone",
    "make_corer",
    "make_plate",
    "make_scoop",
    "make_tube",
    "save_stl",
    "smooth_patches",
    "voxelise",
]
