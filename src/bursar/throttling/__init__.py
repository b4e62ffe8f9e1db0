"""How often somebody may: calls by their token, sign-ins by their address. ``limits`` is imported here alone."""
