import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from brain_tumor_kedro.imaging import copy_search
from brain_tumor_kedro.imaging.copy_search import PAIR_COLUMNS, CopySearch, SimilaritySettings
from brain_tumor_kedro.imaging.similarity import thumbnail
from builders import Verdicts, draw, draw_phantom, make_manifest, make_row

FOUR = SimilaritySettings(neighbors=4)


def make_rows(widths: list[int]) -> pd.DataFrame:
    """Images `00`, `01`, …; the wider, the sooner kept."""
    return make_manifest(*(make_row(f"{i:02}", width=width) for i, width in enumerate(widths)))


def make_verdicts(n: int, near: dict, copies: list) -> Verdicts:
    nearness, table = np.zeros((n, n)), np.zeros((n, n), bool)
    for (a, b), value in near.items():
        nearness[a, b] = nearness[b, a] = value
    for a, b in copies:
        table[a, b] = table[b, a] = True
    return Verdicts(nearness, table)


def start(verdicts: Verdicts, widths: list[int], monkeypatch, neighbors: int = 1) -> CopySearch:
    verdicts.install(monkeypatch)
    settings = SimilaritySettings(neighbors=neighbors)
    return CopySearch(make_rows(widths), verdicts.thumbnails(), settings)


def count_comparisons(monkeypatch) -> list[tuple[int, int]]:
    """The pairs compared from now on."""
    compared = []
    compare = copy_search.compare

    def counting(thumbnails, pairs, least):
        compared.extend(map(tuple, np.sort(pairs[["a", "b"]], axis=1).tolist()))
        return compare(thumbnails, pairs, least)

    monkeypatch.setattr(copy_search, "compare", counting)
    return compared


def make_bunch(n: int) -> np.ndarray:
    """One picture with other noise every time; three strangers at the end."""
    picture = draw_phantom(1)
    noise = np.random.default_rng(0).normal(0, 12, (n, *picture.shape))
    images = np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)
    return np.stack([thumbnail(image) for image in [*images, *map(draw, range(3))]])


def test_of_a_bunch_of_copies_one_is_left_after_few_comparisons(monkeypatch):
    compared = count_comparisons(monkeypatch)
    search = CopySearch(make_rows([100] * 123), make_bunch(120), FOUR)

    keepers = search.thin(np.arange(123))
    lone = search.settle(keepers)

    assert keepers.tolist()[-3:] == [120, 121, 122]
    assert len(keepers) == 4
    assert len(lone) == 0
    assert len(compared) < 120 * 119 / 2 / 8


def test_no_pair_is_compared_twice(monkeypatch):
    compared = count_comparisons(monkeypatch)
    search = CopySearch(make_rows([100] * 43), make_bunch(40), FOUR)

    search.settle(search.thin(np.arange(43)))

    assert len(set(compared)) == len(compared)
    assert search.rounds > 2


def test_thinning_goes_on_among_those_that_are_left(monkeypatch):
    # The nearest of 0 and 1 are worse copies of them, which hide that they are copies too.
    near = {(0, 2): 9, (1, 3): 9, (0, 1): 5}
    verdicts = make_verdicts(4, near, [(0, 1), (0, 2), (1, 3)])
    search = start(verdicts, [400, 300, 200, 100], monkeypatch)

    keepers = search.thin(np.arange(4))

    assert keepers.tolist() == [0]
    assert search.pairs().set_index(["image_a", "image_b"])["round"].to_dict() == {
        ("00", "02"): 1, ("01", "03"): 1, ("00", "01"): 2,
    }  # fmt: skip


def test_thinning_looks_at_nothing_but_what_it_is_given(monkeypatch):
    verdicts = make_verdicts(4, {}, [(a, b) for a in range(4) for b in range(4)])
    search = start(verdicts, [400, 300, 200, 100], monkeypatch, neighbors=3)

    keepers = search.thin(np.array([1, 3]))

    assert keepers.tolist() == [1]
    assert verdicts.compared == [(1, 3)]


def test_the_ends_of_a_chain_are_both_kept(monkeypatch):
    near = {(0, 1): 9, (1, 2): 9, (0, 2): 5}
    search = start(make_verdicts(3, near, [(0, 1), (1, 2)]), [300, 100, 200], monkeypatch, 2)

    keepers = search.thin(np.arange(3))

    assert keepers.tolist() == [0, 2]
    assert search.settle(keepers).tolist() == []


