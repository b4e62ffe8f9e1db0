"""One file per resource: what it is, what may be done with it, and the rules that decide."""
