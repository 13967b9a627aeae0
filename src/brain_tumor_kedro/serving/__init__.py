"""Answers about new images: the cores put together as a registered model needs them."""
