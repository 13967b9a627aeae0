import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain_tumor_kedro.serving.heat_map_names import name_heat_map


def test_a_heat_map_is_named_after_its_image():
    assert name_heat_map("a/b c.png", None) == "heat_maps/a/b c.png.png"
    assert name_heat_map("é.dcm", 4) == "heat_maps/é.dcm#4.png"


def test_odd_characters_are_written_out():
    assert name_heat_map('a:b/c\n"d#2', 1) == "heat_maps/a%3Ab/c%0A%22d%232#1.png"
    assert name_heat_map("../x", None) == "heat_maps/%2E%2E/x.png"


@pytest.mark.parametrize("letter", ["x", "é", "\n", "漢", "%"])
def test_long_names_are_cut_and_stay_apart(letter):
    first, second = (letter * 250 + end for end in ("1", "2"))

    names = {name_heat_map(name, 4095) for name in (first, second)}

    assert len(names) == 2
    assert all(len(name.rpartition("/")[2].encode()) < 255 for name in names)


paths = st.lists(
    st.text(st.sampled_from("a.png%#/\n2E0:"), min_size=1), min_size=1, max_size=3
).map("/".join)


@given(st.sets(st.tuples(paths, st.none() | st.integers(0, 11)), min_size=2, max_size=8))
def test_no_two_images_share_a_place(images):
    # a path has no empty part, and none is a folder and a file at once
    images = [one for one in images if all(one[0].split("/"))]
    files = {file for file, _ in images}
    images = [one for one in images if not any(file.startswith(f"{one[0]}/") for file in files)]

    names = [name_heat_map(file, frame) for file, frame in images]

    assert len(set(names)) == len(set(images))
    assert not [one for one in names if any(other.startswith(f"{one}/") for other in names)]


def test_a_long_path_is_bounded_and_stays_apart():
    folders = "/".join([":" * 62] * 24)
    names = {name_heat_map(f"{folders}/{name}", frame) for name in "ab" for frame in (None, 0)}

    assert len(names) == 4
    assert max(len(name.encode()) for name in names) < 255
