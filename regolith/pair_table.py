"""The contact law as the kernels want it: its type, and its coefficients per pair of materials."""

from collections.abc import Sequence
from typing import Any

from regolith_kernels.contact_laws import Dmt, Hertz, Jkr, Linear, Sjkr, contact_law
from regolith_kernels.resistance import ConstantRolling, Epsd, Twisting

from regolith.laws import Law, PairCoefficients, PairTable, check_reach, contact_between, pair_coefficients
from regolith.materials import Contact, Material


def law_type(law: Law) -> tuple[Any, int]:
    """Struct type of a law, and the number of springs in a contact's history."""
    return contact_law(
        Jkr if law.cohesion == "jkr" else {"hertz": Hertz, "linear": Linear}[law.normal],
        {"epsd": Epsd, "constant": ConstantRolling}.get(law.rolling),
        {"sds": Twisting}.get(law.twisting),
        {"sjkr": Sjkr, "dmt": Dmt}.get(law.cohesion),
    )


def write_pair_table(
    laws: Any, struct: Any, law: Law, materials: Sequence[Material], contacts: Contact | PairTable, r_min: float
) -> None:
    """Fill the field `laws`, one row and column per material; `r_min` is the smallest grain's radius [m].

    Raises:
        ConfigError: A pair has no contact, or one that holds grains too far apart.
    """
    for a, material_a in enumerate(materials):
        for b, material_b in enumerate(materials):
            contact = contact_between(contacts, material_a, material_b)
            row = pair_coefficients(law, material_a, material_b, contact)
            check_reach(law, row, material_a, material_b, r_min)
            write_row(laws, struct, law, (a, b), row)


def write_row(laws: Any, struct: Any, law: Law, pair: tuple[int, int], row: PairCoefficients) -> None:
    """Fill one entry of the field `laws`: that of a pair of rows of the materials."""
    laws[pair] = struct(**_members(law, row))


def _members(law: Law, row: PairCoefficients) -> dict[str, Any]:
    if law.cohesion == "jkr":
        moduli = {"e_eff": row.stiffness, "g_eff": row.shear_stiffness}
        normal = Jkr(**moduli, damping=row.damping, surface_energy=row.surface_energy)
    elif law.normal == "hertz":
        normal = Hertz(e_eff=row.stiffness, g_eff=row.shear_stiffness, damping=row.damping)
    else:
        normal = Linear(k_n=row.stiffness, k_t=row.shear_stiffness, damping=row.damping)
    members = {"normal": normal, "friction": row.friction}
    if law.rolling == "epsd":
        members["rolling"] = Epsd(friction=row.rolling_friction, damping=law.rolling_damping)
    elif law.rolling == "constant":
        members["rolling"] = ConstantRolling(friction=row.rolling_friction)
    if law.twisting == "sds":
        members["twisting"] = Twisting(friction=row.twisting_friction, damping=law.twisting_damping)
    if law.cohesion == "sjkr":
        members["cohesion"] = Sjkr(energy_density=row.cohesion)
    elif law.cohesion == "dmt":
        members["cohesion"] = Dmt(surface_energy=row.surface_energy)
    return members
