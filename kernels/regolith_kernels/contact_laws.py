"""Contact laws: each sub-model is one struct that holds its coefficients and its force, next to each other.

A law is nested from a normal, a rolling, a twisting and a cohesion model; Coulomb sliding with a spring joins them.
Kernels call `law.respond(touch, springs, dt)` and know no physics. `springs` is the contact's history, one row per
elastic slider, of grain i relative to grain j: sliding, then rolling, kept in the contact plane by the caller, and
twisting last, kept along the normal.
"""

import numpy as np

from regolith_kernels.precision import real, ti, vec3


@ti.dataclass
class Touch:
    """What a law may know of a touching pair. Velocities are of grain i relative to j, half a step old (leapfrog)."""

    overlap: real  # [m]; negative only for laws with a `reach`
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
    def elastic(self, touch):
        """Elastic force [N], tangential stiffness [N/m], damping coefficient [N s/m], contact radius [m]."""
        contact_radius = ti.sqrt(touch.r_eff * touch.overlap)
        k_n = real(4.0 / 3.0) * self.e_eff * contact_radius
        k_t = real(8.0) * self.g_eff * contact_radius
        return k_n * touch.overlap, k_t, self.damping * ti.sqrt(touch.m_eff * k_n), contact_radius


@ti.dataclass
class Linear:
    """Linear spring and dashpot. Source: Cundall & Strack (1979), 10.1680/geot.1979.29.1.47."""

    k_n: real  # [N/m]
    k_t: real  # [N/m]
    damping: real  # alpha [-]: c = alpha sqrt(m* k_n)

    @ti.func
    def elastic(self, touch):
        """Elastic force [N], tangential stiffness [N/m], damping coefficient [N s/m], contact radius as Hertz's [m]."""
        contact_radius = ti.sqrt(touch.r_eff * touch.overlap)
        return self.k_n * touch.overlap, self.k_t, self.damping * ti.sqrt(touch.m_eff * self.k_n), contact_radius


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
class ConstantRolling:
    """A couple of constant size against the rolling, however slow: mu_r R* F. It has no history.

    It slows what rolls; at rest its sign flips from step to step, so that a slope does not hold a grain still: `Epsd`
    does. Source: Zhou, Wright, Yang, Xu & Yu (1999), 10.1016/S0378-4371(99)00183-1; Ai, Chen, Rotter & Ooi (2011),
    10.1016/j.powtec.2010.09.030, model A.
    """

    friction: real  # couple over (normal force times R*) [-]

    @ti.func
    def couple(self, touch, pressing):
        """Couple on grain i [N m]."""
        rolling = touch.spin - touch.spin.dot(touch.normal) * touch.normal
        rate = rolling.norm()
        couple = vec3(0.0)
        if rate > 0.0:
            couple = -self.friction * touch.r_eff * pressing / rate * rolling
        return couple


@ti.dataclass
class Twisting:
    """Spring, dashpot and slider about the normal: k = k_t a^2 / 2 [N m] up to a couple of mu_tw R* F.

    Source: Marshall (2009), 10.1016/j.jcp.2008.10.020, eq. 34, for the spring; LAMMPS, `pair_style granular`,
    `twisting sds`. Written as a force at R*, as in `Epsd`: the spring is R* times the relative rotation, along the
    normal, so it changes sign with the order of the grains like all others.
    """

    friction: real  # largest couple over (normal force times R*) [-]
    damping: real  # share of the critical damping of the spring, with m* at R* [-]

    @ti.func
    def couple(self, touch, spring, pressing, k_t, contact_radius, dt):
        """Couple on grain i [N m] and the twisting spring [m]."""
        v_twist = touch.r_eff * touch.spin.dot(touch.normal) * touch.normal
        share = contact_radius / touch.r_eff
        k = real(0.5) * k_t * share * share
        c = real(2.0) * self.damping * ti.sqrt(touch.m_eff * k)
        force, spring = slide(v_twist, spring, self.friction * pressing, k, c, dt)
        return touch.r_eff * force, spring


