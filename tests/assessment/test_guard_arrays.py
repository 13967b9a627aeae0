import numpy as np
import pytest

from brain_tumor_kedro.assessment.guard_arrays import check_arrays


def arrays(**changes):
    known = {
        "centers": np.zeros((2, 5), np.float32),
        "directions": np.eye(5, dtype=np.float32)[:3],
        "variances": np.ones(3),
        "rest": np.array(0.1),
        "threshold": np.array(4.0),
        "level": np.array(0.99),
        "val_images": np.array(200),
        "features": np.ones((7, 8), np.float16),
        "image_ids": np.array(list("abcdefg")),
        "labels": np.array(["x"] * 7),
    }
    return {name: value for name, value in (known | changes).items() if value is not None}


def test_a_guard_may_have_no_threshold():
    check_arrays(arrays())
    check_arrays(arrays(threshold=np.array(np.nan), level=np.array(np.nan)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"centers": None}, "expected centers, .*, found directions"),
        ({"extra": np.zeros(3)}, "found centers, directions, extra"),
        ({"rest": np.array(np.nan)}, "finite rest"),
        ({"rest": np.array(-1.0)}, "rest above 0"),
        ({"variances": -np.ones(3)}, "variances above 0"),
        ({"variances": np.ones(2)}, r"variances of shape \(3\), found \(2,\)"),
        ({"centers": np.zeros((2, 4))}, r"directions of shape \(3, 4\)"),
        ({"labels": np.array(["x"])}, r"labels of shape \(7\)"),
        ({"labels": np.ones(7)}, "text as labels"),
        ({"threshold": np.array("abc")}, "numbers as threshold"),
        ({"threshold": np.array(np.nan)}, "a threshold and a level, or neither"),
        ({"threshold": np.array(np.inf)}, "finite threshold"),
        ({"level": np.array(1.0)}, "level between 0 and 1"),
        ({"val_images": np.array(2.5)}, "a number of val_images"),
        ({"features": np.full((7, 8), np.nan)}, "finite features"),
    ],
)
def test_a_changed_array_is_named(changes, said):
    with pytest.raises(ValueError, match=said):
        check_arrays(arrays(**changes))
