"""Glioma grade: how many patients and slices, and of how many the tables can be."""

import numpy as np

from brain_tumor_kedro.studies.arithmetic import (
    are_counts_of,
    are_nearly_all,
    find_denominator,
    is_rounded,
    is_share_of,
)
from brain_tumor_kedro.studies.finding import Check, Finding, holds
from brain_tumor_kedro.studies.publications import Published


def check_cohort(published: Published) -> Finding:
    """Whether the patients add up."""
    n = published.facts["cohort"]
    kept = n["HGG"] - n["excluded_HGG"]
    return Finding(
        f"{n['HGG']} HGG and {n['LGG']} LGG less {n['excluded_HGG']} HGG leave {n['kept_HGG']} "
        f"and {n['kept_LGG']}",
        holds(kept == n["kept_HGG"] and n["LGG"] == n["kept_LGG"]),
        f"{n['HGG']} + {n['LGG']} = {n['HGG'] + n['LGG']}; {n['HGG']} - {n['excluded_HGG']} = "
        f"{kept}; {kept} + {n['LGG']} = {kept + n['LGG']} patients.",
    )


def check_split(published: Published) -> Finding:
    """Whether the split has the stated shares."""
    split, patients = published.facts["split"], _patients(published)
    rest = patients - split["test"]
    fits = is_share_of(split["test"], patients, split["test_share"])
    fits &= is_share_of(split["val"], rest, split["val_share"])
    return Finding(
        f"{split['train']} / {split['val']} / {split['test']} patients train, validate and test",
        holds(fits and split["train"] + split["val"] == rest),
        f"{100 * split['test_share']:.0f}% of {patients} is {patients * split['test_share']:.1f}, "
        f"{100 * split['val_share']:.0f}% of the other {rest} is {rest * split['val_share']:.1f}, "
        f"which leaves {rest - split['val']}.",
    )


def check_slices(published: Published) -> Finding:
    """Whether a patient can have so many slices."""
    slices, n = published.facts["slices"], published.facts["cohort"]
    each = {label: slices[label] / n[f"kept_{label}"] for label in ("HGG", "LGG")}
    possible = all(0 < mean <= slices["in_a_volume"] for mean in each.values())
    return Finding(
        f"{slices['HGG']:,} HGG and {slices['LGG']:,} LGG slices show the tumor",
        "not testable" if possible else "refuted",
        f"That is {each['HGG']:.1f} and {each['LGG']:.1f} a patient of at most "
        f"{slices['in_a_volume']}, which is {'possible' if possible else 'impossible'}; the "
        "volumes alone can tell more.",
    )


def check_test_set(published: Published) -> Finding:
    """Whether the accuracies can be of the stated test set."""
    stated, decimals = published.facts["split"]["test"], published.facts["decimals"]
    accuracies = published.table["accuracy"].to_numpy(float)
    best = find_denominator(accuracies, _patients(published), decimals)
    fits, most = (int(are_counts_of(accuracies, n, decimals).sum()) for n in (stated, best))
    return Finding(
        f"The tables are of {stated} test patients",
        holds(are_nearly_all(fits, len(accuracies))),
        f"{fits} of {len(accuracies)} accuracies are a whole number of {stated}, rounded to "
        f"{decimals} decimals; most, {most}, are one of {best}.",
    )


def check_true_size(published: Published) -> Finding:
    """Whether the tables are of the patients that a review found."""
    review, decimals = published.facts["review"], published.facts["decimals"]
    columns = {"accuracy": review["patients"], "recall": review["HGG"]}
    found = {name: published.table[name].to_numpy(float) for name in columns}
    fits = {name: int(are_counts_of(found[name], n, decimals).sum()) for name, n in columns.items()}
    best = {
        "accuracy": find_denominator(found["accuracy"], _patients(published), decimals),
        "recall": find_denominator(found["recall"], review["patients"], decimals),
    }
    rows = len(published.table)
    both = are_counts_of(found["accuracy"], review["patients"], decimals)
    both &= are_counts_of(found["recall"], review["HGG"], decimals)
    return Finding(
        f"{review['fitting_rows']} of {rows} accuracies are of {review['patients']} test patients, "
        f"and as many recalls of {review['HGG']} HGG",
        holds(best == columns and set(fits.values()) == {review["fitting_rows"]}),
        f"{fits['accuracy']} of {rows} accuracies are a whole number of {review['patients']} and "
        f"{fits['recall']} recalls one of {review['HGG']}, both in {int(both.sum())} rows; of the "
        f"numbers up to {_patients(published)} the smallest that fits most accuracies is "
        f"{best['accuracy']}, and of those up to {review['patients']} the one that fits most "
        f"recalls {best['recall']}.",
    )


def check_other_share(published: Published) -> Finding:
    """Whether the patients in the tables are another share of the cohort."""
    review, n = published.facts["review"], published.facts["cohort"]
    patients, share = _patients(published), review["test_share"]
    test, positives = review["patients"], n["kept_HGG"] / patients
    stated = published.facts["split"]["test_share"]
    fits = is_share_of(test, patients, share) and is_share_of(review["HGG"], test, positives)
    return Finding(
        f"{test} test patients with {review['HGG']} HGG are a stratified {100 * share:.0f}%, not "
        f"{100 * stated:.0f}%",
        holds(fits and not is_share_of(test, patients, stated)),
        f"{100 * share:.0f}% of {patients} is {patients * share:.1f}, {100 * stated:.0f}% is "
        f"{patients * stated:.1f}; with the cohort's share of HGG, {test} hold "
        f"{test * positives:.1f}.",
    )


def check_constant_model(published: Published) -> Finding:
    """Whether a model of the table is the one that always answers HGG."""
    review, decimals = published.facts["review"], published.facts["decimals"]
    rows = published.table[published.table["model"] == review["constant_model"]]
    share = review["HGG"] / review["patients"]
    always = (rows["recall"] == 1) & np.array(
        [
            is_rounded(a, share, decimals) and a == p
            for a, p in rows[["accuracy", "precision"]].values
        ]
    )
    return Finding(
        f"{review['constant_model']} always answers HGG",
        holds(bool(len(rows)) and bool(always.all())),
        f"In {int(always.sum())} of its {len(rows)} rows recall is 1 and both accuracy and "
        f"precision are the share of HGG, {review['HGG']}/{review['patients']} = {share:.3f}.",
    )


def _patients(published: Published) -> int:
    cohort = published.facts["cohort"]
    return int(cohort["kept_HGG"] + cohort["kept_LGG"])


CHECKS = (
    Check("cohort", "authors", check_cohort),
    Check("split", "authors", check_split),
    Check("slices", "authors", check_slices),
    Check("test_set", "authors", check_test_set),
    Check("true_size", "review", check_true_size),
    Check("other_share", "review", check_other_share),
    Check("constant_model", "review", check_constant_model),
)
