"""Acquisition: the published sources, fetched whole, checked and unpacked safely."""