@ti.dataclass
class Dmt:
    """The same attraction as long as the grains touch: the pull-off force 4 pi gamma R* (2 pi w R*, with w = 2 gamma).

    Source: Derjaguin, Muller & Toporov (1975), 10.1016/0021-9797(75)90018-1; Maugis (2000), Contact, Adhesion and
    Rupture of Elastic Solids, section 4.2.
    """

    surface_energy: real  # gamma, of each of the two surfaces [J/m2]

    @ti.func
    def attraction(self, touch):
        """Attractive force [N], zero or more."""
        return self.surface_energy * real(4.0 * np.pi) * touch.r_eff


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
def slide(velocity, spring, limit, k, c, dt):
    """Force [N] against a velocity [m/s], and the spring [m]: spring and dashpot up to a limit [N] (Coulomb)."""
    spring += velocity * dt
    force = -k * spring - c * velocity
    if force.norm_sqr() > limit * limit:
        force *= limit / force.norm()
        spring = -(force + c * velocity) / k  # the spring that holds the sliding force
    return force, spring


def contact_law(normal, rolling=None, twisting=None, cohesion=None):
    """Nest sub-models into a law: a struct type with `respond`, and how many springs its history has.

    Args:
        normal: `Hertz` or `Linear`.
        rolling: `Epsd`, `ConstantRolling` or None.
        twisting: `Twisting` or None.
        cohesion: `Sjkr`, `Dmt` or None.

    Returns:
        The struct type, with members normal, friction, rolling, twisting, cohesion (as chosen), and its number of
        springs.
    """
    rolls, twists, sticks = rolling is not None, twisting is not None, cohesion is not None
    rolls_on_spring, felt = rolling is Epsd, sticks and cohesion is not Sjkr
    n_planar = 2 if rolls_on_spring else 1
    n_springs = n_planar + twists
    members = {"normal": normal, "friction": real}
    members |= {"rolling": rolling} if rolls else {}
    members |= {"twisting": twisting} if twists else {}
    members |= {"cohesion": cohesion} if sticks else {}

    @ti.func
    def press(self, touch, load, c, attraction, dt):
        """What presses the surfaces together [N]: the elastic force and the dashpot's, never less than nothing."""
        half = real(0.5) * c * dt / touch.m_eff
        # damping at the mid-step velocity keeps the restitution at 50 steps a contact
        pressing = load - c * touch.v_n
        if ti.static(felt):  # SJKR's, which goes with the overlap, is left out as it always was
            pressing += half * attraction
        return ti.max(pressing / (real(1.0) + half), real(0.0))

    @ti.func
    def respond(self, touch, springs, dt):
        """Normal force [N] (negative: attraction), tangential force [N], couple [N m] on grain i, new springs [m]."""
        load, k_t, c, contact_radius = self.normal.elastic(touch)
        attraction = real(0.0)
        if ti.static(sticks):
            attraction = self.cohesion.attraction(touch)
        pressing = self.press(touch, load, c, attraction, dt)
        # grains stick by what presses their surfaces together: cohesion adds strength at no load (Derjaguin 1934)
        f_t, springs[0, :] = slide(touch.v_t, springs[0, :], self.friction * pressing, k_t, c, dt)
        couple = vec3(0.0)
        if ti.static(rolls_on_spring):
            couple, springs[1, :] = self.rolling.couple(touch, springs[1, :], pressing, k_t, dt)
        elif ti.static(rolls):
            couple = self.rolling.couple(touch, pressing)
        if ti.static(twists):
            twist, springs[n_planar, :] = self.twisting.couple(
                touch, springs[n_planar, :], pressing, k_t, contact_radius, dt
            )
            couple += twist
        return pressing - attraction, f_t, couple, springs

    return ti.types.struct(**members, __struct_methods={"press": press, "respond": respond}), n_springs


def planar_springs(law, springs):
    """How many rows of a law's history lie in the contact plane; a twisting spring, the last row, lies across it."""
    return springs.n - int("twisting" in law.members)
