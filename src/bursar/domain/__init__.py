"""The rules: what is owed, what is booked, how it reads. Pure functions over integers; no I/O, no clock, no float."""
