import logging

import pandas as pd
import pytest

from brain_tumor_kedro.assessment.cohort_report import CAPTIONS
from brain_tumor_kedro.imaging.cohort import CohortSettings
from brain_tumor_kedro.imaging.leakage import LeakageError
from brain_tumor_kedro.imaging.manifest import check_manifest, kept
from brain_tumor_kedro.imaging.packing import PackingSettings, require_same_images
from brain_tumor_kedro.imaging.parallel import ParallelSettings
from brain_tumor_kedro.imaging.splitting import SplitSettings
from brain_tumor_kedro.imaging.volumes import SliceSettings
from brain_tumor_kedro.pipeline_registry import register_pipelines
from brain_tumor_kedro.pipelines.curation import nodes as shared
from brain_tumor_kedro.pipelines.volumes import nodes
from volume_builders import FakeSource, make_case

TASK = "glioma_grade"
SPLIT = SplitSettings(balance="groups", train=0.64, val=0.16, test=0.2)


def make_source(number: int = 15, *others) -> FakeSource:
    cases = [make_case(f"phantom_{n:02d}", ("LGG", "HGG", "HGG")[n % 3]) for n in range(number)]
    return FakeSource((*cases, *others), notes=("look out",))


def curate(source: FakeSource, previous: pd.DataFrame | None = None, **slices):
    """All nodes but those that draw and write, in their order."""
    settings = CohortSettings(), SliceSettings(**slices)
    cases, excluded, notes, started = nodes.list_cases(source, [], [], [])
    described, stack, measures = nodes.inspect_cases(
        cases, excluded, *settings, PackingSettings(size=32), ParallelSettings(workers=1), TASK
    )
    selected, pairs = nodes.select_cases(described, settings[0])
    before = pd.DataFrame() if previous is None else previous.assign(version=0)
    split = shared.split_images(selected, pairs, before, SPLIT, [])
    checked, crossings = shared.check_leakage(split, pairs, SPLIT)
    images, manifest, seconds = nodes.pack_slices(checked, stack, started)
    cohort = nodes.tabulate_cohort(manifest, measures)
    summary = nodes.summarize_curation(
        manifest, cohort, pairs, crossings, SPLIT, *settings, PackingSettings(size=32), [], [], [],
        notes, seconds, TASK,
    )  # fmt: skip
    return manifest, images, cohort, pairs, summary


def test_a_curation_gives_what_training_reads():
    manifest, images, cohort, _, summary = curate(make_source())

    check_manifest(manifest)
    require_same_images(images, manifest)
    assert images.shape == (len(kept(manifest)), 32, 32, 3)
    assert kept(manifest).groupby("patient_id")["split"].nunique().max() == 1
    assert set(kept(manifest)["split"]) == {"train", "val", "test"}
    assert summary["manifest_digest"] == cohort["manifest_digest"].iloc[0]
    assert {"cohort", "slices", "packing", "split", "exclude_cases"} <= set(summary["settings"])
    assert (summary["phantom"], summary["found"], summary["kept"]) == (True, 15, 15)
    counted = sum(n for split in summary["patients"]["splits"].values() for n in split.values())
    assert counted == summary["groups"] == 15
    assert summary["slices"] == sum(summary["classes"].values()) == len(images)


def test_the_same_cases_give_the_same_digest_whatever_their_order():
    source = make_source()
    turned = FakeSource(source.cases[::-1])

    digests = {curate(one)[4]["manifest_digest"] for one in (source, source, turned)}

    assert len(digests) == 1


def test_a_patient_of_an_earlier_test_split_never_moves_to_train():
    first = curate(make_source(12))[0]
    again = [make_case(f"again_{n:02d}_phantom", ("LGG", "HGG", "HGG")[n % 3],
                       patient=f"phantom_{n:02d}") for n in range(12)]  # fmt: skip

    second = curate(make_source(0, *again), first, choose="largest", k=1)[0]

    before, after = (
        kept(table).groupby("patient_id")["split"].first() for table in (first, second)
    )
    assert after.equals(before)


