from brain_tumor_kedro.imaging.copy_examples import choose_copies
from builders import draw, make_manifest, make_pairs, make_row, write_file


def test_the_least_alike_copies_of_every_pair_of_sources_come_first(tmp_path):
    files = [write_file(tmp_path / name, draw(0)) for name in "abcd"]
    manifest = make_manifest(
        make_row("a"),
        make_row("b", reason="near_copy", copy_of="a"),
        make_row("c", reason="near_copy", copy_of="a"),
        make_row("d", reason="near_copy", copy_of="a", source="figshare"),
    )
    pairs = make_pairs(("a", "b", "near_copy"), ("a", "c", "near_copy"), ("a", "d", "near_copy"))
    pairs["local_correlation"] = [0.99, 0.91, 0.95]

    chosen = choose_copies(manifest, pairs, files, number=2)

    assert [(pair.copy_id, pair.similarity) for pair in chosen] == [("c", 0.91), ("d", 0.95)]
    assert chosen[0].kept_id == "a"
    assert chosen[0].kept_pixels.shape == (224, 224)


def test_without_copies_there_are_no_examples():
    assert choose_copies(make_manifest(make_row("a")), make_pairs(), []) == []
