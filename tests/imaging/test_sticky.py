import pandas as pd
import pytest

from brain_tumor_kedro.imaging.sticky import find_earlier_splits
from builders import make_manifest, make_row

STRATEGIES = ("image", "published", "published_fold")


def with_splits(**splits: str | None) -> pd.DataFrame:
    manifest = make_manifest(*(make_row(name) for name in splits))
    return manifest.assign(group_id=manifest["image_id"], split=list(splits.values()))


def test_a_group_is_held_by_the_safest_split_of_its_slices():
    now = with_splits(a=None, b=None, c=None).assign(group_id=["a", "a", "c"])

    earlier = find_earlier_splits(now, with_splits(a="train", b="val", c="test"))

    assert earlier == {"a": "val", "c": "test"}


def test_a_copy_that_was_rejected_beside_a_test_image_still_stands_for_it():
    before = make_manifest(make_row("gone"), make_row("copy", reason="near_copy", copy_of="gone"))
    before = before.assign(group_id="g", split=[None, "test"])

    assert find_earlier_splits(with_splits(copy=None), before) == {"copy": "test"}


def test_a_val_image_whose_better_copy_comes_later_draws_it_to_val():
    before = with_splits(a="val", b="train")
    now = make_manifest(make_row("better"), make_row("a", reason="near_copy", copy_of="better"))

    assert find_earlier_splits(now.assign(group_id="a"), before) == {"a": "val"}


def test_the_safest_of_all_earlier_manifests_holds():
    history = pd.concat(
        [
            with_splits(a="train", b="val").assign(version=0),
            with_splits(a="val", b="train").assign(version=1),
        ],
        ignore_index=True,
    )

    assert find_earlier_splits(with_splits(a=None, b=None), history) == {"a": "val", "b": "val"}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_was_not_split_by_groups_binds_nothing_even_where_nothing_crossed(strategy, caplog):
    history = pd.concat(
        [
            with_splits(a="test", b="train").assign(version=0),
            with_splits(a="train", b="val").assign(version=1),
        ],
        ignore_index=True,
    )
    history.attrs["versions"] = [{"split": {"strategy": strategy}}, {}]

    earlier = find_earlier_splits(with_splits(a=None, b=None), history)

    assert earlier == {"a": "train", "b": "val"}
    assert "1 of the earlier manifests were not split by groups" in caplog.text


def test_what_was_held_out_is_free_once_it_is_not():
    assert find_earlier_splits(with_splits(a=None), with_splits(a="external")) == {}


def test_without_earlier_manifests_nothing_is_held():
    assert find_earlier_splits(with_splits(a=None), pd.DataFrame()) == {}


def test_test_and_val_images_of_the_last_manifest_that_are_gone_are_counted(caplog):
    older = with_splits(long_gone="test").assign(version=1)
    last = with_splits(a="test", b="val", c="train", renamed="test").assign(version=0)
    now = make_manifest(make_row("d"), make_row("new", pixel_hash="pixels of renamed"))

    find_earlier_splits(now.assign(group_id="d"), pd.concat([last, older], ignore_index=True))

    assert "2 images of test and val of the last manifest are gone, for example a" in caplog.text


def test_a_patient_is_known_again_by_another_scan():
    earlier = make_manifest(make_row("a#001", patient_id="p"), make_row("b#001", patient_id="q"))
    earlier = earlier.assign(group_id=["a#001", "b#001"], split=["test", "train"], version=0)
    now = make_manifest(
        make_row("new#007", patient_id="p"),
        make_row("other#007", patient_id="p", source="elsewhere"),
        make_row("b#001", patient_id="q"),
        make_row("nobody#001"),
    )
    now = now.assign(group_id=now["image_id"])

    found = find_earlier_splits(now, earlier)

    assert found == {"new#007": "test", "b#001": "train"}


def test_a_test_patient_who_is_there_with_another_scan_is_not_gone(caplog):
    earlier = make_manifest(make_row("a#001", patient_id="p"))
    earlier = earlier.assign(group_id="a#001", split="test", version=0)
    now = make_manifest(make_row("new#007", patient_id="p"), make_row("nobody#001"))

    find_earlier_splits(now.assign(group_id=now["image_id"]), earlier)

    assert "are gone" not in caplog.text
