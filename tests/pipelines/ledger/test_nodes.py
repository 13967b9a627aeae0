import logging

from brain_tumor_kedro.pipelines.ledger.nodes import check_ledger
from brain_tumor_kedro.pipelines.ledger.pipeline import create_pipeline


def test_the_ledger_is_printed_and_handed_on(caplog):
    with caplog.at_level(logging.INFO, "brain_tumor_kedro"):
        ledger = check_ledger(["vgg16_lora"])

    assert set(ledger["study"]) == {"vgg16_lora"}
    assert "vgg16_lora: 13 claims" in caplog.text


def test_the_ledger_needs_no_data():
    assert create_pipeline().inputs() == {"params:ledger.studies"}
