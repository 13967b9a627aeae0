"""Rows of answers, as the table of an inference holds them."""

CLASSES = ("glioma", "no_tumor")


def make_row(file="a.png", p=0.9, **changed):
    """An answer that no person need look at: `p` is the probability of the first class."""
    label = CLASSES[0] if p >= 0.5 else CLASSES[1]
    row = {
        "file": file,
        "frame": None,
        "label": label,
        "p_glioma": p,
        "p_no_tumor": 1 - p,
        "prediction_set": label,
        "quality": "good",
        "out_of_distribution_score": 0.1,
        "out_of_distribution": False,
        "needs_review": False,
        "reason": None,
    }
    return row | changed


def review(reason="somebody asked", **changed):
    """What of a row says that a person should look at its image."""
    return {"needs_review": True, "reason": reason, **changed}


def make_unreadable(file="b.txt", quality="not_an_image", **changed):
    """The row of a file that no answer is given about."""
    row = dict.fromkeys(make_row())
    row |= {"file": file, "quality": quality, **review("it cannot be read: no image")}
    return row | changed
