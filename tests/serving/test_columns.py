from brain_tumor_kedro.serving.columns import columns_of


def test_columns_stand_in_one_order_with_a_probability_for_each_class():
    assert columns_of(["LGG", "HGG"]) == (
        "file", "frame", "label", "p_LGG", "p_HGG", "prediction_set", "quality",
        "out_of_distribution_score", "out_of_distribution", "needs_review", "reason",
    )  # fmt: skip
