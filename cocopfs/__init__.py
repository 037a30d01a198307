"""Rebuild, audit and extend COCO-PFS."""

__version__ = "0.1.0"
