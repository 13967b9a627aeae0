"""What studies have published: their figures (YAML) and tables (CSV), as they stand there."""
