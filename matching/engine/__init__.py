"""The matching engine: arrays in, result out.  A library of plain functions and values; it knows no database.

``assign`` is the front door for pairs.
"""

from matching.engine.assignment import OBJECTIVES, Assignment
from matching.engine.errors import EngineError
from matching.engine.pairs import assign
from matching.engine.progress import Stopped

__all__ = ["OBJECTIVES", "Assignment", "EngineError", "Stopped", "assign"]
