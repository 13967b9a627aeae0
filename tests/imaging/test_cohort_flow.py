from brain_tumor_kedro.imaging.cohort_flow import plot_flow
from cohort_builders import CLASSES, curate, make_cases
from volume_builders import make_case


def draw(*cases):
    manifest, _, cohort = curate(*cases)
    return plot_flow(manifest, cohort, CLASSES)


def read_words(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def test_the_boxes_say_how_many_cases_patients_and_slices_there_are():
    lost = make_case("lost", changed={"t2": None}), make_case("dark", tumor=(0, 0))
    manifest, _, cohort = curate(*make_cases(6), *lost)

    words = read_words(plot_flow(manifest, cohort, CLASSES, data_note="phantom data"))

    assert words[words.index("Found") + 1] == "8 cases"
    start = words.index("Left out")
    assert words[start + 1] == "2 cases"
    assert set(words[start + 2 : start + 4]) == {"missing sequence: 1", "no tumor visible: 1"}
    start = words.index("Included")
    assert words[start + 1] == f"6 patients, {cohort['slices'].sum()} slices"
    for split in ("train", "val", "test"):
        own = cohort[cohort["split"] == split]
        start = words.index(split)
        assert words[start + 1] == f"2 patients, {own['slices'].sum()} slices"
        assert words[start + 2].startswith("LGG: ")
    assert "phantom data" in words


def test_numbers_of_all_splits_add_up_to_what_is_included():
    words = read_words(draw(*make_cases(7)))

    counts = [int(words[words.index(name) + 1].split()[0]) for name in ("train", "val", "test")]
    assert sum(counts) == int(words[words.index("Included") + 1].split()[0]) == 7


def test_nothing_kept_and_nothing_left_out_are_drawn_too():
    nothing = read_words(draw(make_case("dark", tumor=(0, 0))))
    whole = read_words(draw(*make_cases(3)))

    assert nothing[nothing.index("Included") + 1] == "0 patients, 0 slices"
    assert whole[whole.index("Left out") + 1] == "0 cases"


def test_all_words_lie_within_the_figure():
    reasons = [make_case(f"x{n}", changed={"t2": None}) for n in range(3)]
    figure = draw(*make_cases(4), *reasons)

    figure.draw_without_rendering()
    frame = figure.bbox
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1
        assert frame.y0 <= box.y0 and box.y1 <= frame.y1


def test_where_slices_were_split_a_patient_counts_in_every_split_it_lies_in():
    manifest, _, cohort = curate(make_case("a", tumor=(3, 7)))
    places = ["train", "train", "val", "test"]

    words = read_words(plot_flow(manifest.assign(split=places), cohort, CLASSES))

    said = [words[words.index(name) + 1] for name in ("train", "val", "test")]
    assert said == ["1 patient, 2 slices", "1 patient, 1 slice", "1 patient, 1 slice"]


def test_reasons_stand_as_in_the_table_the_most_frequent_first_then_by_name():
    lost = [make_case(f"x{n}", changed={"t2": None}) for n in range(2)]
    others = make_case("a", None), make_case("b", tumor=(0, 0))

    words = read_words(draw(*make_cases(3), *others, *lost))

    start = words.index("Left out")
    assert words[start + 2 : start + 5] == [
        "missing sequence: 2", "no tumor visible: 1", "unknown label: 1",
    ]  # fmt: skip
