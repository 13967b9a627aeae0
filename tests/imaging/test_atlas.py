import pandas as pd
import pytest

from brain_tumor_kedro.imaging.atlas import COLUMNS, draw_up_atlas, summarize_atlas
from brain_tumor_kedro.imaging.duplicates import reject_conflicts, reject_copies
from builders import make_manifest, make_pairs, make_row

TUMORS = ("glioma", "meningioma", "pituitary")


def draw_up(rows: list[dict], *pairs: tuple[str, str, str]) -> pd.DataFrame:
    """The atlas of what curation would say of these files, by image."""
    table = make_pairs(*pairs)
    settled = reject_conflicts(make_manifest(*rows), table, ["figshare"])
    return draw_up_atlas(reject_copies(settled, table), table).set_index("image_id")


def figshare(image_id: str, patient_id: str | None = "7", **fields) -> dict:
    return make_row(image_id, source="figshare", patient_id=patient_id, width=512, **fields)


def test_every_file_that_shows_a_slice_has_a_row_and_no_other():
    rows = [make_row("a"), make_row("b"), make_row("c", reason="blank")]

    atlas = draw_up(rows, ("a", "b", "near_copy"))

    assert atlas.index.tolist() == ["a", "b"]
    assert set(atlas.reset_index().columns) == set(COLUMNS)
    assert atlas["picture_id"].nunique() == 1
    assert atlas["best"].tolist() == ["a", "a"]


def test_of_a_chain_each_kept_image_is_a_picture_and_the_copy_is_of_its_own():
    rows = [make_row(name, width=size) for name, size in (("a", 512), ("b", 256), ("c", 400))]

    atlas = draw_up(rows, ("a", "b", "near_copy"), ("b", "c", "near_copy"))

    assert atlas["status"].to_dict() == {"a": "kept", "b": "rejected", "c": "kept"}
    assert atlas.loc["a", "picture_id"] != atlas.loc["c", "picture_id"]
    assert atlas.loc["b", "best"] == "a"


def test_equal_pixels_are_one_picture():
    rows = [make_row(name, pixel_hash="same" * 16) for name in "ab"]

    atlas = draw_up(rows, ("a", "b", "exact_copy"))

    assert atlas["picture_id"].tolist() == ["same" * 4] * 2


def test_ids_come_from_the_pixels_whatever_else_is_curated_and_in_which_order():
    rows = [make_row(name, pixel_hash=f"{name}" * 64) for name in "abc"]
    ties = ("a", "b", "near_copy")

    alone = draw_up(rows[:2], ties)
    among = draw_up([make_row("0"), *rows[::-1], make_row("z")], ties, ("0", "z", "near_copy"))
    renamed = draw_up([row | {"image_id": "z" + row["image_id"]} for row in rows[2:]])

    assert among.loc[["a", "b"], "picture_id"].equals(alone["picture_id"])
    assert renamed.loc["zc", "picture_id"] == "c" * 16 == among.loc["c", "picture_id"]


def test_a_contradicted_copy_shows_the_picture_of_the_expert():
    rows = [figshare("f"), make_row("k", "meningioma"), make_row("m")]

    atlas = draw_up(rows, ("f", "k", "near_copy"), ("f", "m", "near_copy"))

    assert atlas.loc["k", "reason"] == "label_conflict"
    assert (atlas["best"] == "f").all()
    assert (atlas["labels"] == "glioma|meningioma").all()
    assert atlas["label_conflict"].all()
    assert atlas.loc["k", "recovered_patient_id"] == "7"


def test_a_contradicted_file_belongs_to_the_kept_image_that_it_is_most_alike_to():
    rows = [figshare("f1"), figshare("f2", "8"), make_row("k", "meningioma")]
    table = make_pairs(("f1", "k", "near_copy"), ("f2", "k", "near_copy"))
    table["local_correlation"] = [0.91, 0.97]

    atlas = draw_up_atlas(reject_conflicts(make_manifest(*rows), table, ["figshare"]), table)

    assert atlas.set_index("image_id").loc["k", "best"] == "f2"


