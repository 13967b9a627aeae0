"""What a reader must know of where the classifier looks, in plain sentences."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from brain_tumor_kedro.assessment.explanation_summary import CENTER, METHODS

#: With fewer outlined images, shares are no more than anecdotes.
FEWEST = 10

#: The share of images in which a good classifier's maps point at the tumor, at least: to beat the
#: middle of the head alone is easy where tumors lie elsewhere.
MOST = 0.5

#: A probability that falls by less, where the tumor is hidden, does not rest on it.
NOTICED = 0.1

#: Where the middle of the head hits at least so often, a map can hardly hit more often.
EASY = 0.8

#: Why an image has no mask, where its file or its case is missing.
GONE = ("the file is not there", "the case is not there")

#: What the methods are called within a sentence.
IN_A_SENTENCE = {"gradcam": "Grad-CAM", "occlusion": "occlusion"}

Finding = dict[str, str]


def find_explanations(
    scores: Sequence[Mapping[str, Any]],
    forgetting: Sequence[Mapping[str, Any]],
    explained: int,
    left_out: Mapping[str, int],
    prefix: str = "",
) -> list[Finding]:
    """Put into words what the scores say.

    Args:
        scores: As of `summarize_scores`.
        forgetting: As of `summarize_forgetting`.
        explained: How many images have maps.
        left_out: How many of them could not be scored, by reason.
        prefix: What the names of the task's pipelines begin with.

    Returns:
        `level` (`good`, `note` or `warn`) and `text` of each. It is a warning where maps point at
        the tumor no more often than at the middle of the head, and where they do not depend on
        what the classifier has learned.
    """
    if not explained:
        return [_note("There are no test images, so it was not looked where the classifier looks.")]
    scored = _of_scores(scores, left_out, prefix)
    return [*scored, *_of_classes(scores), *_of_forgetting(forgetting)]


def _of_scores(
    scores: Sequence[Mapping[str, Any]], left_out: Mapping[str, int], prefix: str
) -> list[Finding]:
    overall = {row["method"]: row for row in scores if row["kind"] == "all"}
    if not overall:
        why = "; ".join(f"{reason} ({n})" for reason, n in left_out.items())
        if gone := sum(left_out.get(reason, 0) for reason in GONE):
            text = (
                f"Where the classifier looks was not scored: {gone} images have an "
                "outlined tumor, but their files are not in raw_dir. Name it and run again: kedro "
                f"run --pipelines {prefix}explanation,{prefix}reporting --params raw_dir=…"
            )
            return [{"level": "warn", "text": text}]
        return [_note(f"Where the classifier looks was not scored, without tumor outlines: {why}.")]
    wrong = max((row["n"] for row in scores if row["part"] == "wrong"), default=0)
    return [_judge(overall[method], overall[CENTER], wrong) for method in METHODS]


def _judge(row: Mapping[str, Any], center: Mapping[str, Any], wrong: int) -> Finding:
    name = IN_A_SENTENCE[row["method"]]
    chosen = f", {wrong} of them predicted wrong and chosen for that" if wrong else ""
    said = (
        f"On {row['n']} test images with an outlined tumor{chosen}, the strongest point of {name} "
        f"lies on the tumor in {row['hit']:.0%}{_interval(row)}; the middle of the head would in "
        f"{center['hit']:.0%}."
    )
    if row["n"] < FEWEST or row["hit_gain_low"] is None:
        return _note(f"{said} These are too few images to say more.")
    if row["hit_gain"] <= 0:
        said = f"{said} The classifier may be looking at something else than the tumor."
        return {"level": "warn", "text": said}
    if row["hit_gain_low"] <= 0:
        return _note(f"{said} The difference may be chance.")
    if row["hit"] < MOST:
        return _note(f"{said} That is more often, but not in most images; see each class.")
    return {"level": "good", "text": said}


def _interval(row: Mapping[str, Any]) -> str:
    if row["hit_low"] is None:
        return ""
    return f" (95% interval {row['hit_low']:.0%} to {row['hit_high']:.0%})"


def _of_classes(scores: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Name the classes in which no method finds the tumor better than the middle of the head."""
    rows = {(row["part"], row["method"]): row for row in scores if row["kind"] == "class"}
    for label in dict.fromkeys(label for label, _ in rows):
        center, found = rows[label, CENTER], [rows[label, method] for method in METHODS]
        if center["n"] < FEWEST or any(row["hit_gain"] > 0 for row in found):
            continue
        hits = " and ".join(f"{IN_A_SENTENCE[row['method']]} in {row['hit']:.0%}" for row in found)
        words = label.replace("_", " ")
        said = (
            f"{words[0].upper()}{words[1:]}, {center['n']} images: the tumor is pointed at by "
            f"{hits}, by the middle of the head in {center['hit']:.0%}"
        )
        if center["hit"] >= EASY:
            yield _note(f"{said}. These tumors lie there, so that the comparison says little.")
        else:
            text = f"{said}. This class may be told by something else than the tumor."
            yield {"level": "warn", "text": text}


def find_hidden(rows: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Put into words what changes where the tumor is hidden.

    Args:
        rows: As of `summarize_hidden`.

    Returns:
        One finding on all images, and a warning for each class whose predictions stay.
    """
    found = [_judge_hidden(row) for row in rows if row["part"] == "all"]
    for row in rows:
        if row["part"] != "all" and row["n"] >= FEWEST and row["gain"] < NOTICED:
            words = row["part"].replace("_", " ")
            said = (
                f"{words[0].upper()}{words[1:]}: with the tumor hidden, {1 - row['changed']:.0%} of"
                f" {row['n']} predictions stay as they are. The classifier tells this class by "
                "something beside the outlined tumor, or says it where it sees no other."
            )
            found.append({"level": "warn", "text": said})
    return found


def _judge_hidden(row: Mapping[str, Any]) -> Finding:
    said = (
        f"With the tumor hidden, {row['changed']:.0%} of {row['n']} predictions change, and the "
        f"probability falls by {row['fall']:.2f}; with as much of the head hidden elsewhere, "
        f"{row['changed_elsewhere']:.0%} and {row['fall_elsewhere']:.2f}."
    )
    if row["n"] < FEWEST or row["gain_low"] is None:
        return _note(f"{said} These are too few images to say more.")
    if row["gain"] < NOTICED:
        return {"level": "warn", "text": f"{said} The classifier does not need the tumor."}
    level = "good" if row["gain_low"] > 0 and row["changed"] >= MOST else "note"
    return {"level": level, "text": said}


def _of_forgetting(rows: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for row in rows:
        if row["passed"] is None:
            continue
        name, left = METHODS[row["method"]], f"rank correlation {row['correlation']:.2f}"
        if row["passed"]:
            said = f"{name} depends on what was learned: with random weights its maps change"
            yield {"level": "good", "text": f"{said} ({left}, {row['n']} images)."}
        else:
            said = f"{name} does not depend on what was learned: with random weights its maps stay"
            unsafe = "They do not explain this classifier."
            yield {"level": "warn", "text": f"{said} ({left}, {row['n']} images). {unsafe}"}


def _note(text: str) -> Finding:
    return {"level": "note", "text": text}
