import numpy as np
import pandas as pd

from brain_tumor_kedro.assessment.shortcuts import (
    ShortcutSettings,
    choose_probed,
    find_entangled,
    probe_labels,
    probe_sources,
)

SETTINGS = ShortcutSettings(draws=100)
RNG = np.random.default_rng(0)


def rows(n: int = 160) -> pd.DataFrame:
    """Two sources, of which one lacks a class."""
    label = np.array(["a", "b"])[(np.arange(n) % 2)]
    source = np.where((np.arange(n) % 4 == 1), "two", "one")
    return pd.DataFrame(
        {
            "image_id": [f"i{number}" for number in range(n)],
            "label": label,
            "source": source,
            "group_id": [f"g{number // 4}-{number % 4}" for number in range(n)],
            "split": "train",
            "row": range(n),
        }
    )


def noise(n: int) -> np.ndarray:
    return RNG.normal(size=(n, 4)).astype(np.float32)


def by(found: list[dict]) -> dict:
    return {(each["basis"], each["within"]): each for each in found}


def test_the_class_alone_tells_something_of_the_source():
    found = by(probe_sources({"border": noise(160)}, rows(), SETTINGS))

    # Source two holds b alone, source one both: known from the class in half of the errors.
    assert found["label_alone", None]["accuracy"] > 0.75
    assert found["border", None]["accuracy"] < 0.65
    # Among images of a there is one source alone; among those of b there are two.
    assert set(found) == {("border", None), ("label_alone", None), ("border", "b")}


def test_a_trace_of_the_source_is_told_within_a_class_too():
    numbers = noise(160)
    numbers[:, 0] += 5 * (rows()["source"] == "two")
    found = by(probe_sources({"border": numbers}, rows(), SETTINGS))

    assert found["border", "b"]["low"] > 0.8


def test_classes_are_told_over_all_and_within_sources():
    numbers = noise(160)
    numbers[:, 0] += 5 * (rows()["label"] == "a")
    found = by(probe_labels({"border": numbers, "background": noise(160)}, rows(), SETTINGS))

    assert found["border", None]["low"] > 0.8
    assert found["border", "one"]["low"] > 0.8
    assert found["background", None]["low"] < 0.6
    assert ("border", "two") not in found


def test_one_source_alone_tells_nothing():
    found = probe_sources({"border": noise(160)}, rows().assign(source="one"), SETTINGS)
    assert [each["accuracy"] for each in found] == [None, None]


def test_few_images_of_all_sources_are_chosen():
    table = rows()
    table.loc[0, "split"] = None
    chosen = choose_probed(table, SETTINGS.model_copy(update={"images": 60}))

    assert chosen.groupby(["source", "label"]).size().tolist() == [20, 20, 20]
    assert "i0" not in set(choose_probed(table, SETTINGS)["image_id"])


def test_sources_that_lack_a_class_are_named():
    assert find_entangled(rows(), ("a", "b", "nowhere")) == {"two": ["a"]}
    assert find_entangled(rows().assign(source="one"), ("a", "b")) == {}
