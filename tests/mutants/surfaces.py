"""Mutants of the surface rules, the wrenches on surfaces, periodic images and the pair list's history."""

from tests.mutants.mutant import Mutant

WALLS, STEP = "kernels/regolith_kernels/surfaces.py", "kernels/regolith_kernels/integrate.py"
PAIRS, LIST = "kernels/regolith_kernels/contact_forces.py", "kernels/regolith_kernels/neighbors.py"
TRIANGLE = "kernels/regolith_kernels/triangles.py"

SEAMS = [
    Mutant(
        "hidden edges are felt",
        WALLS,
        "found = (at_x - x).norm() < gap - CLOSER * reach",
        "found = (at_x - x).norm() < 0.0",
        "edges",
    ),
    Mutant(
        "shared points count twice",
        WALLS,
        "offset.norm_sqr() < tolerance * tolerance",
        "offset.norm_sqr() < 0.0",
        "edges",
    ),
    Mutant(
        "a contact per triangle", WALLS, "if patches[k] == patch:", "if patches[k] == patch and gap < 0.0:", "seams"
    ),
    Mutant(
        "the farthest point of a patch", WALLS, "(new or gap < gaps[slot])", "(new or gap > gaps[slot])", "seams edges"
    ),
    Mutant(
        "no heir to a patch that is left",
        WALLS,
        "if not known and heir < 0:",
        "if not known and heir < -1:",
        "convex-edge",
    ),
    Mutant(
        "the back of a wall is felt",
        TRIANGLE,
        "return q, gap, rim, height > 0.0",
        "return q, gap, rim, gap > 0.0",
        "plate-sides",
    ),
    Mutant("edge ca taken for bc", TRIANGLE, "* ac, 2\n", "* ac, 1\n", "valley edges"),
    Mutant(
        "history of wall contacts dropped",
        WALLS,
        "turned(contacts[i, slot].springs, normal",
        "turned(0.0 * contacts[i, slot].springs, normal",
        "convex-edge",
    ),
    Mutant(
        "inside and outside of cylinders",
        WALLS,
        "surface.radius > 0.0, 1.0, -1.0",
        "surface.radius > 0.0, -1.0, 1.0",
        "drum roll-off",
    ),
]

MOVING = [
    Mutant(
        "surface speed without spin x lever",
        WALLS,
        "ti.cast(pose.velocity + pose.spin.cross(lever), real)",
        "ti.cast(pose.velocity, real)",
        "drum",
    ),
    Mutant(
        "surface speed without its velocity", WALLS, "ti.cast(pose.velocity + pose.spin", "ti.cast(pose.spin", "belt"
    ),
    Mutant(
        "lever arm at a wall not shortened", WALLS, "lever = ti.cast(gap, real)", "lever = grain.radius", "belt drum"
    ),
    Mutant(
        "sign of a wall's torque", WALLS, "torque += couple - ti.cast(gaps", "torque += couple + ti.cast(gaps", "belt"
    ),
    Mutant(
        "couple of a wall without sign",
        WALLS,
        "torque += couple - ti.cast(gaps",
        "torque += -couple - ti.cast(gaps",
        "belt",
    ),
    Mutant(
        "sign of the wrench",
        STEP,
        "sums[block, s].force - ti.cast(f, length)",
        "sums[block, s].force + ti.cast(f, length)",
        "drum",
    ),
    Mutant(
        "moment about the wrong point",
        WALLS,
        "moment += lever.cross(",
        "moment += (pose.rotation @ x).cross(",
        "drum",
    ),
    Mutant(
        "wrench without the couple",
        WALLS,
        "ti.cast(f, length)) + ti.cast(couple, length)",
        "ti.cast(f, length))",
        "shaken-box",
    ),
    Mutant(
        "work without the turning",
        STEP,
        "force.dot(pose.velocity) + torque.dot(pose.spin)",
        "force.dot(pose.velocity)",
        "work",
    ),
    Mutant(
        "critical rate without the press of friction",
        "regolith/core.py",
        "grip = 1 - friction * tangent",
        "grip = 1 + friction * tangent",
        "conveying-chip",
    ),
]

LISTS = [
    Mutant(
        "no minimum image in the pair pass",
        PAIRS,
        "branch = nearest_image(branch, setting[None].period, setting[None].inverse_period)\n            touching",
        "branch = branch\n            touching",
        "periodic-images pair-list",
    ),
    Mutant(
        "pairs across a face of a periodic box are not marked",
        LIST,
        "(nearest - branch).norm_sqr() > 0.0",
        "(nearest - branch).norm_sqr() < 0.0",
        "periodic-images pair-list",
    ),
    Mutant(
        "a pair that parts keeps its history",
        PAIRS,
        "listing.springs[p] = 0.0 * listing.springs[p]",
        "listing.springs[p] = listing.springs[p]",
        "second-touch",
    ),
    Mutant(
        "no minimum image in the search",
        LIST,
        "branch = nearest_image(branch, setting[None].period, setting[None].inverse_period)\n            watched",
        "branch = branch\n            watched",
        "pair-list",
    ),
    Mutant(
        "restored springs keep their sign",
        LIST,
        "springs, touching = -saved.springs[k], 1",
        "springs, touching = saved.springs[k], 1",
        "periodic-images relisting",
    ),
    Mutant(
        "springs lost when the list is made anew",
        LIST,
        "springs, touching = saved.springs[k], 1",
        "springs, touching = 0.0 * saved.springs[k], 1",
        "relisting",
    ),
    Mutant(
        "allowances left out of the search",
        LIST,
        "watched = mine + grains[j].radius + motions[j].allowance",
        "watched = mine + grains[j].radius - motions[i].allowance",
        "pair-list",
    ),
]

MUTANTS = SEAMS + MOVING + LISTS
