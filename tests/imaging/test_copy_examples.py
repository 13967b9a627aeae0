import math

import pytest

from brain_tumor_kedro.imaging.copy_examples import choose_copies
from builders import draw, make_manifest, make_pairs, make_row, write_file


@pytest.fixture
def files(tmp_path):
    return [write_file(tmp_path / name, draw(0)) for name in "abcdefg"]


def copy(image_id: str, of: str = "a", reason: str = "near_copy", **fields) -> dict:
    return make_row(image_id, reason=reason, copy_of=of, **fields)


def pairs_of(*similarities: tuple[str, float]):
    pairs = make_pairs(*(("a", image_id, "near_copy") for image_id, _ in similarities))
    return pairs.assign(local_correlation=[similarity for _, similarity in similarities])


def test_the_least_alike_and_a_typical_copy_are_chosen(files):
    manifest = make_manifest(make_row("a"), *(copy(image_id) for image_id in "bcdef"))
    pairs = pairs_of(("b", 0.99), ("c", 0.91), ("d", 0.95), ("e", 0.97), ("f", 0.98))

    ((group,), left_out) = choose_copies(manifest, pairs, files)

    assert (group.kept_source, group.copy_source, group.n, left_out) == (*["kaggle/set"] * 2, 5, 0)
    assert [(example.copy_id, example.choice) for example in group.examples] == [
        ("c", "least alike"),
        ("d", "least alike"),
        ("f", "typical"),
    ]
    assert group.examples[0].similarity == 0.91
    assert group.examples[0].kept_id == "a"
    assert group.examples[0].kept_pixels.shape == (224, 224)


def test_pairs_of_sources_are_ordered_by_their_copies_and_the_rest_is_counted(files):
    manifest = make_manifest(
        make_row("a"), copy("b"), copy("c"), copy("d", source="figshare"), copy("e", source="x")
    )
    pairs = pairs_of(*((image_id, 0.95) for image_id in "bcde"))

    groups, left_out = choose_copies(manifest, pairs, files, most=2)

    assert [(group.copy_source, group.n) for group in groups] == [
        ("kaggle/set", 2),
        ("figshare", 1),
    ]
    assert left_out == 1


def test_images_with_equal_pixels_share_what_was_measured(files):
    # Only the first of equal images is compared with others: b is equal to a, d to c.
    manifest = make_manifest(
        make_row("b"), copy("a", "b", "exact_copy"), copy("c", "b"), copy("d", "b")
    )
    pairs = make_pairs(("a", "b", "exact_copy"), ("a", "c", "near_copy"), ("c", "d", "exact_copy"))
    pairs["view"] = ["upright", "mirrored", "upright"]
    pairs["local_correlation"] = [1.0, 0.93, 1.0]

    ((group,), _) = choose_copies(manifest, pairs, files)

    seen = {example.copy_id: (example.similarity, example.view) for example in group.examples}
    assert seen == {"c": (0.93, "mirrored"), "d": (0.93, "mirrored"), "a": (1.0, "")}


def test_a_copy_that_others_tie_has_no_similarity_and_comes_last(files):
    manifest = make_manifest(make_row("a"), copy("b"), copy("c"))

    ((group,), _) = choose_copies(manifest, pairs_of(("c", 0.97)), files)

    assert [example.copy_id for example in group.examples] == ["c", "b"]
    assert math.isnan(group.examples[1].similarity)


def test_without_copies_there_are_no_examples():
    assert choose_copies(make_manifest(make_row("a")), make_pairs(), []) == ([], 0)
