"""Honest brain-MRI data sets, classifiers and evaluations, as Kedro pipelines."""

__version__ = "0.1.0"
