"""Contact laws: each sub-model is one struct that holds its coefficients and its force, next to each other.

A law is nested from a normal, a rolling and a cohesion model; Coulomb sliding with a spring joins them. Kernels call
`law.respond(touch, springs, dt)` and know no physics. `springs` is the contact's history, one row per elastic slider,
of grain i relative to grain j, kept in the contact plane by the caller.
"""

import numpy as np

from regolith_kernels.precision import real, ti, vec3


@ti.dataclass
class Touch:
    """What a law may know of a touching pair. Velocities are of grain i relative to j, half a step old (leapfrog)."""

    overlap: real  # [m]
    normal: vec3  # unit, from j to i
    v_n: real  # along the normal; negative on approach [m/s]
    v_t: vec3  # of the surfaces at the contact point [m/s]
    spin: vec3  # relative angular velocity [rad/s]
    r_eff: real  # 1 / (1/r_i + 1/r_j) [m]
    m_eff: real  # 1 / (1/m_i + 1/m_j) [kg]


@ti.dataclass
class Hertz:
    """Hertz's normal and Mindlin's tangential stiffness: k_n = 4/3 E* sqrt(R* overlap), k_t = 8 G* sqrt(R* overlap).

    Source: Hertz (1882); Mindlin (1949); Tsuji, Tanaka & Ishida (1992), 10.1016/0032-5910(92)88030-L, for the form of
    the damping, whose coefficient is solved at set-up instead of taken from their fit.
    """

    e_eff: real  # E* [Pa]
    g_eff: real  # G* [Pa]
    damping: real  # alpha [-]: c = alpha sqrt(m* k_n)

    @ti.func
    def coefficients(self, touch):
        """Secant normal stiffness [N/m], tangential stiffness [N/m], damping coefficient [N s/m]."""
        contact_radius = ti.sqrt(touch.r_eff * touch.overlap)
        k_n = real(4.0 / 3.0) * self.e_eff * contact_radius
        return k_n, real(8.0) * self.g_eff * contact_radius, self.damping * ti.sqrt(touch.m_eff * k_n)


@ti.dataclass
class Linear:
    """Linear spring and dashpot. Source: Cundall & Strack (1979), 10.1680/geot.1979.29.1.47."""

    k_n: real  # [N/m]
    k_t: real  # [N/m]
    damping: real  # alpha [-]: c = alpha sqrt(m* k_n)

    @ti.func
    def coefficients(self, touch):
        """Normal stiffness [N/m], tangential stiffness [N/m], damping coefficient [N s/m]."""
        return self.k_n, self.k_t, self.damping * ti.sqrt(touch.m_eff * self.k_n)


@ti.dataclass
class Epsd:
    """Elastic-plastic spring-dashpot rolling resistance, with the tangential stiffness as its spring.

    Source: Ai, Chen, Rotter & Ooi (2011), 10.1016/j.powtec.2010.09.030, model C; spring k_r = k_t R*^2 after Iwashita
    & Oda (1998). Written as a force at R*, so that the couple is R* times it. The spring is R* times the relative
    rotation in the contact plane: like the sliding one it changes sign with the order of the grains.
    """

    friction: real  # largest couple over (normal force times R*) [-]
    damping: real  # share of critical damping while the spring holds [-]

    @ti.func
    def couple(self, touch, spring, pressing, k_roll, dt):
        """Couple on grain i [N m] and the rolling spring [m]."""
        v_roll = touch.r_eff * (touch.spin - touch.spin.dot(touch.normal) * touch.normal)
        spring += v_roll * dt
        c = real(2.0) * self.damping * ti.sqrt(touch.m_eff * k_roll)
        force = -k_roll * spring - c * v_roll
        limit = self.friction * pressing
        if force.norm_sqr() > limit * limit:
            force *= limit / force.norm()
            spring = -force / k_roll  # no dashpot once it rolls (model C)
        return touch.r_eff * force, spring


@ti.dataclass
class Sjkr:
    """Cohesion energy density times contact area; the area of two spheres' intersection, 2 pi R* overlap.

    Source: LIGGGHTS manual, `cohesion sjkr`, with the area to first order in the overlap.
    """

    energy_density: real  # [Pa]

    @ti.func
    def attraction(self, touch):
        """Attractive force [N], zero or more."""
        return self.energy_density * real(2.0 * np.pi) * touch.r_eff * touch.overlap


@ti.func
def slide(touch, spring, pressing, friction, k_t, c, dt):
    """Tangential force on grain i [N] and the spring [m]: spring and dashpot up to Coulomb's limit."""
    spring += touch.v_t * dt
    force = -k_t * spring - c * touch.v_t
    limit = friction * pressing
    if force.norm_sqr() > limit * limit:
        force *= limit / force.norm()
        spring = -(force + c * touch.v_t) / k_t  # the spring that holds the sliding force
    return force, spring


def contact_law(normal, rolling=None, cohesion=None):
    """Nest sub-models into a law: a struct type with `respond`, and how many springs its history has.

    Args:
        normal: `Hertz` or `Linear`.
        rolling: `Epsd` or None.
        cohesion: `Sjkr` or None.

    Returns:
        The struct type, with members normal, friction, rolling, cohesion (as chosen), and its number of springs.
    """
    rolls, sticks = rolling is not None, cohesion is not None
    n_springs = 2 if rolls else 1
    members = {"normal": normal, "friction": real}
    members |= {"rolling": rolling} if rolls else {}
    members |= {"cohesion": cohesion} if sticks else {}

    @ti.func
    def respond(self, touch, springs, dt):
        """Normal force [N] (negative: attraction), tangential force [N], couple [N m] on grain i, new springs [m]."""
        k_n, k_t, c = self.normal.coefficients(touch)
        # damping at the mid-step velocity keeps the restitution at 50 steps a contact
        pressing = (k_n * touch.overlap - c * touch.v_n) / (real(1.0) + real(0.5) * c * dt / touch.m_eff)
        pressing = ti.max(pressing, real(0.0))
        # grains stick by what presses their surfaces together: cohesion adds strength at no load (Derjaguin 1934)
        f_t, spring = slide(touch, springs[0, :], pressing, self.friction, k_t, c, dt)
        springs[0, :] = spring
        couple = vec3(0.0)
        if ti.static(rolls):
            couple, spring = self.rolling.couple(touch, springs[1, :], pressing, k_t, dt)
            springs[1, :] = spring
        f_n = pressing
        if ti.static(sticks):
            f_n -= self.cohesion.attraction(touch)
        return f_n, f_t, couple, springs

    return ti.types.struct(**members, __struct_methods={"respond": respond}), n_springs
