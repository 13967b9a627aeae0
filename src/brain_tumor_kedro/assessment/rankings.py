"""Ranks: whether several treatments differ over the same blocks, and which of them do.

Friedman's test and Nemenyi's post hoc comparisons, as Demšar puts them together in "Statistical
comparisons of classifiers over multiple data sets", JMLR 7, 2006.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scikit_posthocs import posthoc_nemenyi_friedman
from scipy.stats import f, friedmanchisquare, rankdata, studentized_range

#: How often a test may find a difference where there is none.
ALPHA = 0.05

#: To so many decimals values are compared: means of the same scores in another order are a tie.
DECIMALS = 9

#: With fewer there is nothing to rank, or nothing that repeats.
FEWEST_TREATMENTS, FEWEST_BLOCKS = 3, 2


@dataclass(frozen=True)
class Ranking:
    """Treatments by their mean rank.

    Attributes:
        means: Mean rank of each treatment, 1 is the best; sorted, empty without a whole block.
        blocks: Whole blocks, over which the ranks are means.
        dropped: Blocks that were left out, since some treatment has no value there.
        missing: Treatments that were left out, since they have no value at all.
        statistic: Friedman's chi-square, corrected for ties; NaN where it was not computed.
        p: Its p.
        f_statistic: Iman and Davenport's F, which is less conservative.
        f_p: Its p.
        critical_difference: Mean ranks that differ by less are not shown to differ.
        pairs: Nemenyi's p of every pair, treatments in the order of `means`; else empty.
        reason: Why nothing was tested; empty where it was.
    """

    means: pd.Series
    blocks: int
    dropped: int
    missing: tuple[str, ...]
    statistic: float
    p: float
    f_statistic: float
    f_p: float
    critical_difference: float
    pairs: pd.DataFrame
    reason: str


def rank_treatments(values: pd.DataFrame) -> Ranking:
    """Rank treatments within each block, and test whether they differ.

    Args:
        values: One row per block, one column per treatment, higher is better; NaN where a
            treatment has no value.

    Returns:
        The ranking. With fewer than three treatments or two whole blocks it says why it was not
        tested.
    """
    known = values.dropna(axis="columns", how="all")
    missing = tuple(str(name) for name in values.columns.difference(known.columns, sort=False))
    whole = known.dropna(axis="index").astype(float).round(DECIMALS)
    blocks, treatments = whole.shape
    means = _mean_ranks(whole) if blocks and treatments else pd.Series(dtype=float)
    about = (means, blocks, len(known) - blocks, missing)
    reason = _why_not(whole)
    if reason:
        nan = float("nan")
        return Ranking(*about, nan, nan, nan, nan, nan, pd.DataFrame(), reason)
    test = friedmanchisquare(*whole.to_numpy(float).T)
    ratio, ratio_p = iman_davenport(float(test.statistic), blocks, treatments)
    pairs = posthoc_nemenyi_friedman(-whole.reset_index(drop=True))
    pairs.index = pairs.columns = whole.columns
    return Ranking(
        *about,
        float(test.statistic),
        float(test.pvalue),
        ratio,
        ratio_p,
        critical_difference(blocks, treatments),
        pairs.loc[means.index, means.index],
        "",
    )


def iman_davenport(statistic: float, blocks: int, treatments: int) -> tuple[float, float]:
    """Turn Friedman's statistic into an F (Iman and Davenport, Comm. in Statistics A9, 1980).

    Args:
        statistic: Friedman's chi-square.
        blocks: How many blocks were ranked.
        treatments: How many treatments.

    Returns:
        F, infinite where every block has the same order, and its p.
    """
    left = blocks * (treatments - 1) - statistic
    if left <= 1e-9:
        return float("inf"), 0.0
    ratio = (blocks - 1) * statistic / left
    return ratio, float(f.sf(ratio, treatments - 1, (treatments - 1) * (blocks - 1)))


def critical_difference(blocks: int, treatments: int, alpha: float = ALPHA) -> float:
    """How far two mean ranks must lie apart to differ by Nemenyi's test (Demšar 2006, 3.2.2).

    Args:
        blocks: How many blocks were ranked.
        treatments: How many treatments.
        alpha: How often any pair may be found to differ where none does.
    """
    q = studentized_range.ppf(1 - alpha, treatments, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(treatments * (treatments + 1) / (6 * blocks)))


def find_alike(means: pd.Series, difference: float) -> list[tuple[str, ...]]:
    """Find the largest sets of treatments of which no two are shown to differ.

    Args:
        means: Mean ranks, sorted.
        difference: The critical difference.

    Returns:
        Sets of two or more neighbors, the best first; none lies within another.
    """
    found: list[tuple[str, ...]] = []
    end = 0
    for start, first in enumerate(means):
        reach = int((means <= first + difference).sum())
        if reach > max(end, start + 1):
            found.append(tuple(str(name) for name in means.index[start:reach]))
        end = max(end, reach)
    return found


def describe_ranking(comparison: str, ranking: Ranking) -> pd.DataFrame:
    """Put a ranking into a table.

    Args:
        comparison: What was compared.
        ranking: The ranking.

    Returns:
        One row per treatment, the best first: `comparison`, `treatment`, `mean_rank`, `blocks`,
        `dropped_blocks`, `missing`, `statistic`, `p`, `f_statistic`, `f_p`,
        `critical_difference`, `alike_with_best`, `reason`. Where no treatment has a mean rank, one
        row says why.
    """
    names: Sequence[str | None] = [str(name) for name in ranking.means.index] or [None]
    rows = pd.DataFrame({"comparison": comparison, "treatment": names})
    rows["mean_rank"] = ranking.means.to_numpy() if len(ranking.means) else float("nan")
    # Where nothing was tested, nothing is known to be alike or not.
    reach = ranking.means.min() + ranking.critical_difference
    alike = None if ranking.reason else rows["mean_rank"] <= reach
    return rows.assign(
        blocks=ranking.blocks,
        dropped_blocks=ranking.dropped,
        missing="; ".join(ranking.missing),
        statistic=ranking.statistic,
        p=ranking.p,
        f_statistic=ranking.f_statistic,
        f_p=ranking.f_p,
        critical_difference=ranking.critical_difference,
        alike_with_best=alike,
        reason=ranking.reason,
    )


def describe_pairs(comparison: str, ranking: Ranking) -> pd.DataFrame:
    """Put Nemenyi's p into a table: `comparison`, `treatment`, `other`, `p`, each pair once."""
    names = list(ranking.pairs.columns)
    rows = [
        (comparison, one, other, float(ranking.pairs[other][one]))
        for place, one in enumerate(names)
        for other in names[place + 1 :]
    ]
    return pd.DataFrame(rows, columns=["comparison", "treatment", "other", "p"])


