"""Datasets: bytes to arrays and tables, and back."""
