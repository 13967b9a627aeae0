"""The two tables that a study leaves, made up."""

import numpy as np
import pandas as pd

#: Recipe, family, parameters, and how well the made-up model tells the positives apart.
MODELS = {
    "grade_resnet50": ("resnet50", "resnet", 23_900_000, 0.9),
    "grade_mobilenet_v2": ("mobilenet_v2", "mobilenet", 2_400_000, 0.2),
    "grade_densenet201": ("densenet201", "densenet", 18_600_000, 1.6),
    "grade_efficientnet_b0": ("efficientnet_b0", "efficientnet", 4_200_000, 1.1),
    "grade_convnext_base": ("convnext_base", "convnext", 87_700_000, 1.3),
}
STRATEGIES = ("slice", "majority", "soft", "attention")


def two_tables(
    models=tuple(MODELS), seeds=(0, 1, 2), variants=("correct",), folds=(None,), failed=(),
    strategies=STRATEGIES, several_classes=False, phantom=True,
):  # fmt: skip
    """`study.cells` and `study.cell_scores`; `failed` names cells as (recipe, variant, seed)."""
    generator = np.random.default_rng(7)
    cells, scores = [], []
    for recipe in models:
        for variant in variants:
            for fold in folds:
                for seed in seeds:
                    cell = make_cell(len(cells), recipe, variant, fold, seed, phantom)
                    if (recipe, variant, seed) in failed:
                        cell |= {"state": "failed", "error": "ValueError: out of memory"}
                        cell |= dict.fromkeys(("backbone", "family", "parameters", "seconds"))
                    else:
                        skill = MODELS[recipe][-1] - 0.8 * (variant != "correct")
                        scores += make_scores(
                            cell["cell"], skill, strategies, several_classes, generator
                        )
                    cells.append(cell)
    return pd.DataFrame(cells).astype({"fold": "Int64"}), pd.DataFrame(scores)


def make_cell(number, recipe, variant, fold, seed, phantom):
    backbone, family, parameters, _ = MODELS[recipe]
    return {
        "cell": f"{number:016x}", "state": "finished", "error": "", "space.recipe": recipe,
        "space.variant": variant, "recipe": recipe, "backbone": backbone, "family": family,
        "parameters": parameters, "image_size": 224, "fold": fold, "repeat": 0, "seed": seed,
        "epochs": 7, "seconds": parameters / 1e6 + seed, "feature_seconds": 1.0,
        "manifest_digest": "abc", "fingerprint": f"f{number}", "phantom": phantom,
        "mlflow_run": "",
    }  # fmt: skip


def make_scores(cell, skill, strategies, several_classes, generator, n=71, positive=56):
    rows = []
    for split in ("train", "val", "test"):
        p = generator.normal(size=n) + skill * (np.arange(n) < positive)
        for place, strategy in enumerate(strategies):
            predicted = p > -1.2 - 0.15 * place
            truth = np.arange(n) < positive
            rows.append(
                {"cell": cell, "strategy": strategy, "split": split}
                | score(truth, predicted, several_classes)
            )
    return rows


def score(truth, predicted, several_classes):
    hits, positive, n = int((truth & predicted).sum()), int(truth.sum()), len(truth)
    alarms = int((predicted & ~truth).sum())
    specificity = np.nan if several_classes else 1 - alarms / (n - positive)
    return {
        "n": n, "positive": positive, "accuracy": float((truth == predicted).mean()),
        "precision": hits / (hits + alarms), "recall": hits / positive,
        "specificity": specificity, "f1": 2 * hits / (2 * hits + alarms + positive - hits),
        "auroc": 0.8, "baseline_accuracy": positive / n,
        "baseline_f1": 2 * positive / (n + positive),
    }  # fmt: skip
