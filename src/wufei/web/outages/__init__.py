"""Outages: what every page tells while one is under way, and the numbered paper blanks."""
