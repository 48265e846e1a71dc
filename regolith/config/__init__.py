"""Mission and soil files: models, units, checks and messages."""

from regolith.config.checks import check_mission, estimate_grains
from regolith.config.corers import CorerConfig, TubeConfig
from regolith.config.drills import DrillMotion
from regolith.config.ground import BedConfig, SoilConfig
from regolith.config.load import load_mission
from regolith.config.mission import GRAVITIES, MissionConfig, NumericsConfig, OutputConfig
from regolith.config.preset import SoilPreset, load_soil
from regolith.config.probes import BladeConfig, ConeConfig, PlateConfig
from regolith.config.tools import ScoopConfig, ScoopMotion, StlToolConfig, Waypoint, WaypointMotion

__all__ = [
    "GRAVITIES",
    "BedConfig",
    "BladeConfig",
    "ConeConfig",
    "CorerConfig",
    "DrillMotion",
    "MissionConfig",
    "NumericsConfig",
    "OutputConfig",
    "PlateConfig",
    "ScoopConfig",
    "ScoopMotion",
    "SoilConfig",
    "SoilPreset",
    "StlToolConfig",
    "TubeConfig",
    "Waypoint",
    "WaypointMotion",
    "check_mission",
    "estimate_grains",
    "load_mission",
    "load_soil",
]
