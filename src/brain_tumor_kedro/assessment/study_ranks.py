"""The two rankings of a study: its strategies over its models, its models over its trainings."""

import pandas as pd

from brain_tumor_kedro.assessment.rankings import Ranking, rank_treatments
from brain_tumor_kedro.assessment.study_table import join_scores, list_strategies, name_models

#: What is compared, by the name of the comparison.
STRATEGIES, MODELS = "strategies", "models"

#: What makes a training another one, besides the model.
TRAINING = ("repeat", "fold", "seed")


def rank_strategies(table: pd.DataFrame) -> Ranking:
    """Rank the strategies by F1, models as blocks.

    All are judged on the same patients by the same classifiers, so this says how they differ on
    these, and less than a p says about others.

    Args:
        table: See `study_table.tabulate_study`.
    """
    chosen = table[table["strategy"].isin(list_strategies(table))]
    wide = chosen.pivot_table(index="model", columns="strategy", values="f1", sort=False)
    return rank_treatments(wide)


def rank_models(cells: pd.DataFrame, scores: pd.DataFrame, split: str = "test") -> Ranking:
    """Rank the models by F1; every fold and seed is a block.

    Where slices are put together, a training counts with the mean of its strategies: they are of
    the same classifier, and as blocks of their own would say the same thing several times.

    Args:
        cells: Of a study, finished or not: a model without a finished cell is missing.
        scores: One row per cell, strategy and split.
        split: The split that is reported.
    """
    joined = join_scores(cells, scores, split)
    chosen = joined[joined["strategy"].isin(list_strategies(joined))]
    # The manifest's own split has no fold.
    blocks = chosen.assign(fold=chosen["fold"].fillna(-1).astype(int))
    wide = blocks.pivot_table(index=list(TRAINING), columns="model", values="f1", sort=False)
    return rank_treatments(wide.reindex(columns=list(dict.fromkeys(name_models(cells)))))


def count_trainings(cells: pd.DataFrame) -> int:
    """How often each model was trained: its folds, times their repeats, times the seeds."""
    return len(cells.drop_duplicates(list(TRAINING)))
