"""Mutants of the contact laws: forces, histories, cohesion, what is solved at set-up."""

from tests.mutants.mutant import Mutant

LANES = "kernels/regolith_kernels/lanes.py"
LAWS, RESIST = "kernels/regolith_kernels/contact_laws.py", "kernels/regolith_kernels/resistance.py"
PAIRS, STEP = "kernels/regolith_kernels/contact_forces.py", "kernels/regolith_kernels/integrate.py"
SETUP, IMPACT = "regolith/laws.py", "regolith/restitution.py"
WALLS = "kernels/regolith_kernels/surfaces.py"

NORMAL = [
    Mutant(
        "contact radius too large",
        LAWS,
        "contact_radius = ti.sqrt(touch.r_eff * touch.overlap)\n        k_n",
        "contact_radius = ti.sqrt(real(2.0) * touch.r_eff * touch.overlap)\n        k_n",
        "hertz-pair impacts",
    ),
    Mutant(
        "R* of a pair doubled",
        LANES,
        "r_eff=group.radius_i[k] * group.radius_j[k] * inverse_reach",
        "r_eff=real(2.0) * group.radius_i[k] * group.radius_j[k] * inverse_reach",
        "hertz-pair",
    ),
    Mutant(
        "R* of a wall contact halved", WALLS, "r_eff=grain.radius,", "r_eff=real(0.5) * grain.radius,", "hertz-plane"
    ),
    Mutant(
        "m* of a pair is one mass",
        LANES,
        "grain_i.mass * grain_j.mass / (grain_i.mass + grain_j.mass)",
        "grain_i.mass",
        "impacts oblique",
    ),
    Mutant(
        "m* of a wall contact halved", WALLS, "m_eff=grain.mass,", "m_eff=real(0.5) * grain.mass,", "impacts oblique"
    ),
    Mutant(
        "overlap over the sum of radii",
        LANES,
        "overlap=group.gap_sqr[k] / (reach + distance)",
        "overlap=group.gap_sqr[k] / (real(2.0) * reach)",
        "hertz-pair",
    ),
    Mutant(
        "damping halved",
        LAWS,
        "return k_n * touch.overlap, k_t, self.damping *",
        "return k_n * touch.overlap, k_t, real(0.5) * self.damping *",
        "impacts oblique",
    ),
    Mutant(
        "damping halved, linear law",
        LAWS,
        "return self.k_n * touch.overlap, self.k_t, self.damping *",
        "return self.k_n * touch.overlap, self.k_t, real(0.5) * self.damping *",
        "impacts",
    ),
    Mutant(
        "damping at the old velocity",
        LAWS,
        "ti.max((load - c * touch.v_n + half * attraction) / (real(1.0) + half), real(0.0))",
        "ti.max(load - c * touch.v_n, real(0.0))",
        "impacts",
    ),
    Mutant(
        "the dashpot may pull",
        LAWS,
        "ti.max((load - c * touch.v_n + half * attraction) / (real(1.0) + half), real(0.0))",
        "(load - c * touch.v_n + half * attraction) / (real(1.0) + half)",
        "impacts",
    ),
    Mutant(
        "E* forgets Poisson's ratio",
        SETUP,
        "(1 - a.poisson_ratio**2) / a.youngs_modulus",
        "1 / a.youngs_modulus",
        "hertz-plane plate-sides",
    ),
    Mutant(
        "damping solved for another dashpot",
        IMPACT,
        "x ** ((exponent - 1) / 2) * v",
        "x ** (exponent - 1) * v",
        "impacts",
    ),
]

TANGENTIAL = [
    Mutant("k_t halved", LAWS, "k_t = real(8.0) * self.g_eff", "k_t = real(4.0) * self.g_eff", "oblique"),
    Mutant(
        "sliding dashpot halved",
        LAWS,
        "self.friction * pressing, k_t, c, dt)",
        "self.friction * pressing, k_t, real(0.5) * c, dt)",
        "sliding-oscillation",
    ),
    Mutant(
        "G* with 1 - nu",
        SETUP,
        "(2 - a.poisson_ratio) / a.shear_modulus",
        "(1 - a.poisson_ratio) / a.shear_modulus",
        "oblique",
    ),
    Mutant(
        "sign of friction",
        RESIST,
        "force = -k * spring - c * velocity\n",
        "force = k * spring - c * velocity\n",
        "belt oblique",
    ),
    Mutant(
        "Coulomb limit doubled",
        LAWS,
        "slide(touch.v_t, springs[0, :], self.friction * pressing",
        "slide(touch.v_t, springs[0, :], real(2.0) * self.friction * pressing",
        "belt oblique",
    ),
    Mutant(
        "sliding history dropped",
        RESIST,
        "    spring += velocity * dt\n",
        "    spring = velocity * dt\n",
        "convex-edge oblique",
    ),
    Mutant(
        "spring not cut back while it slides",
        RESIST,
        "spring = (force + c * velocity) * (real(-1.0) / k)  #",
        "spring = spring  #",
        "belt oblique",
    ),
    Mutant(
        "springs do not turn with the contact plane",
        LANES,
        "springs[row, :] = spring - spring.dot(normal) * normal",
        "springs[row, :] = spring",
        "roll-off oblique",
    ),
    Mutant(
        "lever arm of a pair not shortened",
        LANES,
        "arm = distance * inverse_reach",
        "arm = real(1.0)",
        "shaken-box oblique",
    ),
    Mutant(
        "sign of a pair's torque",
        LANES,
        "f_n * touch.normal + f_t, arm * touch",
        "f_n * touch.normal + f_t, -arm * touch",
        "shaken-box oblique",
    ),
    Mutant(
        "moment of inertia of a cylinder",
        STEP,
        "(ti.cast(dt, real) / (real(0.4) * mass",
        "(ti.cast(dt, real) / (real(0.5) * mass",
        "belt oblique",
    ),
]

