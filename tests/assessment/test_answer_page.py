import re
from html.parser import HTMLParser

import numpy as np
import pytest

from answered import CLASSES, make_row, make_unreadable, review
from brain_tumor_kedro.assessment.answer_page import (
    Pictured,
    hide_paths,
    render_answers,
    show_name,
)
from brain_tumor_kedro.assessment.answer_summary import AnswerCounts
from brain_tumor_kedro.doubts import AND, BURNED_IN, NOT_SQUARE

MODEL = {
    "facts": {"Model": "brain_tumor", "Version": "3", "Test accuracy": "93.6%"},
    "phantom": False,
    "calibrated": True,
    "level": 0.9,
    "answer_from": 0.6,
    "colors": "",
}
ABOUT = {"created": "2026-01-01", "command": "kedro run", "git_revision": "abc"}
MISCHIEF = '<img src=x onerror="alert(1)">&amp;\n\u202egpj.txt'


class Page(HTMLParser):
    """Tags of a page with their attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def picture(row, side=16, mapped=True, channels=()):
    packed = np.random.default_rng(0).integers(0, 255, (side, side, *channels), dtype=np.uint8)
    return Pictured(row, packed, np.eye(4, dtype=np.float32) if mapped else None)


def render(rows, pictured=(), images=None, **model):
    counts = AnswerCounts(CLASSES, 0.6)
    for row in images or rows:
        counts.add(row)
    return render_answers(
        title="Answers", classes=CLASSES, model=MODEL | model, summary=counts.summarize(),
        pictured=pictured, rows=rows, about=ABOUT,
    )  # fmt: skip


ROWS = [
    make_row("odd.png", out_of_distribution=True, **review("it is unlike the others")),
    make_row(MISCHIEF, p=0.55, prediction_set="glioma|no_tumor", **review("it is unsure")),
    make_row("volume.nii", frame=4),
    make_unreadable("notes.txt"),
]


def test_the_page_says_how_many_need_review_and_why():
    page = Page(render(ROWS, [picture(row) for row in ROWS[:3]]))

    assert "3 of 4 images should be looked at by a person" in page.text
    assert "unlike the images that the classifier knows 1 25.0%" in page.text
    assert "volume.nii, frame 4" in page.text
    assert "90% prediction set: glioma, no tumor" in page.text
    assert "For research only." in page.text
    assert "does not mean right: wrong answers are among these too" in page.text
    assert "Trained on phantoms" not in page.text


def test_an_image_that_its_file_makes_doubtful_is_counted_and_shown_as_such():
    row = make_row("a.dcm", **review(AND.join([BURNED_IN, NOT_SQUARE])))

    raw = render([row], [picture(row)])

    page = Page(raw)
    assert "doubtful by what the file says of it 1 100.0%" in page.text
    assert re.findall(r"<h3>(.*?)</h3>", raw) == ["Doubtful by what the file says of it"]
    assert page.text.count(f"{BURNED_IN}; {NOT_SQUARE}") == 2


def test_names_cannot_smuggle_anything_in():
    raw = render(ROWS, [picture(row) for row in ROWS[:3]])

    assert not [tag for tag in Page(raw).of("img") if "onerror" in tag]
    assert "\u202e" not in raw
    assert "\\u202egpj.txt" in Page(raw).text


def test_every_picture_says_what_it_is_and_every_table_has_headings():
    page = Page(render(ROWS, [picture(ROWS[0]), picture(ROWS[2], mapped=False)]))

    assert [one["alt"] for one in page.of("img")] == [
        "odd.png as the classifier saw it",
        "The same with the heat map of glioma",
        "volume.nii, frame 4 as the classifier saw it",
    ]
    assert len(page.of("caption")) == len(page.of("table"))
    assert {one.get("scope") for one in page.of("th")} == {"col", "row"}
    ids = {one["id"] for _, one in page.tags if "id" in one}
    assert {one["href"].removeprefix("#") for one in page.of("a")} <= ids


def test_the_page_stands_alone():
    page = Page(render(ROWS, [picture(row, channels=(3,)) for row in ROWS[:3]]))

    assert not page.of("script")
    assert not page.of("link")
    assert all(one["src"].startswith("data:") for one in page.of("img"))


def test_what_is_left_out_is_said():
    many = [make_row(f"{n}.png") for n in range(1200)]

    page = Page(render(many[:2], [picture(many[0])], images=many))

    assert "2 of 1,200 rows" in page.text
    assert "1,198 are left out here" in page.text
    assert "1 of 1,200 images that can be read" in page.text


def test_phantoms_and_a_missing_guard_are_called_that():
    row = make_row(out_of_distribution=None, out_of_distribution_score=None)

    page = Page(render([row], phantom=True))

    assert "Trained on phantoms." in page.text
    assert "No guard:" in page.text


@pytest.mark.parametrize("rows", [[make_unreadable()], [make_row()]])
def test_a_page_without_pictures_or_reviews(rows):
    page = Page(render(rows))

    assert not page.of("img")
    assert "#images" not in [one["href"] for one in page.of("a")]
    assert ("No reason for review was found in any image" in page.text) is not rows[0][
        "needs_review"
    ]


def test_cards_are_grouped_by_what_they_are_to_be_looked_at_for():
    raw = render(ROWS, [picture(row) for row in (ROWS[2], ROWS[1], ROWS[0])])

    found = re.findall(r"<h3>(.*?)</h3>", raw)
    assert found == [
        "Unlike the images that the classifier knows",
        "More than one class in the prediction set",
        "No reason for review was found",
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\tb", "a\\tb"), ("é 漢.png", "é 漢.png"), ("x" * 200, "…" + "x" * 160)],
)
def test_a_name_shows_all_that_is_in_it(name, shown):
    assert show_name(name) == shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("input=/home/ann/scans,model=models:/m@a", "input=scans,model=models:/m@a"),
        ("input=/home/ann/my scans/,data_dir=/d/x", "input=my scans,data_dir=x"),
        ("input=~/scans,model=/srv/bundle --env base", "input=scans,model=bundle --env base"),
        ("input=file:///a/scans,model=m", "input=scans,model=m"),
        ("input=C:\\Users\\ann\\scans,model=m", "input=scans,model=m"),
        ("input='/a/my scans'", "input='my scans'"),
        ("input=/,model=m", "input=DIR,model=m"),
        ("input=here/scans,model=m", "input=here/scans,model=m"),
    ],
)
def test_a_command_says_nothing_of_where_data_are_kept(given, shown):
    begin = "kedro run --pipeline inference --params "
    assert hide_paths(begin + given) == begin + shown


def test_the_page_shows_the_command_without_paths():
    about = ABOUT | {"command": "kedro run --params input=/home/ann/scans"}
    page = Page(
        render_answers(
            title="Answers", classes=CLASSES, model=MODEL, pictured=(), rows=[], about=about,
            summary=AnswerCounts(CLASSES, 0.6).summarize(),
        )
    )  # fmt: skip

    assert "kedro run --params input=scans" in page.text


def test_no_probability_is_certain():
    page = Page(render([make_row(p=1.0)], [picture(make_row(p=1.0))]))

    assert page.text.count("over 99.9%") == 3
    assert "under 0.1%" in page.text


def test_an_answer_that_needs_review_does_not_stand_out():
    black = make_row("black.png", p=0.6, quality="blank", **review("it is black"))
    unsure = make_row("unsure.png", p=0.55, **review("it is unsure"))
    rows = [black, unsure, make_row()]

    raw = render(rows, [picture(row) for row in rows])

    answers = re.findall(r'<p class="answer">(.*?)</p>', raw)
    assert answers == [
        "To be reviewed: glioma, 55.0%",
        "Not to be relied on: glioma, 60.0%",
        "<strong>Glioma</strong>, 90.0%",
    ]
    text = Page(raw).text
    assert "glioma 2 66.7% 1" in text
    assert "not to be relied on: poor quality, or unlike" in text
    assert "the classifier knows 1 33.3% 0" in text


@pytest.mark.parametrize("calibrated", [True, False])
def test_probabilities_without_a_temperature_are_called_that(calibrated):
    page = Page(render([make_row()], [picture(make_row())], calibrated=calibrated))

    assert ("Not calibrated:" in page.text) is not calibrated
    assert ("Probabilities, not calibrated" in page.text) is not calibrated
