import pytest

from brain_tumor_kedro.modelling.history import COLUMNS, History, TrainingDivergedError


def test_epochs_are_counted_across_phases() -> None:
    seen: list[tuple[int, dict[str, float]]] = []
    history = History(lambda epoch, numbers: seen.append((epoch, numbers)))
    for phase in ("head", "head", "fine_tune"):
        history.add(phase, {"loss": 1.0})
    table = history.table()
    assert tuple(table) == COLUMNS
    assert table["epoch"].tolist() == [0, 1, 2]
    assert table["phase"].tolist() == ["head", "head", "fine_tune"]
    assert seen == [(0, {"loss": 1.0}), (1, {"loss": 1.0}), (2, {"loss": 1.0})]


def test_what_only_some_trainings_log_is_a_column_of_theirs() -> None:
    history = History()
    history.add("head", {"loss": 1.0, "f1_positive": 0.5, "val_f1_positive": 0.25})
    table = history.table()
    assert set(table) - set(COLUMNS) == {"f1_positive", "val_f1_positive"}
    assert list(table)[6:8] == ["f1", "f1_positive"]
    assert table["val_f1_positive"].tolist() == [0.25]


@pytest.mark.parametrize("name", ["loss", "val_loss"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_stops_the_training(name: str, value: float) -> None:
    history = History()
    with pytest.raises(TrainingDivergedError, match=f"{name} is .* learning_rate"):
        history.add("head", {name: value})
    assert history.rows == []


def test_a_restored_history_is_told_and_goes_on() -> None:
    first = History()
    first.add("head", {"loss": 2.0, "seconds": 1.0})
    told: list = []
    second = History(lambda epoch, numbers: told.append((epoch, numbers)))

    second.restore(first.rows)
    second.add("all", {"loss": 1.0, "seconds": 1.0})

    assert told == [(0, {"loss": 2.0, "seconds": 1.0}), (1, {"loss": 1.0, "seconds": 1.0})]
    assert (second.count("head"), second.count("all"), second.count("more")) == (1, 1, 0)
