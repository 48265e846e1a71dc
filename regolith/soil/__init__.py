"""Soil: from what is known of real grains to the grains that are simulated."""

from regolith.config.preset import SoilPreset, load_soil
from regolith.soil.make import Soil, make_soil

__all__ = ["Soil", "SoilPreset", "load_soil", "make_soil"]