ROTATIONAL = [
    Mutant(
        "rolling couple's sign",
        RESIST,
        "(model C)\n        return touch.r_eff * force, spring",
        "(model C)\n        return -touch.r_eff * force, spring",
        "belt rolling",
    ),
    Mutant(
        "rolling couple the same on both grains",
        LANES,
        "torque_j, k, -couple -",
        "torque_j, k, couple -",
        "shaken-box oblique",
    ),
    Mutant("rolling history dropped", RESIST, "spring += v_roll * dt", "spring = v_roll * dt", "rolling"),
    Mutant(
        "rolling limit doubled",
        RESIST,
        "        limit = self.friction * pressing\n",
        "        limit = real(2.0) * self.friction * pressing\n",
        "rolling",
    ),
    Mutant(
        "rolling dashpot halved",
        RESIST,
        "c = real(2.0) * self.damping * ti.sqrt(touch.m_eff * k_roll)",
        "c = real(1.0) * self.damping * ti.sqrt(touch.m_eff * k_roll)",
        "rolling-oscillation",
    ),
    Mutant(
        "rolling spring halved",
        RESIST,
        "force = -k_roll * spring - c * v_roll",
        "force = -real(0.5) * k_roll * spring - c * v_roll",
        "rolling-oscillation",
    ),
    Mutant(
        "constant rolling couple's sign",
        RESIST,
        "couple = -self.friction * touch.r_eff",
        "couple = self.friction * touch.r_eff",
        "rolling",
    ),
    Mutant(
        "twisting spring doubled",
        RESIST,
        "k = real(0.5) * k_t * share * share",
        "k = real(1.0) * k_t * share * share",
        "twisting-oscillation",
    ),
    Mutant(
        "twisting spring halved",
        RESIST,
        "k = real(0.5) * k_t * share * share",
        "k = real(0.25) * k_t * share * share",
        "twisting-oscillation",
    ),
    Mutant(
        "twisting dashpot halved",
        RESIST,
        "c = real(2.0) * self.damping * ti.sqrt(touch.m_eff * k)\n        force, spring = slide(v_twist",
        "c = real(1.0) * self.damping * ti.sqrt(touch.m_eff * k)\n        force, spring = slide(v_twist",
        "twisting-oscillation",
    ),
    Mutant(
        "twisting limit doubled",
        RESIST,
        "slide(v_twist, spring, self.friction * pressing",
        "slide(v_twist, spring, real(2.0) * self.friction * pressing",
        "rolling",
    ),
]

COHESION = [
    Mutant(
        "JKR without hysteresis",
        LAWS,
        "return real(3.0) * a0 * a0 / r_eff",
        "return real(0.0) * a0 * a0 / r_eff",
        "cohesion",
    ),
    Mutant(
        "JKR's adhesion a quarter less", LAWS, "adhesion = real(4.0) * a *", "adhesion = real(3.0) * a *", "cohesion"
    ),
    Mutant(
        "DMT with JKR's factor",
        LAWS,
        "self.surface_energy * real(4.0 * np.pi)",
        "self.surface_energy * real(3.0 * np.pi)",
        "cohesion",
    ),
    Mutant(
        "SJKR's area halved",
        LAWS,
        "self.energy_density * real(2.0 * np.pi)",
        "self.energy_density * real(1.0 * np.pi)",
        "cohesion",
    ),
    Mutant(
        "cohesion takes from friction",
        LAWS,
        "slide(touch.v_t, springs[0, :], self.friction * pressing",
        "slide(touch.v_t, springs[0, :], self.friction * ti.max(pressing - attraction, real(0.0))",
        "sticking-slide",
    ),
]

MUTANTS = NORMAL + TANGENTIAL + ROTATIONAL + COHESION
