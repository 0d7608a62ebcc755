from pathlib import Path
from typing import Final

from config.native import use_native

NATIVE: Final = use_native(Path(__file__).parent)
"""Whether the decisions are made by compiled code."""
