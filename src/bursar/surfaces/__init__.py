"""The same catalogue read by different callers."""
