"""Xception against VGG16: counts, percentages, and what the counts say of the difference."""

from itertools import combinations
from typing import Any

from brain_tumor_kedro.studies.arithmetic import is_cut_off, is_rounded, mcnemar_bounds, wilson
from brain_tumor_kedro.studies.finding import Check, Finding, holds
from brain_tumor_kedro.studies.publications import Published

#: The share of wrong rejections that a test may have.
ALPHA = 0.05

NAMES = {"xception": "Xception", "vgg16": "VGG16"}


def check_total(published: Published) -> Finding:
    """Whether the splits add up."""
    n = published.facts["images"]
    found = n["train"] + n["val"] + n["test"]
    return Finding(
        f"{n['train']:,} / {n['val']} / {n['test']} images are {n['total']:,}",
        holds(found == n["total"]),
        f"{n['train']:,} + {n['val']} + {n['test']} = {found:,}.",
    )


def check_percentages(published: Published) -> Finding:
    """Whether the shares of the splits are as stated."""
    n, stated = published.facts["images"], published.facts["percent"]
    found = {split: 100 * n[split] / n["total"] for split in stated}
    off = [split for split in stated if not is_rounded(stated[split], found[split], 1)]
    cut = [split for split in off if is_cut_off(stated[split], found[split], 1)]
    said = [
        f"{found[split]:.3f} ({split}) was cut off, not rounded"
        if split in cut
        else f"{found[split]:.3f} ({split}) is not {stated[split]}"
        for split in off
    ]
    return Finding(
        f"The splits are {' / '.join(map(str, stated.values()))}%, train / val / test",
        holds(cut == off),
        f"They are {' / '.join(f'{share:.2f}' for share in found.values())}%"
        + (f"; {', '.join(said)}." if said else "."),
    )


def check_classes(published: Published) -> Finding:
    """Whether every class is above the stated number."""
    least, counts = published.facts["least_of_a_class"], published.facts["class_counts"]
    claim = f"Every class has more than {least:,} images"
    if not counts:
        mean = published.facts["images"]["total"] / 4
        return Finding(
            claim,
            "not testable" if mean > least else "refuted",
            f"Images per class are not published; {mean:,.0f} is the mean of four.",
        )
    label = min(counts, key=counts.get)
    return Finding(
        claim, holds(counts[label] > least), f"The smallest, {label}, has {counts[label]:,}."
    )


def check_accuracy(name: str) -> Check:
    """Whether a percentage is that of its counts."""

    def check(published: Published) -> Finding:
        stated = published.facts["accuracy"][name]
        right, of = stated["right"], stated["of"]
        low, high = wilson(right, of)
        return Finding(
            f"{_model(name)} has {stated['percent']:.2f}% right ({right}/{of})",
            holds(is_rounded(stated["percent"], 100 * right / of, 2)),
            f"{right}/{of} = {100 * right / of:.2f}%; Wilson's 95% interval is {100 * low:.1f} to "
            f"{100 * high:.1f}%, were images independent.",
        )

    return Check(name, "authors", check)


def check_validation(published: Published) -> Finding:
    """Whether Xception is above the stated share on validation images."""
    least, stated = published.facts["xception_validation_above"], published.facts["images"]["val"]
    claim, counts = (
        f"Xception is above {least}% on validation",
        published.facts["xception_validation"],
    )
    if not counts:
        needed = int(stated * least / 100) + 1
        return Finding(
            claim, "not testable", f"No count is published; it takes {needed} of {stated}."
        )
    share = 100 * counts["right"] / counts["of"]
    evidence = f"{counts['right']}/{counts['of']} = {share:.2f}%."
    return Finding(claim, holds(share > least), evidence)


def check_better(published: Published) -> Finding:
    """Whether Xception beats VGG16 on the same test images by more than chance."""
    one, other = (published.facts["accuracy"][name] for name in ("xception_test", "vgg16_test"))
    n = one["of"]
    bounds = mcnemar_bounds(one["right"], other["right"], n)
    return Finding(
        "Xception is better than VGG16",
        holds(one["right"] > other["right"] and bounds.largest < ALPHA),
        f"{one['right']} against {other['right']} of the same {n}: however their mistakes overlap, "
        f"McNemar's exact p is at most {bounds.largest:.1e}, were images independent.",
    )


