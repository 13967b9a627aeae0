"""Patients that no way of putting slices together gets right."""

import pandas as pd


def find_patient_mistakes(patients: pd.DataFrame, positive: str) -> pd.DataFrame:
    """List the patients that every strategy gets wrong.

    Args:
        patients: As `aggregation.aggregate` makes it.
        positive: The positive label.

    Returns:
        `patient_id`, `split`, `label`, `slices`, and `p_<strategy>`: the probability of the
        positive label by strategy. The surest mistakes of each split first.
    """
    wrong = patients["predicted"] != patients["label"]
    always = wrong.groupby(patients["patient_id"]).all()
    about = patients.drop_duplicates("patient_id")[["patient_id", "split", "label", "slices"]]
    said = patients.pivot_table(
        index="patient_id", columns="strategy", values=f"p_{positive}", aggfunc="first", sort=False
    ).add_prefix("p_")
    table = about.merge(said.reset_index(), on="patient_id")
    table = table[table["patient_id"].map(always)]
    surest = (table[said.columns].mean(axis=1) - 0.5).abs()
    places = pd.factorize(table["split"])[0]
    order = pd.DataFrame({"split": places, "sure": -surest}, index=table.index)
    return table.loc[order.sort_values(["split", "sure"]).index].reset_index(drop=True)
