import numpy as np
import pytest
from PIL import Image

from brain_tumor_kedro.imaging.copy_finder import find_copies_among
from builders import draw_phantom


def save(folder, name, gray):
    Image.fromarray(gray).save(folder / name, quality=90)
    return folder / name


def test_copies_among_files_are_found_and_strangers_are_not(tmp_path):
    slices = [np.asarray(draw_phantom(seed, 256)) for seed in (1, 2)]
    first = save(tmp_path, "a.jpg", slices[0])
    smaller = np.asarray(Image.fromarray(slices[0]).resize((200, 180)))
    copy = save(tmp_path, "b.png", np.ascontiguousarray(smaller[:, ::-1]))
    stranger = save(tmp_path, "c.jpg", slices[1])
    again = tmp_path / "d.jpg"
    again.write_bytes(first.read_bytes())

    pairs = find_copies_among([stranger, str(again), copy, first])

    found = {frozenset((row.image_a, row.image_b)): row.relation for row in pairs.itertuples()}
    assert found[frozenset((str(first), str(again)))] == "exact_copy"
    assert found[frozenset((str(first), str(copy)))] == "near_copy"
    assert not any(str(stranger) in pair for pair in found)


def test_no_files_have_no_copies():
    assert find_copies_among([]).empty


def test_a_file_that_is_no_picture_is_named(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("not a picture")

    with pytest.raises(OSError, match="cannot identify image file"):
        find_copies_among([text])
