"""The core of curation: pure functions of arrays and tables."""