@pytest.mark.parametrize("is_copy", [True, False])
def test_an_image_whose_keeper_was_rejected_is_compared_with_the_last_keeper(is_copy, monkeypatch):
    # 2 is rejected for 1, which is rejected in the next round for 0; 3 hides 0 from 1 until then.
    near = {(1, 2): 9, (0, 3): 9, (0, 1): 5}
    copies = [(1, 2), (0, 3), (0, 1)] + [(0, 2)] * is_copy
    verdicts = make_verdicts(4, near, copies)
    search = start(verdicts, [400, 300, 200, 100], monkeypatch)

    keepers = search.thin(np.arange(4))
    before = list(verdicts.compared)
    again = search.settle(keepers)

    assert keepers.tolist() == [0]
    assert (0, 2) not in before
    assert (0, 2) in verdicts.compared
    assert again.tolist() == ([] if is_copy else [0, 2])


def test_an_image_that_is_no_copy_of_its_last_keeper_is_kept_in_the_end(monkeypatch):
    near = {(1, 2): 9, (0, 3): 9, (0, 1): 5}
    verdicts = make_verdicts(4, near, [(1, 2), (0, 3), (0, 1)])
    search = start(verdicts, [400, 300, 200, 100], monkeypatch)

    among = search.thin(search.settle(search.thin(np.arange(4))))

    assert among.tolist() == [0, 2]
    assert search.settle(among).tolist() == []


def test_a_keeper_is_followed_to_the_last(monkeypatch):
    # 3 is rejected for 2 in the first round, 2 for 1 in the second, and 1 for 0 in the third.
    first, second, third = [(2, 3), (1, 4), (0, 5), (6, 7)], [(1, 2), (0, 6)], [(0, 1)]
    near = dict.fromkeys(first, 9) | dict.fromkeys(second, 7) | dict.fromkeys(third, 5)
    verdicts = make_verdicts(8, near, [*first, *second, *third, (1, 3)])
    search = start(verdicts, list(range(800, 0, -100)), monkeypatch)

    keepers = search.thin(np.arange(8))
    again = search.settle(keepers)

    assert search.pairs()["round"].tolist() == [1, 1, 1, 1, 2, 2, 3]
    assert (0, 3) in verdicts.compared
    assert {0, 3} <= set(again.tolist())


def test_pairs_carry_names_and_the_relation_that_their_correlation_makes():
    image = draw(0, 256)
    thumbnails = np.stack([thumbnail(part) for part in (image, image[:, ::-1].copy(), draw(1))])
    search = CopySearch(make_rows([300, 200, 100]), thumbnails, SimilaritySettings())

    assert search.thin(np.arange(3)).tolist() == [0, 2]

    pairs = search.pairs()
    assert pairs.columns.tolist() == PAIR_COLUMNS
    assert sorted(pairs.loc[0, ["image_a", "image_b"]]) == ["00", "01"]
    assert pairs[["view", "relation", "round"]].to_numpy().tolist() == [
        ["mirrored", "near_copy", 1]
    ]
    assert pairs["correlation"][0] == pytest.approx(1, abs=1e-3)
    assert pairs["local_correlation"][0] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("local", "relation"), [(0.9001, "near_copy"), (0.8999, "relative"), (0.6999, None)]
)
def test_thresholds_tell_copies_relatives_and_strangers_apart(local, relation, monkeypatch):
    search = start(make_verdicts(2, {(0, 1): 9}, []), [200, 100], monkeypatch)
    monkeypatch.setattr(copy_search, "compare", lambda _, pairs, least: np.full(len(pairs), local))

    keepers = search.thin(np.arange(2))

    assert search.pairs()["relation"].tolist() == ([relation] if relation else [])
    assert keepers.tolist() == ([0] if relation == "near_copy" else [0, 1])


def test_images_of_sources_that_come_last_are_rejected_for_others(monkeypatch):
    verdicts = make_verdicts(2, {(0, 1): 9}, [(0, 1)])
    verdicts.install(monkeypatch)
    rows = make_manifest(make_row("a", width=900, source="held out"), make_row("b"))

    search = CopySearch(rows, verdicts.thumbnails(), FOUR, last=["held out"])

    assert search.thin(np.arange(2)).tolist() == [1]


def test_a_single_image_is_kept():
    search = CopySearch(make_rows([100]), np.stack([thumbnail(draw(0))]), FOUR)

    keepers = search.thin(np.arange(1))

    assert keepers.tolist() == [0]
    assert search.settle(keepers).tolist() == []
    assert search.pairs().empty


def test_settings_out_of_order_are_refused():
    with pytest.raises(ValidationError, match=r"expected relative_local <= copy_local, found 0.95"):
        SimilaritySettings(relative_local=0.95)


@pytest.mark.parametrize(
    "wrong", [{"neighbors": 0}, {"candidate": 1.0}, {"copy_local": 1.1}, {"copy_thumbnail": 0.9}]
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValidationError):
        SimilaritySettings(**wrong)
