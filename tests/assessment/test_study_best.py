from brain_tumor_kedro.assessment.study_best import find_highest, find_other_data, name_metric
from brain_tumor_kedro.assessment.study_table import tabulate_study
from studied import two_tables


def of_other_images(recipe="grade_densenet201"):
    """The best model is judged on other images than all the rest."""
    cells, scores = two_tables(strategies=("soft",))
    cells["data"] = ["" if name != recipe else '{"split": "image"}' for name in cells["recipe"]]
    return cells, tabulate_study(cells, scores)


def test_the_highest_is_of_rows_on_the_same_images():
    cells, table = of_other_images()
    table["f1"] = [0.7, 0.6, 0.99, 0.8, 0.75]

    text = find_highest(cells, table, "f1")["text"]

    assert text.startswith("The highest F1 on the test split is 0.800 (soft, ± ")
    assert "of grade_efficientnet_b0, against" in text
    assert "The highest of 4 rows (models x strategies) on the same images is higher" in text


def test_rows_on_other_images_are_a_warning():
    cells, table = of_other_images()

    (finding,) = find_other_data(cells, table)

    assert finding["level"] == "warn" and finding["text"].startswith("1 of 5 rows")
    assert find_other_data(cells.drop(columns="data"), table.assign(data=float("nan"))) == []


def test_where_the_first_cell_failed_the_first_row_is_what_others_are_held_against():
    cells, table = of_other_images(recipe="grade_resnet50")

    rest = table[table["data"] != ""]

    assert find_other_data(cells.assign(data="nowhere"), rest) == []


def test_the_highest_is_by_what_the_study_is_judged_by():
    cells, table = of_other_images()
    table["accuracy"] = [0.9, 0.6, 0.99, 0.8, 0.75]

    text = find_highest(cells, table, "accuracy")["text"]

    assert "The highest accuracy on the test split is 0.900" in text
    assert "of grade_resnet50, against 0.789 of the same answer for all." in text
    assert "of the same answer" not in find_highest(cells, table, "auroc")["text"]
    unknown = table.assign(specificity=float("nan"))
    assert "The highest F1" in find_highest(cells, unknown, "specificity")["text"]
    assert name_metric("auroc") == "AUROC"


def test_of_folds_the_highest_is_of_those_left_out():
    cells, scores = two_tables(folds=(0, 1))

    assert (
        "on the folds left out" in find_highest(cells, tabulate_study(cells, scores), "f1")["text"]
    )
