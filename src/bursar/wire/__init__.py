"""How the product looks outside: one dialect per wire family."""