def test_where_every_file_is_rejected_the_best_makes_the_picture():
    rows = [make_row("a"), make_row("b", "meningioma", width=999), make_row("c", pixel_hash="x")]
    rows += [make_row("d", "pituitary", pixel_hash="x")]

    atlas = draw_up(rows, ("a", "b", "near_copy"), ("c", "d", "exact_copy"))

    assert (atlas["status"] == "rejected").all()
    assert atlas["best"].to_dict() == {"a": "b", "b": "b", "c": "c", "d": "c"}


def test_a_chain_into_a_conflict_is_marked_and_not_merged():
    rows = [figshare("f"), make_row("k"), make_row("w", "meningioma")]

    atlas = draw_up(rows, ("f", "k", "near_copy"), ("k", "w", "near_copy"))

    assert atlas["best"].to_dict() == {"f": "f", "k": "f", "w": "w"}
    assert atlas["label_conflict"].to_dict() == {"f": False, "k": False, "w": True}
    assert pd.isna(atlas.loc["w", "recovered_patient_id"])


def test_a_patient_is_recovered_for_files_without_one():
    rows = [figshare("f"), make_row("k"), make_row("alone")]

    atlas = draw_up(rows, ("f", "k", "near_copy"))

    assert atlas.loc["k", ["recovered_patient_id", "recovered_from"]].tolist() == ["7", "figshare"]
    assert atlas.loc[["f", "alone"], "recovered_patient_id"].isna().all()
    assert atlas.loc["f", "patient_id"] == "7"


@pytest.mark.parametrize(
    "other",
    [{"source": "figshare", "patient_id": "8"}, {"source": "other", "patient_id": "7"}],
    ids=["another patient", "another source's patient"],
)
def test_where_copies_name_several_patients_none_is_recovered(other):
    rows = [figshare("f"), make_row("g", **other), make_row("k")]

    atlas = draw_up(rows, ("f", "g", "near_copy"), ("f", "k", "near_copy"))

    assert atlas["patient_conflict"].all()
    assert atlas["recovered_patient_id"].isna().all()


def test_a_copy_of_an_image_that_was_rejected_later_follows_it():
    rows = [make_row("a"), make_row("b"), make_row("c"), make_row("d")]
    manifest = make_manifest(*rows).assign(
        status=["kept", *["rejected"] * 3],
        reason=[None, *["near_copy"] * 3],
        copy_of=[None, "a", "b", "c"],
    )

    atlas = draw_up_atlas(manifest, make_pairs())

    assert (atlas["best"] == "a").all()


def test_copies_stay_with_the_image_they_were_rejected_for_where_that_is_rejected_later():
    manifest = make_manifest(
        make_row("b", reason="label_conflict"),
        make_row("copy", reason="near_copy", copy_of="b"),
        make_row("w", reason="label_conflict", width=999),
    )
    pairs = make_pairs(("b", "copy", "near_copy"), ("b", "w", "near_copy"))

    assert (draw_up_atlas(manifest, pairs)["best"] == "b").all()


def test_a_copy_of_nothing_is_refused():
    manifest = make_manifest(make_row("a", reason="near_copy", copy_of="gone"))

    with pytest.raises(ValueError, match="found one of gone"):
        draw_up_atlas(manifest, make_pairs())


def test_the_summary_counts_pictures_and_recovered_patients():
    rows = [
        figshare("f"),
        make_row("k"),
        make_row("w", "meningioma"),
        make_row("alone"),
        make_row("none", "no_tumor"),
    ]

    atlas = draw_up(rows, ("f", "k", "near_copy"), ("f", "w", "near_copy"))
    summary = summarize_atlas(atlas.reset_index(), TUMORS)

    assert summary == {
        "pictures": 3,
        "files": 5,
        "in_several_sources": 1,
        "label_conflicts": 1,
        "patient_conflicts": 0,
        "patients": {
            "figshare": {"tumor_files": 1, "own": 1, "recovered": 0, "recovered_in_conflict": 0},
            "kaggle/set": {"tumor_files": 3, "own": 0, "recovered": 2, "recovered_in_conflict": 2},
        },
    }


def test_without_a_slice_the_atlas_is_empty():
    atlas = draw_up_atlas(make_manifest(make_row("a", reason="blank")), make_pairs())

    assert list(atlas.columns) == COLUMNS
    assert summarize_atlas(atlas, TUMORS)["pictures"] == 0
