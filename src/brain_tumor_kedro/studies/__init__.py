"""The core of studies: search spaces, shared work, and what published tables claim."""
