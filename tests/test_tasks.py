from brain_tumor_kedro.tasks import TASKS, note_data


def test_positive_classes_are_classes():
    for name, task in TASKS.items():
        assert task.name == name
        assert set(task.positive) < set(task.classes)


def test_phantoms_are_called_so_and_real_data_needs_no_note():
    assert "Phantom" in note_data(True)
    assert note_data(False) == ""
