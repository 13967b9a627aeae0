import numpy as np

from brain_tumor_kedro.imaging.patient_figures import MEASURES, plot_patients
from cohort_builders import CLASSES, curate, make_cases
from volume_builders import make_case


def test_every_included_case_is_a_point_in_every_panel():
    cohort = curate(*make_cases(5), make_case("dark", tumor=(0, 0)))[2]

    figure = plot_patients(cohort, CLASSES)

    assert len(figure.axes) == len(MEASURES)
    points = [np.vstack([c.get_offsets() for c in axes.collections]) for axes in figure.axes]
    assert [len(found) for found in points] == [5, 5, 5]
    kept = cohort[cohort["status"] == "kept"]
    assert sorted(points[0][:, 1]) == sorted(kept["slices"])
    assert sorted(points[2][:, 1]) == sorted(kept["largest_mm2"] / 100)
    names = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert names == ["LGG\n2 cases", "HGG\n3 cases"] or names == ["LGG\n3 cases", "HGG\n2 cases"]


def test_a_class_without_a_case_and_no_case_at_all_can_be_drawn():
    one = plot_patients(curate(make_case("a", "HGG"))[2], CLASSES)
    none = plot_patients(curate(make_case("a", tumor=(0, 0)))[2], CLASSES)

    assert one.axes[0].get_xticklabels()[0].get_text() == "LGG\n0 cases"
    assert none.axes[0].texts[0].get_text() == "no case was kept"


def test_points_lie_above_the_boxes_and_hide_nothing_half():
    axes = plot_patients(curate(*make_cases(5))[2], CLASSES).axes[0]

    boxes = [*axes.patches, *axes.lines]
    assert boxes
    for points in axes.collections:
        assert points.get_zorder() > max(part.get_zorder() for part in boxes)
        assert (points.get_facecolor()[:, 3] == 1).all()
