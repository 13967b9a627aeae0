"""The facts of a made-up run, for tests of what is written of it."""

import pandas as pd

from brain_tumor_kedro.assessment.facts import gather_facts


def make_facts(**changes):
    arguments = {
        "summary": {
            "found": 5258,
            "kept": 4012,
            "rejected": {"near_copy": 1246},
            "sources": {"figshare": {}, "kaggle/a|b": {}},
            "classes": {"no_tumor": 1012, "glioma": 3000},
            "splits": {"train": {"glioma": 9, "no_tumor": 2}, "test": {"glioma": 3, "no_tumor": 1}},
            "groups": 1204,
            "label_conflicts": 9,
            "split_strategy": "group",
            "manifest_digest": "9f2b6c1e9f2b6c1e",
            "phantom": False,
        },
        "training": {
            "recipe_name": "tiny",
            "backbone": "cnn",
            "weights": "/home/me/secret/cnn.weights.h5",
            "image_size": 64,
            "parameters": {"total": 738148},
            "epochs": 3,
            "kept_epoch": 2,
            "seed": 7,
            "seconds": 433.8,
            "device": "CPU",
            "precision": "float32",
            "fingerprint": "f" * 64,
            "versions": {"keras": "3.15.1"},
            "recipe": {
                "batch_size": 32,
                "class_weights": None,
                "test_time_flip": True,
                "phases": [
                    {"name": "head", "optimizer": "adam", "learning_rate": 0.1, "epochs": 3}
                ],
            },
        },
        "scores_table": pd.DataFrame(
            [
                ("test", "all", "accuracy", 4, 0.75, 0.5, 1.0),
                ("test", "all", "macro_f1", 4, 0.7, 0.4, 0.9),
                ("test", "glioma", "recall", 3, 1.0, 0.6, 1.0),
                ("val", "all", "accuracy", 4, 0.9, 0.8, 1.0),
            ],
            columns=["split", "label", "metric", "n", "value", "low", "high"],
        ).assign(predictor="classifier"),
        "registration": {"name": "brain_tumor_tumor_type", "version": "3"},
        "themes": {
            "robustness": {"findings": [{"level": "warn", "text": "Noise breaks it."}]},
            "errors": {"findings": [{"level": "note", "text": "Two mistakes."}]},
        },
        "limits": ("For research only.",),
        "classes": ("glioma", "no_tumor"),
        "unit": "slice",
        "git_revision": "3b1f0aa",
        "command": "kedro run",
        "created": "today",
    }
    return gather_facts(**(arguments | changes))
