"""The imperative shell: reads a body, loads facts, asks a decision, saves it, shows the answer."""
