"""The addresses for whoever runs the server: is it alive, is it ready, what does it count; and the switches of demo mode."""

from __future__ import annotations

from bursar.surfaces.operation.routes import Operation, operation_routes

__all__ = ["Operation", "operation_routes"]
