"""VGG16 with LoRA: class counts, constant predictors, and the size of the adapters."""

from math import prod

import numpy as np

from brain_tumor_kedro.studies.arithmetic import (
    adapter_parameters,
    chance_auroc_spread,
    dense_parameters,
    is_rounded,
)
from brain_tumor_kedro.studies.finding import Check, Finding, holds
from brain_tumor_kedro.studies.publications import Published


def check_counts(split: str) -> Check:
    """Whether the classes of a split add up."""

    def check(published: Published) -> Finding:
        counts, total = published.facts[split], published.facts[f"{split}_total"]
        found = sum(counts.values())
        return Finding(
            f"The {split} classes are {total:,} images",
            holds(found == total),
            f"{' + '.join(map(str, counts.values()))} = {found:,}.",
        )

    return Check(f"{split}_counts", "authors", check)


def check_constant(which: str) -> Check:
    """Whether an accuracy is that of always answering one class."""

    def check(published: Published) -> Finding:
        stated = published.facts["percent"][which]
        label = published.facts["review"]["constant"][which]
        counts = published.facts["test"]
        n = sum(counts.values())
        return Finding(
            f"The {which} accuracy, {stated}%, is that of always answering {label}",
            holds(is_rounded(stated, 100 * counts[label] / n, 2)),
            f"{counts[label]} of {n} test images are {label}: {100 * counts[label] / n:.2f}%.",
        )

    return Check(f"constant_{which}", "review", check)


def check_learned(published: Published) -> Finding:
    """Whether the best accuracy is above that of the most frequent class."""
    stated, counts = published.facts["percent"]["highest"], published.facts["test"]
    n, most = sum(counts.values()), max(counts, key=counts.get)
    always = 100 * counts[most] / n
    better = stated > always and not is_rounded(stated, always, 2)
    return Finding(
        f"Fine-tuned VGG16 tells four classes, with {stated}% right",
        holds(better),
        f"Always answering {most} is right on {always:.2f}%, so it is "
        f"{'better' if better else 'no better'} than the most frequent class.",
    )


def check_auroc(published: Published) -> Finding:
    """Whether the area under the curve is that of chance."""
    stated, counts = published.facts["auroc"], list(published.facts["test"].values())
    n = sum(counts)
    # The mean of the classes varies less than the one that varies most.
    spread = float(np.max([chance_auroc_spread(c, n - c) for c in counts]))
    return Finding(
        f"An AUROC of {stated} is chance",
        holds(abs(stated - 0.5) <= 1.96 * spread),
        f"It lies {abs(stated - 0.5):.3f} from 0.5; of scores that know nothing, that of a single "
        f"class of {n} images lies within {1.96 * spread:.3f} of it in 95%.",
    )


def check_adapter(published: Published) -> Finding:
    """Whether correct adapters have the stated number of parameters."""
    review = published.facts["review"]
    sizes = {
        name: adapter_parameters(inputs, outputs, review["rank"])
        for name, (inputs, outputs) in review["adapted"].items()
    }
    total = sum(sizes.values())
    return Finding(
        f"Rank-{review['rank']} adapters on {' and '.join(sizes)} have "
        f"{review['adapter_parameters']:,} parameters",
        holds(total == review["adapter_parameters"]),
        f"{' + '.join(f'{size:,}' for size in sizes.values())} = {total:,}.",
    )


def check_adapter_share(published: Published) -> Finding:
    """Whether that is the stated share of the layers' own parameters."""
    review = published.facts["review"]
    shapes = review["adapted"].values()
    layers = sum(dense_parameters(inputs, outputs) for inputs, outputs in shapes)
    adapters = sum(adapter_parameters(i, o, review["rank"]) for i, o in shapes)
    stated, millions = review["adapter_percent"], review["layer_parameters_in_millions"]
    return Finding(
        f"The adapters have {stated}% of the layers' {millions} million parameters",
        holds(
            is_rounded(stated, 100 * adapters / layers, 2) and is_rounded(millions, layers / 1e6, 1)
        ),
        f"{adapters:,} of {layers:,} is {100 * adapters / layers:.3f}%.",
    )


def check_grid(published: Published) -> Finding:
    """Whether the grid has the stated number of cells."""
    sizes = [len(values) for values in published.facts["grid"].values()]
    return Finding(
        f"The grid has {published.facts['review']['grid_cells']} cells",
        holds(prod(sizes) == published.facts["review"]["grid_cells"]),
        f"{' x '.join(map(str, sizes))} = {prod(sizes)}.",
    )


def check_folds(published: Published) -> Finding:
    """Whether the highest accuracy is a mean over folds."""
    stated, folds = published.facts["percent"]["highest"], published.facts["fold_percents"]
    claim = f"{stated}% was found by cross-validation"
    if not folds:
        n = published.facts["test_total"]
        whole = round(stated * n / 100)
        fits = is_rounded(stated, 100 * whole / n, 2)
        return Finding(
            claim,
            "not testable",
            f"The folds' scores are not published; {stated}% is {'' if fits else 'not '}a whole "
            f"number of the {n} images of the test folder.",
        )
    mean = float(np.mean(folds))
    evidence = f"The mean of {len(folds)} folds is {mean:.2f}%."
    return Finding(claim, holds(is_rounded(stated, mean, 2)), evidence)


CHECKS = (
    check_counts("train"),
    check_counts("test"),
    check_constant("highest"),
    check_constant("lowest"),
    Check("learned", "authors", check_learned),
    Check("auroc", "review", check_auroc),
    Check("adapter", "review", check_adapter),
    Check("adapter_share", "review", check_adapter_share),
    Check("grid", "review", check_grid),
    Check("cross_validation", "authors", check_folds),
)
