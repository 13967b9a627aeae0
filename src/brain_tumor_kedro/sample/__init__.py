"""Phantom sources, written in the formats of the published ones."""
