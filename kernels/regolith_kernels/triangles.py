"""Closest point on a triangle. Source: Ericson (2005), Real-Time Collision Detection, section 5.1.5."""

from regolith_kernels.precision import ti

FACE = -1


@ti.func
def closest_on_triangle(x, a, b, c):
    """Closest point of triangle abc to x, and its feature: FACE, edge 0-2 (ab, bc, ca) or vertex 3-5 (a, b, c)."""
    ab, ac, bc = b - a, c - a, c - b
    ax, bx, cx = x - a, x - b, x - c
    d1, d2, d3, d4, d5, d6 = ab.dot(ax), ac.dot(ax), ab.dot(bx), ac.dot(bx), ab.dot(cx), ac.dot(cx)
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
    q, feature = a, 3
    if d1 <= 0 and d2 <= 0:
        q, feature = a, 3
    elif d3 >= 0 and d4 <= d3:
        q, feature = b, 4
    elif vc <= 0 and d1 >= 0 and d3 <= 0:
        q, feature = a + d1 / (d1 - d3) * ab, 0
    elif d6 >= 0 and d5 <= d6:
        q, feature = c, 5
    elif vb <= 0 and d2 >= 0 and d6 <= 0:
        q, feature = a + d2 / (d2 - d6) * ac, 2
    elif va <= 0 and d4 - d3 >= 0 and d5 - d6 >= 0:
        q, feature = b + (d4 - d3) / ((d4 - d3) + (d5 - d6)) * bc, 1
    else:
        q, feature = a + (vb * ab + vc * ac) / (va + vb + vc), FACE
    return q, feature


@ti.func
def closest_on_facet(x, t):
    """Closest point of a triangle to x, its distance, whether it lies on a patch's rim, and whether x is in front."""
    q, feature = closest_on_triangle(x, t.a, t.b, t.c)
    gap, rim = (x - q).norm(), 0
    height = (x - q).dot(t.normal)
    if feature == FACE:  # along the stored normal, so that every triangle of a plane gives the same bits
        gap = ti.abs(height)
        q = x - height * t.normal
    else:
        rim = (t.rims >> feature) & 1
    return q, gap, rim, height > 0.0
