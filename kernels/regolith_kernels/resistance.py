"""What resists sliding, rolling and twisting of a contact: one struct per model, its coefficients beside its couple.

Springs are lengths of grain i relative to grain j, so they change sign with the order of the grains.
"""

from regolith_kernels.precision import real, ti, vec3


@ti.func
def slide(velocity, spring, limit, k, c, dt):
    """Force [N] against a velocity [m/s], and the spring [m]: spring and dashpot up to a limit [N] (Coulomb)."""
    spring += velocity * dt
    force = -k * spring - c * velocity
    if force.norm_sqr() > limit * limit:
        force *= limit / force.norm()
        spring = (force + c * velocity) * (real(-1.0) / k)  # the spring that holds the sliding force
    return force, spring


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
            spring = force * (real(-1.0) / k_roll)  # no dashpot once it rolls (model C)
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
