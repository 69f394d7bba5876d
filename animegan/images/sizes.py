"""A size that many rooms share. This module imports nothing, so that options stay cheap to import."""

PAINT_SIDE = 640
"""Pixels: long side at which a scene is painted. Strokes have a fixed size: on a larger picture they are too fine."""
