"""ImageNet against RadImageNet: counts, and what three percentages can say."""

from itertools import pairwise
from typing import Any

import numpy as np

from brain_tumor_kedro.studies.arithmetic import are_counts_of, is_rounded, wilson
from brain_tumor_kedro.studies.finding import Check, Finding, holds
from brain_tumor_kedro.studies.probabilities import auroc
from brain_tumor_kedro.studies.publications import Published


def check_classes(published: Published) -> Finding:
    """Whether the classes of every split add up."""
    sums = [
        (f"{name} {split}", sum(counts.values()), collection["totals"][split])
        for name, collection in published.facts["collections"].items()
        for split, counts in collection.items()
        if split != "totals"
    ]
    return Finding(
        f"The classes of {' and '.join(name for name, _, _ in sums)} add up",
        holds(all(found == stated for _, found, stated in sums)),
        "; ".join(f"{name}: {found:,} of stated {stated:,}" for name, found, stated in sums) + ".",
    )


def check_total(published: Published) -> Finding:
    """Whether the collections add up."""
    parts = [n for c in published.facts["collections"].values() for n in c["totals"].values()]
    return Finding(
        f"The collections hold {published.facts['total']:,} images",
        holds(sum(parts) == published.facts["total"]),
        f"{' + '.join(f'{n:,}' for n in parts)} = {sum(parts):,}.",
    )


def check_order(published: Published) -> Finding:
    """Whether the models differ by more than chance, on the smallest test set."""
    n, models = min(_tests(published).values()), published.facts["models"]
    ends = [_widest(model["accuracy"], n, published) for model in models]
    apart = all(one[0] > other[1] for one, other in pairwise(ends))
    named = "; ".join(
        f"{model['model']} {100 * low:.1f} to {100 * high:.1f}%"
        for model, (low, high) in zip(models, ends, strict=True)
    )
    return Finding(
        f"{' > '.join(model['model'] for model in models)} by accuracy",
        holds(apart),
        f"Even on {n} images, the smallest test set, Wilson's 95% intervals "
        f"{'are apart' if apart else 'overlap'}, were images independent: {named}.",
    )


def check_weights(published: Published) -> Finding:
    """Whether any backbone was tried with both kinds of weights."""
    models = published.facts["models"]
    kinds = sorted({model["weights"] for model in models})
    scores: dict[str, dict[str, float]] = {}
    for model in models:
        scores.setdefault(model["backbone"], {})[model["weights"]] = model["accuracy"]
    pairs = {name: found for name, found in scores.items() if len(found) > 1}
    claim = f"{kinds[0]} weights do better than {kinds[-1]} weights"
    if not pairs:
        return Finding(
            claim,
            "not testable",
            f"{len(models)} models, {len(scores)} backbones, none with both kinds of weights: "
            "weights and architecture cannot be told apart.",
        )
    better = [name for name, found in pairs.items() if found[kinds[0]] > found[kinds[-1]]]
    evidence = f"{len(better)} of {len(pairs)} backbones with both do better with {kinds[0]}."
    return Finding(claim, holds(len(better) == len(pairs)), evidence)


def check_test_sets(published: Published) -> Finding:
    """Whether the accuracies tell of which test set they are."""
    decimals, tests = published.facts["decimals"] + 2, _tests(published)
    shares = np.array([model["accuracy"] / 100 for model in published.facts["models"]])
    sizes = {**tests, "both": sum(tests.values())}
    fitting = [name for name, n in sizes.items() if are_counts_of(shares, n, decimals).all()]
    return Finding(
        "Both test sets were scored",
        "not testable" if fitting else "refuted",
        f"In the stated decimals the accuracies can be of {len(fitting)} of {len(sizes)} test sets"
        + (
            f" ({', '.join(f'{sizes[name]:,} of {name}' for name in fitting)})." if fitting else "."
        ),
    )


def check_auc(published: Published) -> Finding:
    """Whether the first model's area under the curve is that of its probabilities."""
    models, rows = published.facts["models"], published.facts["probabilities"]
    claim = f"{models[0]['model']} has an AUC of {models[0]['auc']}%"
    if not rows:
        accuracies, areas = ([model[name] for model in models] for name in ("accuracy", "auc"))
        same = np.array_equal(np.argsort(accuracies), np.argsort(areas))
        return Finding(
            claim,
            "not testable",
            "No probabilities are published; the order of the models by AUC is "
            f"{'' if same else 'not '}that by accuracy.",
        )
    found = 100 * _macro_auc(rows)
    return Finding(
        claim,
        holds(is_rounded(models[0]["auc"], found, 1)),
        f"Its {len(rows):,} probabilities give {found:.1f}%, the mean over classes.",
    )


def check_second_collection(published: Published) -> Finding:
    """Whether an epoch is long enough to hold both training folders."""
    share, epoch = published.facts["train_share"], published.facts["epoch"]
    sizes = [c["totals"]["train"] for c in published.facts["collections"].values()]
    wanted = int(share * sum(sizes))
    claim = f"Training used both collections, {100 * share:.0f}% of {sum(sizes):,} images"
    if not epoch:
        return Finding(
            claim, "not testable", f"Steps of an epoch are not published; {wanted:,} would be seen."
        )
    seen = epoch["steps"] * epoch["batch"]
    evidence = f"{epoch['steps']} steps of {epoch['batch']} are {seen:,} images of {wanted:,}."
    return Finding(claim, holds(seen >= wanted), evidence)


def _tests(published: Published) -> dict[str, int]:
    collections = published.facts["collections"]
    return {name: collection["totals"]["test"] for name, collection in collections.items()}


def _widest(percent: float, n: int, published: Published) -> tuple[float, float]:
    """The interval of every count that rounds to a percentage."""
    error = 0.5 * 10.0 ** -published.facts["decimals"]
    low, high = (round((percent + sign * error) * n / 100) for sign in (-1, 1))
    return wilson(max(low, 0), n)[0], wilson(min(high, n), n)[1]


def _macro_auc(rows: list[dict[str, Any]]) -> float:
    labels = np.array([row["label"] for row in rows])
    return float(
        np.mean(
            [
                auroc(labels == label, np.array([row["p"][label] for row in rows]))
                for label in sorted(set(labels.tolist()))
            ]
        )
    )


CHECKS = (
    Check("classes", "authors", check_classes),
    Check("total", "authors", check_total),
    Check("order", "authors", check_order),
    Check("weights", "authors", check_weights),
    Check("test_sets", "authors", check_test_sets),
    Check("auc", "authors", check_auc),
    Check("second_collection", "authors", check_second_collection),
)