def check_testing_folder(published: Published) -> Finding:
    """Whether validation and test together are as many as a published test folder."""
    n, folder = published.facts["images"], published.facts["kaggle"]
    found = n["val"] + n["test"]
    return Finding(
        f"Validation and test are as many as Kaggle's published Testing folder, {folder['test']:,}",
        holds(found == folder["test"]),
        f"{n['val']} + {n['test']} = {found:,}, and the {n['train']:,} training images are "
        f"{_differ(n['train'], folder['train'])} its Training folder holds ({folder['train']:,}).",
    )


def check_merged(published: Published) -> Finding:
    """Whether Figshare and Kaggle can have been merged."""
    total, kaggle = published.facts["images"]["total"], sum(published.facts["kaggle"].values())
    figshare = published.facts["figshare"]
    possible = total >= max(kaggle, figshare)
    return Finding(
        "Figshare and Kaggle were merged",
        "not testable" if possible else "refuted",
        f"{total:,} are {_differ(total, kaggle)} that Kaggle collection holds alone ({kaggle:,}); "
        f"with Figshare's {figshare:,} they would be {kaggle + figshare:,}, less the copies, whose "
        "number is not published.",
    )


def check_patients(published: Published) -> Finding:
    """Whether any patient lies in two splits."""
    claim, splits = "No patient is in two splits", published.facts["patients"]
    if not splits:
        return Finding(claim, "not testable", "The split is by images, without patient ids.")
    shared: set[Any] = set()
    for one, other in combinations(splits.values(), 2):
        shared |= set(one) & set(other)
    return Finding(claim, holds(not shared), f"{len(shared)} patients are in more than one split.")


def check_leak(published: Published) -> Finding:
    """Whether the test accuracy is higher than patients kept apart would give."""
    alarm, stated = published.facts["leak_alarm"], published.facts["accuracy"]["xception_test"]
    low, _ = wilson(stated["right"], stated["of"])
    return Finding(
        f"Xception is above {alarm}%, where a leak is to be feared",
        holds(100 * low > alarm),
        f"Even the lower end of its interval, {100 * low:.1f}%, is "
        f"{'above' if 100 * low > alarm else 'not above'} it.",
    )


def check_confusions(published: Published) -> Finding:
    """Whether the stated classes are confused most."""
    pair, matrix = published.facts["most_confused"], published.facts["confusion"]
    claim = f"Most confusion is between {' and '.join(pair)}"
    if not matrix:
        return Finding(claim, "not testable", "The confusion matrix is published as a picture.")
    errors = {
        (one, other): matrix[one].get(other, 0) + matrix[other].get(one, 0)
        for one, other in combinations(sorted(matrix), 2)
    }
    most = max(errors, key=lambda classes: errors[classes])
    evidence = f"{' and '.join(most)} are confused most, {errors[most]} times."
    return Finding(claim, holds(set(most) == set(pair)), evidence)


def _differ(found: int, other: int) -> str:
    return f"{abs(found - other):,} {'more' if found >= other else 'fewer'} than"


def _model(name: str) -> str:
    model, split = name.split("_")
    return f"{NAMES[model]} on {split} images"


CHECKS = (
    Check("total", "authors", check_total),
    Check("percentages", "authors", check_percentages),
    Check("classes", "authors", check_classes),
    *(check_accuracy(name) for name in ("xception_test", "vgg16_val", "vgg16_test")),
    Check("xception_validation", "authors", check_validation),
    Check("better", "authors", check_better),
    Check("testing_folder", "review", check_testing_folder),
    Check("merged", "authors", check_merged),
    Check("patients", "review", check_patients),
    Check("leak", "review", check_leak),
    Check("confusions", "authors", check_confusions),
)
