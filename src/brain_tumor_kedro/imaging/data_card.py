"""The data card of an export: what is in it, where it comes from and what it is not for."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import Any, Literal

import pandas as pd
from jinja2 import ChainableUndefined, Environment
from pydantic import BaseModel, ConfigDict

from brain_tumor_kedro.imaging.manifest import explain_reasons
from brain_tumor_kedro.tasks import EXTERNAL, SCORED

#: What a split strategy means for scores on the splits.
STRATEGIES = {
    "group": (
        "by group: images of one known patient, and images so alike that they may show one, lie "
        "in one split"
    ),
    "image": (
        "by single images, as many papers do it: look-alikes and slices of one patient lie in "
        "several splits, and scores on them come out too high"
    ),
    "published_fold": (
        "as the folds that the Figshare collection publishes; what this project takes for related "
        "can lie in several splits"
    ),
    "published": (
        "as the folders that the sources publish, with val taken from their training images; "
        "look-alikes and slices of one patient can lie in several splits, and scores on them come "
        "out too high"
    ),
}
#: What holds for every set that this project exports.
LIMITS = (
    "Single slices that others selected: nothing here says how a model does on whole volumes, "
    "other scanners or other diseases.",
    "A source without patient ids has only similarity to tell its patients apart: slices of one "
    "patient that look different can lie in different splits.",
    "Labels are those of the sources. Nobody has read the images again; where copies contradicted "
    "each other, the files are left out or follow the source that is named above.",
    "Sources differ in scanner, size and compression, and in their classes. A classifier can tell "
    "sources instead of diseases: report scores by source.",
    "Copies are found by comparing pixels. Some changed or cropped ones will have been missed.",
)
#: The settings of the curation that the card lists.
PARAMETERS = ("similarity", "split")
SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"))


class SourceTerms(BaseModel):
    """What is known of a published source.

    Attributes:
        match: Names of sources this is about, as in the manifest; `*` stands for anything.
        name: What its authors call it.
        url: Its page.
        license: The name of its license, or nothing where this project knows none.
        license_url: The text of the license.
        citation: What to cite, Markdown.
        note: What else there is to say, Markdown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: tuple[str, ...]
    name: str
    url: str | None = None
    license: str | None = None
    license_url: str | None = None
    citation: str | None = None
    note: str | None = None


class ExportSettings(BaseModel):
    """What is exported, and what the data card says of it.

    Attributes:
        images: `original`: at the published size; `packed`: the squares for training.
        title: Of the data card.
        notes: More sentences for the data card's limits.
        sources: What is known of the sources, under any key.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    images: Literal["original", "packed"] = "original"
    title: str = "Brain tumor MRI slices, curated"
    notes: tuple[str, ...] = ()
    sources: Mapping[str, SourceTerms] = {}

    def find_terms(self, source: str) -> SourceTerms | None:
        """What is known of a source, by the first entry that matches its name in any case."""
        for terms in self.sources.values():
            if any(fnmatchcase(source.casefold(), name.casefold()) for name in terms.match):
                return terms
        return None


def list_unlicensed(exported: pd.DataFrame, settings: ExportSettings) -> list[str]:
    """The sources in an export whose license this project does not know."""
    terms = {source: settings.find_terms(source) for source in sorted(set(exported["source"]))}
    return [source for source, known in terms.items() if known is None or not known.license]


def render_data_card(
    exported: pd.DataFrame,
    summary: Mapping[str, Any],
    settings: ExportSettings,
    run: Mapping[str, str],
) -> str:
    """Write the data card.

    Args:
        exported: As `list_exported` makes it.
        summary: The curation summary, with the settings of that run: `split`, `similarity`,
            `expert_sources`. What is not there is left out.
        settings: Of the export.
        run: `created` and `git_revision` of the export.

    Returns:
        Markdown with a YAML head, as the Hugging Face Hub reads it.
    """
    # The text is Markdown: what comes from outside goes through the filter `code`.
    environment = Environment(  # noqa: S701
        undefined=ChainableUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(number="{:,}".format, code=_to_code, quoted=_quote)
    template = (
        files(__package__).joinpath("templates", "data_card.md.j2").read_text(encoding="utf-8")
    )
    names = sorted({*summary.get("sources", {}), *exported["source"]})
    card = environment.from_string(template).render(
        settings=settings,
        external=EXTERNAL,
        summary=summary,
        run=run,
        number=len(exported),
        size=next((name for limit, name in SIZES if len(exported) < limit), "n>1M"),
        counts=_count(exported, "split"),
        sources=[(name, settings.find_terms(name)) for name in names],
        by_source=_count(exported, "source"),
        unlicensed=list_unlicensed(exported, settings),
        patients=exported.dropna(subset="patient_id").groupby("source")["patient_id"].nunique(),
        strategy=STRATEGIES.get(summary.get("split_strategy", ""), summary.get("split_strategy")),
        parameters=dict(_flatten({part: summary.get(part, {}) for part in PARAMETERS})),
        reasons=explain_reasons(summary.get("counted")),
        limits=(*LIMITS, *settings.notes),
    )
    return card.strip() + "\n"


def _count(exported: pd.DataFrame, column: str) -> dict[str, dict[str, int]]:
    """Images by class, for every value of a column; the splits in their order, others behind."""
    table = pd.crosstab(exported[column], exported["label"])
    names = sorted(table.index, key=lambda name: (_place(name), name))
    return {str(name): {str(k): int(n) for k, n in table.loc[name].items()} for name in names}


def _place(split: str) -> int:
    return SCORED.index(split) if split in SCORED else len(SCORED)


def _flatten(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested settings one by one: `similarity.search.probes` and its value as JSON."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", json.dumps(value)


def _to_code(text: object) -> str:
    """A name from outside, such as a folder's, so that Markdown and a table show it as it is."""
    plain = " ".join(str(text).split()).replace("`", "'").replace("|", "\\|")
    return f"`{plain}`"


def _quote(text: str) -> str:
    return json.dumps(text)
