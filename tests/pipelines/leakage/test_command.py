"""The price of leakage on the sample, through the command line."""

import pandas as pd
from PIL import Image

from brain_tumor_kedro.assessment.consistency import require_figure_of


def test_the_sample_has_a_price_of_leakage(kedro, read):
    kedro("run", "--env", "sample", "--pipelines", "leakage")

    table = pd.read_parquet(read("08_reporting/tumor_type/leakage.parquet/*/*"))
    assert set(table["protocol"]) == {
        "published_folders", "naive_merge", "copies_removed", "groups_apart", "source_left_out",
    }  # fmt: skip
    shares = table.groupby("protocol")[["copy_share", "relative_share"]].max()
    assert (shares.loc[["groups_apart", "source_left_out"]] == 0).all(axis=None)
    assert shares.loc["copies_removed", "copy_share"] == 0
    assert shares.loc["naive_merge", "copy_share"] > 0.1
    assert table.attrs["phantom"]
    assert "untrained network" in table.attrs["classifier"]
    figure = read("08_reporting/tumor_type/figures/leakage.png/*/*")
    require_figure_of("leakage", figure.read_bytes(), table.attrs["manifest_digest"])
    with Image.open(figure) as image:
        assert image.width <= 1600
    rows = pd.read_csv(read("08_reporting/tumor_type/leakage.csv/*/*"))
    assert len(rows) == len(table)
