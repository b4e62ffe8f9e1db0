"""The sample books: Northlight Studio, two years of a small design business, the same for every seed and day of first start."""

from __future__ import annotations

from bursar.demo.fill import fill, studio

__all__ = ["fill", "studio"]
