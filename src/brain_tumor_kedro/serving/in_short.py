"""What pydantic finds wrong, for people: a line for each field, without links and values."""

from pydantic import ValidationError

#: What pydantic puts before the words of our own checks.
OWN = "Value error, "
#: What it calls the members of a union; others have brackets.
MEMBERS = frozenset({"int", "float", "str", "bool", "none", "constrained-int", "constrained-float"})


def in_short(error: ValidationError) -> str:
    """Say what is wrong with settings, facts or parameters.

    Args:
        error: What pydantic found.

    Returns:
        `<field>: <what was expected>` for each field, a line each; the values are not quoted.
    """
    found: dict[str, list[str]] = {}
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        name = ".".join(str(part) for part in _field(one["loc"]))
        found.setdefault(name, []).append(_lower(one["msg"].removeprefix(OWN)))
    return "\n".join(
        f"{name}: {' or '.join(said)}" if name else " or ".join(said)
        for name, said in found.items()
    )


def _field(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Without the names that pydantic gives to the members of a union."""
    return tuple(part for part in place if not (part in MEMBERS or "[" in str(part)))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
