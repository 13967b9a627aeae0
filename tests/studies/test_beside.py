import pandas as pd
import pytest

from brain_tumor_kedro.studies.beside import COLUMNS, list_results, put_beside
from brain_tumor_kedro.studies.publications import list_published, load_published


def table_of(*rows):
    scores = {"accuracy": 0.5, "precision": 0.6, "recall": 0.7, "f1": 0.65, "cells": 3}
    return pd.DataFrame([{"model": m, "backbone": b, "strategy": s, **scores} for m, b, s in rows])


@pytest.mark.parametrize("study", list_published())
def test_every_published_model_is_a_backbone_of_this_project(study):
    from brain_tumor_kedro.modelling.backbone_table import BACKBONES

    results = list_results(load_published(study))

    assert len(results) and set(results["backbone"]) <= set(BACKBONES)
    assert not results.duplicated(["backbone", "strategy"]).any()


def test_rows_of_the_same_backbone_and_strategy_stand_beside_each_other():
    table = table_of(
        ("here, correct", "densenet201", "soft"),
        ("here, as_published", "densenet201", "soft"),
        ("here, correct", "densenet201", "entropy"),
        ("other", "sample_cnn", "soft"),
    )

    beside = put_beside(table, load_published("glioma_grade"))

    assert tuple(beside.columns) == COLUMNS
    assert beside["model"].tolist() == ["here, correct", "here, as_published"]
    assert beside["published_f1"].tolist() == [0.902, 0.902]
    assert beside["f1"].tolist() == [0.65, 0.65]


def test_scores_that_were_not_published_are_missing():
    table = table_of(("here", "xception", "slice"))

    (row,) = put_beside(table, load_published("xception_vs_vgg16")).to_dict("records")

    assert row["published_accuracy"] == 0.9909 and pd.isna(row["published_f1"])


def test_a_study_of_ones_own_has_nothing_beside():
    assert put_beside(table_of(("here", "xception", "slice")), None).empty
