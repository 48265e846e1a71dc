"""Discrete-element simulation of lunar regolith sampling.

Names load their modules when they are first used: `import regolith` is quick, and `regolith.start(precision=...)` may
choose backend and precision before the kernels load.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regolith import errors as errors
    from regolith.box import Box as Box
    from regolith.campaign import resume as resume_campaign
    from regolith.campaign import run as run_campaign
    from regolith.config import load_campaign as load_campaign
    from regolith.config import load_mission as load_mission
    from regolith.drive import Motion as Motion
    from regolith.drives import Drive as Drive
    from regolith.drives import DriveSetting as DriveSetting
    from regolith.drives import Percussion as Percussion
    from regolith.laws import Law as Law
    from regolith.materials import Contact as Contact
    from regolith.materials import Material as Material
    from regolith.mission import resume as resume_mission
    from regolith.mission import run as run_mission
    from regolith.runtime import start as start
    from regolith.simulation import Simulation as Simulation
    from regolith.sleep import Sleep as Sleep
    from regolith.soil import make_soil as make_soil
    from regolith.surfaces import Cylinder as Cylinder
    from regolith.surfaces import Mesh as Mesh
    from regolith.surfaces import Plane as Plane
    from regolith.tools import CorerShape as CorerShape
    from regolith.tools import TriangleMesh as TriangleMesh
    from regolith.tools import load_stl as load_stl
    from regolith.tools import make_blade as make_blade
    from regolith.tools import make_cone as make_cone
    from regolith.tools import make_corer as make_corer
    from regolith.tools import make_plate as make_plate
    from regolith.tools import make_scoop as make_scoop
    from regolith.tools import make_tube as make_tube
    from regolith.tools import save_stl as save_stl

_MODULES = {
    "Box": "box",
    "Contact": "materials",
    "CorerShape": "tools",
    "Cylinder": "surfaces",
    "Drive": "drives",
    "DriveSetting": "drives",
    "Law": "laws",
    "Material": "materials",
    "Mesh": "surfaces",
    "Motion": "drive",
    "Percussion": "drives",
    "Plane": "surfaces",
    "Simulation": "simulation",
    "Sleep": "sleep",
    "TriangleMesh": "tools",
    "load_campaign": "config",
    "load_mission": "config",
    "load_stl": "tools",
    "make_blade": "tools",
    "make_cone": "tools",
    "make_corer": "tools",
    "make_plate": "tools",
    "make_scoop": "tools",
    "make_soil": "soil",
    "resume_campaign": "campaign",
    "make_tube": "tools",
    "resume_mission": "mission",
    "run_campaign": "campaign",
    "run_mission": "mission",
    "save_stl": "tools",
    "start": "runtime",
}
_RENAMED = {
    "run_mission": "run",
    "resume_mission": "resume",
    "run_campaign": "run",
    "resume_campaign": "resume",
}

__all__ = [
    "Box",
    "Contact",
    "CorerShape",
    "Cylinder",
    "Drive",
    "DriveSetting",
    "Law",
    "Material",
    "Mesh",
    "Motion",
    "Percussion",
    "Plane",
    "Simulation",
    "Sleep",
    "TriangleMesh",
    "errors",
    "load_campaign",
    "load_mission",
    "load_stl",
    "make_blade",
    "make_cone",
    "make_corer",
    "make_plate",
    "make_scoop",
    "make_soil",
    "resume_campaign",
    "make_tube",
    "resume_mission",
    "run_campaign",
    "run_mission",
    "save_stl",
    "start",
]


def __getattr__(name: str) -> Any:
    if name == "errors":
        return importlib.import_module("regolith.errors")
    if name not in _MODULES:
        raise AttributeError(f"module 'regolith' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"regolith.{_MODULES[name]}"), _RENAMED.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
