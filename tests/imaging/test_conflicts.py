import pytest

from brain_tumor_kedro.imaging.conflicts import CONFLICT_COLUMNS, tabulate_conflicts
from brain_tumor_kedro.imaging.duplicates import reject_conflicts, reject_copies
from builders import make_manifest, make_pairs, make_row

EXPERTS = ["figshare"]


def settle(*rows: dict, pairs: list[tuple[str, str]], experts=EXPERTS):
    """What curation decides, and the table that tells of it."""
    found = make_manifest(*rows)
    ties = make_pairs(*((a, b, "near_copy") for a, b in pairs))
    manifest = reject_copies(reject_conflicts(found, ties, experts), ties)
    return tabulate_conflicts(manifest, ties, experts).set_index("image_id")


def test_the_trusted_label_is_kept_and_named_as_the_cause():
    table = settle(
        make_row("expert", "glioma", source="figshare"),
        make_row("agrees", "glioma"),
        make_row("wrong", "pituitary"),
        make_row("alone", "pituitary"),
        pairs=[("agrees", "expert"), ("expert", "wrong")],
    )

    assert table["verdict"].to_dict() == {
        "expert": "kept",
        "agrees": "near_copy",
        "wrong": "label_conflict",
    }
    assert table.index[table["trusted"]].tolist() == ["expert"]
    assert table.loc["agrees", "copy_of"] == "expert"
    assert set(table["kept_label"]) == {"glioma"}
    assert set(table["decision"]) == {"kept as glioma: the label of figshare is trusted"}


@pytest.mark.parametrize(
    ("source", "decision"),
    [
        ("kaggle/set", "all rejected: no copy comes from a trusted source"),
        ("figshare", "all rejected: the labels of figshare contradict each other"),
    ],
)
def test_where_nobody_can_be_trusted_all_are_rejected(source, decision):
    table = settle(
        make_row("a", "glioma", source=source),
        make_row("b", "pituitary", source=source),
        pairs=[("a", "b")],
    )

    assert set(table["verdict"]) == {"label_conflict"}
    assert not table["trusted"].any()
    assert table["kept_label"].isna().all()
    assert set(table["decision"]) == {decision}


def test_sets_are_numbered_from_one_and_begin_with_the_trusted_image():
    table = settle(
        make_row("a", "glioma"),
        make_row("b", "pituitary", source="figshare"),
        make_row("c", "glioma"),
        make_row("d", "pituitary"),
        pairs=[("a", "b"), ("c", "d")],
    )

    assert table.index.tolist() == ["b", "a", "c", "d"]
    assert table["conflict"].tolist() == [1, 1, 2, 2]


def test_without_conflicts_the_table_is_empty_and_has_its_columns():
    table = tabulate_conflicts(make_manifest(make_row("a")), make_pairs(), EXPERTS)

    assert table.empty
    assert table.columns.tolist() == CONFLICT_COLUMNS


def test_held_out_copies_have_no_say_and_the_table_tells_so():
    found = make_manifest(
        make_row("inner", "glioma"), make_row("outer", "pituitary", source="kaggle/out")
    )
    ties, out = make_pairs(("inner", "outer", "near_copy")), ["kaggle/out"]
    manifest = reject_copies(reject_conflicts(found, ties, out, out), ties, out)

    table = tabulate_conflicts(manifest, ties, out, out).set_index("image_id")

    assert table["verdict"].to_dict() == {"inner": "kept", "outer": "near_copy"}
    assert set(table["decision"]) == {"kept as glioma: held-out copies have no say"}
    assert not table["trusted"].any()
