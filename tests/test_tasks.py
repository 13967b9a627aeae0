from brain_tumor_kedro.tasks import GLIOMA_GRADE, TASKS, TUMOR_TYPE, name_colors, note_data


def test_positive_classes_are_classes():
    for name, task in TASKS.items():
        assert task.name == name
        assert set(task.positive) < set(task.classes)


def test_phantoms_are_called_so_and_real_data_needs_no_note():
    assert "Phantom" in note_data(True)
    assert note_data(False) == ""


def test_colors_are_named_where_images_have_channels():
    assert name_colors(TUMOR_TYPE) == ""
    assert name_colors(GLIOMA_GRADE) == "red T1CE, green T2, blue FLAIR"
