import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain_tumor_kedro.imaging.grouping import connect, group_images
from builders import make_manifest, make_pairs, make_row

EDGES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=30)


def groups(manifest: pd.DataFrame) -> dict:
    return manifest.set_index("image_id")["group_id"].to_dict()


def test_copies_relatives_and_slices_of_a_patient_are_one_group():
    manifest = make_manifest(
        make_row("a"),
        make_row("b"),
        make_row("c", patient_id="p"),
        make_row("d", patient_id="p"),
        make_row("e"),
    )
    pairs = make_pairs(("a", "b", "near_copy"), ("b", "c", "relative"))

    assert groups(group_images(manifest, pairs)) == dict(zip("abcde", "aaaae", strict=True))


def test_a_rejected_copy_ties_its_relatives_together():
    manifest = make_manifest(make_row("a"), make_row("b", reason="near_copy"), make_row("c"))
    pairs = make_pairs(("a", "b", "near_copy"), ("b", "c", "relative"))

    assert groups(group_images(manifest, pairs))["c"] == "a"


def test_the_same_patient_id_in_two_sources_names_two_patients():
    manifest = make_manifest(
        make_row("a", patient_id="1", source="figshare"), make_row("b", patient_id="1")
    )

    assert groups(group_images(manifest, make_pairs())) == {"a": "a", "b": "b"}


def test_a_broken_file_has_no_group():
    manifest = make_manifest(make_row("a"), make_row("b", reason="unreadable"))

    grouped = group_images(manifest, make_pairs()).set_index("image_id")

    assert grouped["group_id"].isna().tolist() == [False, True]


def test_a_pair_that_names_an_unknown_image_is_refused():
    with pytest.raises(ValueError, match="another image"):
        connect(pd.Series(["a"]), pd.DataFrame({"a": ["a"], "b": ["z"]}))


@given(EDGES)
def test_components_are_those_of_a_search_by_hand(edges):
    ids = pd.Series([str(number) for number in range(13)])
    neighbors = {number: {number} for number in range(13)}
    for a, b in edges:
        union = neighbors[a] | neighbors[b]
        for member in union:
            neighbors[member] = union

    numbers = connect(ids, pd.DataFrame(edges, columns=["a", "b"]).astype(str))

    for a in range(13):
        for b in range(13):
            assert (numbers[str(a)] == numbers[str(b)]) == (b in neighbors[a])


def test_a_held_out_image_names_no_group_of_others():
    manifest = make_manifest(
        make_row("a", source="kaggle/out"), make_row("b"), make_row("c", source="kaggle/out")
    )

    grouped = group_images(manifest, make_pairs(("a", "b", "relative")), ["kaggle/out"])

    assert grouped["group_id"].tolist() == ["b", "b", "c"]