def test_broken_cases_are_rows_and_warnings(caplog):
    broken = [
        make_case(f"broken_{n:02d}_phantom", changed={"t2": OSError("no")}) for n in range(12)
    ]

    with caplog.at_level(logging.WARNING):
        manifest, *_, summary = curate(make_source(15, *broken))

    assert summary["rejected"] == {"unreadable": 12}
    assert (manifest["reason"] == "unreadable").sum() == 12
    assert "brats/broken_00_phantom is left out: unreadable, t2: no." in caplog.text
    assert "2 more cases are left out" in caplog.text
    assert "look out" in caplog.text


def test_without_any_case_the_run_stops_with_what_is_expected():
    with pytest.raises(ValueError, match="Expected case folders of BraTS"):
        nodes.list_cases(FakeSource(()), [], [], [])


def test_where_no_case_can_be_used_the_run_says_why():
    broken = [make_case(f"phantom_{n}", changed={"t2": None}) for n in range(3)]

    with pytest.raises(ValueError, match=r"None of the 3 cases.*missing_sequence 3"):
        curate(make_source(0, *broken))


def test_a_typo_in_exclude_cases_stops_the_run():
    with pytest.raises(ValueError, match="Did you mean phantom_01"):
        nodes.list_cases(make_source(3), ["phantom_001"], [], [])


@pytest.mark.parametrize("named", ["holdout_sources", "expert_sources"])
def test_a_typo_in_a_list_of_sources_stops_the_run(named):
    lists = {"exclude_cases": [], "expert_sources": [], "holdout_sources": []}

    with pytest.raises(ValueError, match=rf"{named} to be a list of some of \['brats'\]"):
        nodes.list_cases(make_source(3), **lists | {named: ["brat"]})


def test_phantoms_beside_real_cases_stop_the_run():
    with pytest.raises(ValueError, match="found both"):
        nodes.list_cases(FakeSource((make_case("phantom_1"), make_case("real"))), [], [], [])


def test_too_few_patients_of_a_grade_stop_the_run():
    cases = [make_case(f"phantom_{n}", "HGG" if n > 1 else "LGG") for n in range(9)]

    with pytest.raises(ValueError, match=r"3 groups of every class.*LGG 2.*Add patients"):
        curate(FakeSource(tuple(cases)))


def test_the_gate_stops_a_patient_in_two_splits():
    manifest, _, _, pairs, _ = curate(make_source())
    first = kept(manifest)["image_id"].iloc[0]
    split = manifest["split"].where(manifest["image_id"] != first, "external")

    with pytest.raises(LeakageError, match="patient"):
        shared.check_leakage(manifest.assign(split=split, fold=None), pairs, SPLIT)


def test_figures_and_page_are_of_this_data_set_and_called_phantom(tmp_path):
    source = make_source(15, make_case("lost_phantom", changed={"t2": None}))
    manifest, images, cohort, pairs, summary = curate(source)
    conflicts = shared.list_conflicts(manifest, pairs, [], [], summary)
    cases = list(source.cases)

    figures = nodes.plot_cohort(manifest, cohort, images, cases, summary, CohortSettings(), TASK)

    files = {}
    for name, figure in zip(CAPTIONS, figures, strict=True):
        assert figure.get_label() == summary["manifest_digest"]
        path = tmp_path / f"{name}.png"
        figure.savefig(path, dpi=40, metadata={"Source": figure.get_label()})
        files[name] = path.read_bytes()
    page = nodes.write_report(summary, conflicts, TASK, **files)
    assert page.count("<figure") == len(CAPTIONS)
    assert "Phantom data" in page
    assert "lost_phantom" in page
    assert "no file of t2" in page.lower()
    with pytest.raises(ValueError, match="figure flow is not of the present run"):
        nodes.write_report(summary | {"manifest_digest": "other"}, conflicts, TASK, **files)


def test_the_pipeline_leaves_everything_that_training_and_reports_read():
    pipeline = register_pipelines()["grading_curation"]

    assert {"brats"} == {name for name in pipeline.inputs() if "." not in name and ":" not in name}
    needed = {"manifest", "images", "curation_summary", "label_conflicts", "curation_report"}
    assert {f"{TASK}.{name}" for name in needed} <= pipeline.all_outputs()
