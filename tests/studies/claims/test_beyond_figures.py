import pytest

from brain_tumor_kedro.studies.claims.beyond_figures import list_needed
from brain_tumor_kedro.studies.publications import list_published
from claimed import find, put

#: What a review says that arithmetic cannot decide.
LINES = {
    "glioma_grade": ["table_5", "unit_input"],
    "imagenet_vs_radimagenet": ["stopped_on_test", "one_preprocessing"],
    "vgg16_lora": ["forward_pass", "pretrained", "pixels"],
    "xception_vs_vgg16": ["shared_images"],
}


@pytest.mark.parametrize("study", list_published())
def test_what_no_figure_decides_is_not_testable_and_says_what_it_takes(study):
    checks = list_needed(study)

    assert [check.line for check in checks] == LINES[study]
    for line in LINES[study]:
        finding = find(study, checks, line, put(f"beyond_figures.{line}.needs", "a picture"))
        assert (finding.verdict, finding.evidence) == ("not testable", "It takes a picture.")
