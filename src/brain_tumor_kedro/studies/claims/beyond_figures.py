"""Claims that no published figure can decide: they need the code, the images or another table."""

from brain_tumor_kedro.studies.finding import Check, Finding
from brain_tumor_kedro.studies.publications import Published, load_published


def check_needed(line: str) -> Check:
    """Name a claim of `beyond_figures`, and what it would take to decide it.

    Args:
        line: Its key there.
    """

    def check(published: Published) -> Finding:
        stated = published.facts["beyond_figures"][line]
        return Finding(stated["claim"], "not testable", f"It takes {stated['needs']}.")

    return Check(line, "review", check)


def list_needed(study: str) -> tuple[Check, ...]:
    """The checks of all such claims of a study."""
    return tuple(check_needed(line) for line in load_published(study).facts["beyond_figures"])
