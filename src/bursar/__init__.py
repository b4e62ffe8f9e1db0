"""A self-hosted accounting server that speaks the FreshBooks wire protocol, and the gate to it for agents."""
