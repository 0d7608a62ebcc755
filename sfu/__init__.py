from pathlib import Path

from config.native import use_native

NATIVE = use_native(Path(__file__).parent)
"""Whether the packet path runs compiled."""