def _mean_ranks(whole: pd.DataFrame) -> pd.Series:
    ranks = rankdata(-whole.to_numpy(float), axis=1).mean(axis=0)
    return pd.Series(ranks, index=whole.columns, name="mean_rank").sort_values(kind="stable")


def _why_not(whole: pd.DataFrame) -> str:
    blocks, treatments = whole.shape
    if treatments < FEWEST_TREATMENTS:
        return f"{treatments} to compare; Friedman's test needs {FEWEST_TREATMENTS} or more"
    if blocks < FEWEST_BLOCKS:
        whole_blocks = "whole block" if blocks == 1 else "whole blocks"
        return f"{blocks} {whole_blocks}; Friedman's test needs {FEWEST_BLOCKS} or more"
    ranks = rankdata(whole.to_numpy(float), axis=1)
    if not np.ptp(ranks, axis=1).any():
        return "all are equal in every block"
    return ""


def join_rankings(rankings: Mapping[str, Ranking]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put several rankings into one table of ranks and one of pairs.

    Args:
        rankings: By what was compared.

    Returns:
        See `describe_ranking` and `describe_pairs`.
    """
    ranks = [describe_ranking(name, ranking) for name, ranking in rankings.items()]
    pairs = [describe_pairs(name, ranking) for name, ranking in rankings.items()]
    return pd.concat(ranks, ignore_index=True), pd.concat(pairs, ignore_index=True)
