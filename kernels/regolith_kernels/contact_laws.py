"""Contact laws: each sub-model is one struct that holds its coefficients and its force, next to each other.

A law is nested from a normal, a rolling, a twisting and a cohesion model; Coulomb sliding with a spring joins them.
Kernels call `law.respond(touch, springs, dt)` and know no physics. `springs` is the contact's history, one row per
elastic slider, of grain i relative to grain j: sliding, then rolling, kept in the contact plane by the caller, and
twisting last, kept along the normal.
"""

import numpy as np

from regolith_kernels.precision import real, ti, vec3
from regolith_kernels.resistance import Epsd, slide

JKR_STEPS = 9 if real == ti.f64 else 5  # to the last digits but one


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
class Jkr:
    """Hertz with adhesion inside the contact, which forms at touch and tears at a negative overlap.

    overlap = a^2 / R* - 2 sqrt(pi gamma a / E*) and F = 4 E* a^3 / (3 R*) - 4 sqrt(pi gamma E* a^3), with the contact
    radius a, down to a0^3 = pi gamma R*^2 / (4 E*) where it tears at 5/9 of the pull-off force 3 pi gamma R*.
    Stiffnesses are those of Hertz and Mindlin at that a: k_n = 4/3 E* a for the dashpot, k_t = 8 G* a.
    Friction acts on F + 2 * 3 pi gamma R*: the load that a contact peeled by the tangential force would press with.
    Source: Johnson, Kendall & Roberts (1971), 10.1098/rspa.1971.0141, with w = 2 gamma; Thornton (1991),
    10.1088/0022-3727/24/11/007, for friction.
    """

    e_eff: real  # E* [Pa]
    g_eff: real  # G* [Pa]
    damping: real  # alpha [-]: c = alpha sqrt(m* k_n)
    surface_energy: real  # gamma, of each of the two surfaces [J/m2]

    @ti.func
    def torn(self, r_eff):
        """Contact radius at which the contact tears [m]."""
        return ti.pow(real(0.25 * np.pi) * self.surface_energy * r_eff * r_eff / self.e_eff, real(1.0 / 3.0))

    @ti.func
    def reach(self, r_eff):
        """How far beyond touching a contact holds [m]: 3 a0^2 / R*."""
        a0 = self.torn(r_eff)
        return real(3.0) * a0 * a0 / r_eff

    @ti.func
    def contact_radius(self, touch):
        """Contact radius on the stable branch [m].

        With a = a0 + t: t^2 (1 + 2 a0 / (sqrt a0 + sqrt a)^2) = R* (overlap + reach). Solved for t by iteration, each
        step of which takes the error down to 5 % or less, also where the contact tears and Newton would divide by 0.
        """
        a0 = self.torn(touch.r_eff)
        above = ti.max(touch.r_eff * touch.overlap + real(3.0) * a0 * a0, real(0.0))
        a = a0 + ti.sqrt(above)
        for _ in ti.static(range(JKR_STEPS)):
            root = ti.sqrt(a0) + ti.sqrt(a)
            a = a0 + ti.sqrt(above / (real(1.0) + real(2.0) * a0 / ti.max(root * root, real(1e-30))))
        return a

    @ti.func
    def elastic(self, touch):
        """Load that friction feels [N], tangential stiffness [N/m], damping coefficient [N s/m], contact radius [m]."""
        a = self.contact_radius(touch)
        k_n = real(4.0 / 3.0) * self.e_eff * a
        adhesion = real(4.0) * a * ti.sqrt(real(np.pi) * self.surface_energy * self.e_eff * a)
        load = k_n * a * a / touch.r_eff - adhesion + self.attraction(touch)
        return load, real(8.0) * self.g_eff * a, self.damping * ti.sqrt(touch.m_eff * k_n), a

    @ti.func
    def attraction(self, touch):
        """That load less the force [N]: twice the pull-off force."""
        return real(6.0 * np.pi) * self.surface_energy * touch.r_eff


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
def press(touch, load, c, attraction, dt):
    """What presses the surfaces together [N]: the elastic force and the dashpot's, never less than nothing."""
    # damping at the mid-step velocity, which feels the attraction too, keeps the restitution at 50 steps a contact
    half = real(0.5) * c * dt / touch.m_eff
    return ti.max((load - c * touch.v_n + half * attraction) / (real(1.0) + half), real(0.0))


@ti.func
def reach_of_normal(law, r_eff):
    """How far beyond touching a contact holds [m]."""
    return law.normal.reach(r_eff)


def contact_law(normal, rolling=None, twisting=None, cohesion=None):
    """Nest sub-models into a law: a struct type with `respond`, and how many springs its history has.

    A law that holds contacts beyond touching also has `reach(r_eff)`, how far [m].

    Args:
        normal: `Hertz`, `Linear` or `Jkr` (then without cohesion).
        rolling: `Epsd`, `ConstantRolling` or None.
        twisting: `Twisting` or None.
        cohesion: `Sjkr`, `Dmt` or None.

    Returns:
        The struct type, with members normal, friction, rolling, twisting, cohesion (as chosen), and its number of
        springs.
    """
    rolls, twists, adheres = rolling is not None, twisting is not None, normal is Jkr
    sticks, springy = adheres or cohesion is not None, rolling is Epsd
    n_planar = 2 if springy else 1
    n_springs = n_planar + twists
    models = {"normal": normal, "friction": real, "rolling": rolling, "twisting": twisting, "cohesion": cohesion}
    members = {name: model for name, model in models.items() if model is not None}

    @ti.func
    def respond(self, touch, springs, dt):
        """Normal force [N] (negative: attraction), tangential force [N], couple [N m] on grain i, new springs [m]."""
        load, k_t, c, contact_radius = self.normal.elastic(touch)
        attraction = real(0.0)
        if ti.static(adheres):
            attraction = self.normal.attraction(touch)
        elif ti.static(sticks):
            attraction = self.cohesion.attraction(touch)
        pressing = press(touch, load, c, attraction, dt)
        # grains stick by what presses their surfaces together: cohesion adds strength at no load (Derjaguin 1934)
        f_t, springs[0, :] = slide(touch.v_t, springs[0, :], self.friction * pressing, k_t, c, dt)
        couple = vec3(0.0)
        if ti.static(springy):
            couple, springs[1, :] = self.rolling.couple(touch, springs[1, :], pressing, k_t, dt)
        elif ti.static(rolls):
            couple = self.rolling.couple(touch, pressing)
        if ti.static(twists):
            twist, springs[n_planar, :] = self.twisting.couple(
                touch, springs[n_planar, :], pressing, k_t, contact_radius, dt
            )
            couple += twist
        return pressing - attraction, f_t, couple, springs

    methods = {"respond": respond} | ({"reach": reach_of_normal} if adheres else {})
    return ti.types.struct(**members, __struct_methods=methods), n_springs


def planar_springs(law, springs):
    """How many rows of a law's history lie in the contact plane; a twisting spring, the last row, lies across it."""
    return springs.n - int("twisting" in law.members)


def holds_on(law):
    """Whether a law holds contacts beyond touching: kernels then ask its `reach`."""
    return "reach" in law.methods
