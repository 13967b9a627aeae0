"""Glioma grade: means, tests, intervals and curves over the rows of the tables."""

import numpy as np
import pandas as pd
from scipy.stats import chi2, friedmanchisquare, studentized_range

from brain_tumor_kedro.studies.arithmetic import half_unit, is_rounded, wilson
from brain_tumor_kedro.studies.claims.glioma_grade_rows import (
    count_outcomes,
    find_contradictions,
)
from brain_tumor_kedro.studies.finding import Check, Finding, Verdict, holds
from brain_tumor_kedro.studies.probabilities import net_benefit, spiegelhalter
from brain_tumor_kedro.studies.publications import Published

#: The share of wrong rejections that a test may have.
ALPHA = 0.05


def check_means(published: Published) -> Finding:
    """Whether the stated means are those of the tables."""
    stated, found = published.facts["mean_f1"], _means(published)
    decimals = published.facts["decimals"]
    same = all(is_rounded(stated[name], found[name], decimals) for name in stated)
    return Finding(
        f"Mean F1 is {_write(stated)} with {' / '.join(stated).lower()}",
        holds(same),
        f"The means of the tables are {_write({name: found[name] for name in stated})}.",
    )


def check_order(published: Published) -> Finding:
    """Whether the strategies come in the stated order."""
    stated, found = published.facts["mean_f1"], _means(published)
    orders = [sorted(means, key=lambda name: -means[name]) for means in (stated, found)]
    return Finding(
        f"By mean F1 the order is {', '.join(orders[0]).lower()}",
        holds(orders[0] == orders[1]),
        f"In the tables it is {', '.join(orders[1]).lower()}, with {_write(found)}.",
    )


def check_friedman(published: Published) -> Finding:
    """Whether the stated statistic is that of the tables."""
    stated, (statistic, p) = published.facts["friedman"], _friedman(published.table)
    return Finding(
        f"Friedman's test over the models gives {stated['statistic']}, p {stated['p']}",
        holds(is_rounded(stated["statistic"], statistic, 2) and is_rounded(stated["p"], p, 4)),
        f"The F1 of the tables give {statistic:.2f}, p {p:.4f}, corrected for ties, and "
        f"{_without_ties(published.table):.2f} without that.",
    )


def check_friedman_p(published: Published) -> Finding:
    """Whether the stated p belongs to the stated statistic."""
    stated, freedom = published.facts["friedman"], len(published.facts["mean_f1"]) - 1
    p = float(chi2.sf(stated["statistic"], freedom))
    return Finding(
        f"p {stated['p']} belongs to a statistic of {stated['statistic']}",
        holds(is_rounded(stated["p"], p, 4)),
        f"Chi-square with {freedom} degrees of freedom gives p {p:.4f}.",
    )


def check_difference(published: Published) -> Finding:
    """Whether the tables themselves show that the strategies differ."""
    _, p = _friedman(published.table)
    first = published.table["table"] < published.table["table"].max()
    statistic, other = _friedman(published.table[first])
    contradicting, rows = int(find_contradictions(published).sum()), len(published.table)
    return Finding(
        "The strategies differ",
        holds(p < ALPHA),
        f"Over all {published.table['model'].nunique()} models p is {p:.4f}, without those of the "
        f"last table {other:.3f} (statistic {statistic:.2f}); all are judged on the same patients, "
        f"and the test takes them for independent. {contradicting} of the {rows} rows contradict "
        "themselves (accuracy, precision, recall), so it is no firmer than they are.",
    )


def check_post_hoc(published: Published) -> Finding:
    """Whether the best strategy is shown to be better than the next one."""
    wide = _wide(published.table)
    ranks = wide.rank(axis="columns", ascending=False).mean().sort_values()
    error = np.sqrt(len(ranks) * (len(ranks) + 1) / (12 * len(wide)))
    best, *others = ranks.index
    ps = [float(studentized_range.sf((ranks[o] - ranks[best]) / error, 3, np.inf)) for o in others]
    named = " and ".join(f"{p:.3f} against {o.lower()}" for o, p in zip(others, ps, strict=True))
    return Finding(
        f"{best} is not shown to be better than {others[0].lower()}",
        holds(ps[0] >= ALPHA),
        f"Nemenyi's test over the F1 of {len(wide)} models gives {best.lower()} a p of {named}.",
    )


