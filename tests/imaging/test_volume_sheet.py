import numpy as np

from brain_tumor_kedro.imaging.volume_masks import read_volume_masks
from brain_tumor_kedro.imaging.volume_sheet import choose_shown, plot_volume_samples
from cohort_builders import CLASSES, curate, make_cases
from volume_builders import make_case

CHANNELS = ("t1ce", "t2", "flair")


def test_middle_slices_of_a_few_patients_of_every_class_are_shown():
    manifest, _, cohort = curate(*make_cases(8))

    shown = choose_shown(manifest, cohort, CLASSES, per_class=2)

    labels = manifest.set_index("image_id").loc[shown, "label"]
    assert labels.tolist() == ["LGG", "LGG", "HGG", "HGG"]
    assert shown == choose_shown(manifest, cohort, CLASSES, per_class=2)
    case, _, place = shown[0].partition("#")
    own = cohort.set_index("image_id").loc[case]
    assert own["first"] <= int(place) <= own["last"]


def test_a_class_without_a_case_shows_none():
    manifest, _, cohort = curate(make_case("a", "HGG"))

    assert choose_shown(manifest, cohort, CLASSES) == ["brats/a#005"]


def test_a_row_shows_each_channel_alone_all_in_color_and_the_outline():
    cases = make_cases(4)
    manifest, images, cohort = curate(*cases)
    shown = choose_shown(manifest, cohort, CLASSES, per_class=1)
    masks = read_volume_masks(shown, cases, 32)
    outlines = dict(zip(masks.image_ids, masks.masks, strict=True))

    figure = plot_volume_samples(images, manifest, shown, outlines, CLASSES, CHANNELS)

    drawn = figure.axes[0].images
    assert len(drawn) == 2 * 5
    row = int(manifest.set_index("image_id").loc[shown[0], "row"])
    for channel in range(3):
        assert np.array_equal(drawn[channel].get_array(), images[row][..., channel])
    assert np.array_equal(drawn[3].get_array(), images[row])
    assert len(figure.axes[0].collections) == 2  # outlines
    words = [text.get_text() for text in figure.axes[0].texts]
    assert {"T1CE", "T2", "FLAIR", "LGG", "HGG"} <= set(words)


def test_the_outline_lies_on_the_tumor():
    case = make_case("a", shape=(32, 32, 12))
    manifest, images, _ = curate(case)
    mask = read_volume_masks(["brats/a#005"], [case], 32).masks[0]

    figure = plot_volume_samples(
        images, manifest, ["brats/a#005"], {"brats/a#005": mask}, CLASSES, CHANNELS
    )

    axes = figure.axes[0]
    left, right, _, top = axes.images[-1].get_extent()
    outline = np.concatenate([path.vertices for path in axes.collections[0].get_paths()])
    ys, xs = np.nonzero(mask)
    side = (right - left) / 32
    assert np.allclose(
        outline.min(axis=0), [left + xs.min() * side, top + ys.min() * side], atol=side
    )
    assert np.allclose(
        outline.max(axis=0), [left + (xs.max() + 1) * side, top + (ys.max() + 1) * side], atol=side
    )


def test_without_a_slice_the_sheet_says_so():
    manifest, images, _ = curate(make_case("a", tumor=(0, 0)))

    figure = plot_volume_samples(images, manifest, [], {}, CLASSES, CHANNELS)

    assert "no slice was kept" in [text.get_text() for text in figure.axes[0].texts]
