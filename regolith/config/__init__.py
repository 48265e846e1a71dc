"""Mission and soil files: models, units, checks and messages."""

from regolith.config.campaign import CampaignConfig, GoalConfig, OperationConfig, Step
from regolith.config.checks import check_mission, estimate_grains
from regolith.config.corers import CorerConfig, TubeConfig
from regolith.config.drills import DrillMotion
from regolith.config.ground import BedConfig, SoilConfig
from regolith.config.load import is_campaign, load_mission
from regolith.config.load_campaign import load_campaign
from regolith.config.mission import GRAVITIES, MissionConfig, NumericsConfig, OutputConfig
from regolith.config.preset import SoilPreset, load_soil
from regolith.config.probes import BladeConfig, ConeConfig, PlateConfig
from regolith.config.tools import ScoopConfig, ScoopMotion, StlToolConfig, Waypoint, WaypointMotion

__all__ = [
    "GRAVITIES",
    "BedConfig",
    "BladeConfig",
    "CampaignConfig",
    "ConeConfig",
    "CorerConfig",
    "DrillMotion",
    "GoalConfig",
    "MissionConfig",
    "NumericsConfig",
    "OperationConfig",
    "OutputConfig",
    "PlateConfig",
    "ScoopConfig",
    "ScoopMotion",
    "SoilConfig",
    "SoilPreset",
    "Step",
    "StlToolConfig",
    "TubeConfig",
    "Waypoint",
    "WaypointMotion",
    "check_mission",
    "estimate_grains",
    "is_campaign",
    "load_campaign",
    "load_mission",
    "load_soil",
]