def check_intervals(published: Published) -> Finding:
    """Whether the stated 95% intervals are those of the counts."""
    stated, n = published.facts["intervals"], published.facts["review"]["patients"]
    if not stated:
        return Finding(
            "95% intervals of the scores", "not testable", "None of them is in the tables."
        )
    off = [
        abs(end - found)
        for row in stated
        for end, found in zip(
            (row["low"], row["high"]), wilson(round(row["accuracy"] * n), n), strict=True
        )
    ]
    return Finding(
        f"95% intervals of {len(stated)} accuracies",
        holds(max(off) <= 0.02),
        f"They lie at most {max(off):.3f} from Wilson's intervals of {n} patients.",
    )


def check_calibration(published: Published) -> Finding:
    """Whether the best row's probabilities are calibrated."""
    claim = f"{_best(published)} is well calibrated"
    rows = published.facts["probabilities"]
    if not rows:
        return Finding(
            claim, "not testable", "No patient's probability is published, only a curve."
        )
    z, p = spiegelhalter(*_columns(rows))
    return Finding(
        claim,
        holds(p >= ALPHA),
        f"Spiegelhalter's z is {z:.2f}, p {p:.3f}, of {len(rows)} patients.",
    )


def check_decision_curve(published: Published) -> Finding:
    """Whether the best row's net benefit is above that of treating all as HGG."""
    low, high = published.facts["decision_thresholds"]
    claim = f"{_best(published)} has a net benefit above all-HGG from {low} to {high}"
    rows = published.facts["probabilities"]
    if rows:
        labels, p = _columns(rows)
        thresholds = np.round(np.arange(low, high + half_unit(2), 0.05), 2)
        gains = [net_benefit(labels, p, t) - net_benefit(labels, p + 1, t) for t in thresholds]
        above = int((np.array(gains) > 0).sum())
        evidence = f"It is above at {above} of {len(gains)} thresholds."
        return Finding(claim, holds(above == len(gains)), evidence)
    gain, evidence = _gain_at_half(published)
    verdict: Verdict = "not testable" if gain > 0 else "refuted"
    return Finding(claim, verdict, evidence)


def _gain_at_half(published: Published) -> tuple[float, str]:
    """The one threshold at which the tables tell the net benefit."""
    review, best = published.facts["review"], published.facts["best"]
    table, n = published.table, review["patients"]
    chosen = (table["model"] == best["model"]) & (table["aggregation"] == best["aggregation"])
    row = count_outcomes(published)[chosen].iloc[0]
    own = (row["hits"] - row["false_alarms"]) / n
    treat_all = (2 * review["HGG"] - n) / n
    return own - treat_all, (
        f"At 0.5 the tables give {own:.3f} against {treat_all:.3f}; elsewhere the probabilities "
        "are needed, which are not published."
    )


def _means(published: Published) -> dict[str, float]:
    means = published.table.groupby("aggregation")["f1"].mean()
    return {str(name): float(mean) for name, mean in means.sort_values(ascending=False).items()}


def _friedman(table: pd.DataFrame) -> tuple[float, float]:
    """Friedman's test, models as blocks, corrected for ties (JASA 32:200, 1937)."""
    result = friedmanchisquare(*_wide(table).to_numpy().T)
    return float(result.statistic), float(result.pvalue)


def _without_ties(table: pd.DataFrame) -> float:
    """Friedman's statistic as textbooks write it, without the correction for ties."""
    ranks = _wide(table).rank(axis="columns")
    n, k = ranks.shape
    return float(12 * n / (k * (k + 1)) * ((ranks.mean() - (k + 1) / 2) ** 2).sum())


def _wide(table: pd.DataFrame) -> pd.DataFrame:
    return table.pivot_table(index="model", columns="aggregation", values="f1")


def _columns(rows: list[dict[str, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([row["HGG"] for row in rows]), np.array([row["p"] for row in rows], float)


def _best(published: Published) -> str:
    best = published.facts["best"]
    return f"{best['model']} with {best['aggregation'].lower()} voting"


def _write(means: dict[str, float]) -> str:
    return " / ".join(f"{mean:.3f}" for mean in means.values())


CHECKS = (
    Check("mean_f1", "authors", check_means),
    Check("order", "authors", check_order),
    Check("friedman", "authors", check_friedman),
    Check("friedman_p", "authors", check_friedman_p),
    Check("difference", "authors", check_difference),
    Check("post_hoc", "review", check_post_hoc),
    Check("intervals", "authors", check_intervals),
    Check("calibration", "authors", check_calibration),
    Check("decision_curve", "authors", check_decision_curve),
)
