"""The generator of the demonstration city: plain Python, no framework, dataclasses out."""

from linli.demo.world.generate import generate
from linli.demo.world.types import World

__all__ = ["World", "generate"]
