"""The contact law as the kernels want it: its type, and its coefficients per pair of materials."""

from collections.abc import Sequence
from typing import Any

from regolith_kernels.contact_laws import ConstantRolling, Dmt, Epsd, Hertz, Linear, Sjkr, Twisting, contact_law

from regolith.laws import Law, PairCoefficients, PairTable, contact_between, pair_coefficients
from regolith.materials import Contact, Material


def law_type(law: Law) -> tuple[Any, int]:
    """Struct type of a law, and the number of springs in a contact's history."""
    return contact_law(
        Hertz if law.normal == "hertz" else Linear,
        {"epsd": Epsd, "constant": ConstantRolling}.get(law.rolling),
        {"sds": Twisting}.get(law.twisting),
        {"sjkr": Sjkr, "dmt": Dmt}.get(law.cohesion),
    )


def write_pair_table(
    laws: Any, struct: Any, law: Law, materials: Sequence[Material], contacts: Contact | PairTable
) -> None:
    """Fill the field `laws`, one row and column per material."""
    for a, material_a in enumerate(materials):
        for b, material_b in enumerate(materials):
            contact = contact_between(contacts, material_a, material_b)
            row = pair_coefficients(law, material_a, material_b, contact)
            laws[a, b] = struct(**_members(law, row))


def _members(law: Law, row: PairCoefficients) -> dict[str, Any]:
    if law.normal == "hertz":
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
