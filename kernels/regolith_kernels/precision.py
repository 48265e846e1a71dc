"""Number types of the kernels, and the one place that imports Taichi.

Types freeze when a module with structs is imported, so a process has one precision. It is read from
`REGOLITH_PRECISION` before the first import of this package: "mixed" (positions and grain velocities f64, the rest
f32) or "f64".
"""

import os
from typing import TYPE_CHECKING, Any

os.environ.setdefault("ENABLE_TAICHI_HEADER_PRINT", "0")
os.environ.setdefault("TI_SKIP_VERSION_CHECK", "ON")  # else ti.init reports to a server

if os.environ.get("REGOLITH_TAICHI") == "quadrants":  # the maintained fork; same source
    import quadrants as ti
else:
    import taichi as ti

PRECISION = os.environ.get("REGOLITH_PRECISION", "mixed")
if PRECISION not in ("mixed", "f64"):
    raise ValueError(f"REGOLITH_PRECISION = {PRECISION!r}: must be 'mixed' or 'f64'")

length = ti.f64  # absolute positions, poses, sums over grains
real = ti.f64 if PRECISION == "f64" else ti.f32  # relative quantities: velocities, forces, springs
vec3 = ti.types.vector(3, real)
point3 = ti.types.vector(3, length)
mat3 = ti.types.matrix(3, 3, length)
int3 = ti.types.vector(3, ti.i32)

if TYPE_CHECKING:
    Field = Any
else:
    Field = ti.template()

__all__ = ["PRECISION", "Field", "int3", "length", "mat3", "point3", "real", "ti", "vec3"]
