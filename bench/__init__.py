"""Measures the server beside hello world, raw commits, an ORM application and its peers; run it as ``python -m bench``."""
