import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brain_tumor_kedro.datasets import brats_grades
from brain_tumor_kedro.datasets.brats_grades import is_table, read_tables

HEADER = (
    "Grade,BraTS_2017_subject_ID,BraTS_2018_subject_ID,TCGA_TCIA_subject_ID,"
    "BraTS_2019_subject_ID,BraTS_2020_subject_ID"
)
ROWS = (
    "HGG,Brats17_X_1,Brats18_X_1,TCGA-02-0001,BraTS19_X_1,BraTS20_Training_001",
    "LGG,NA,NA,NA,BraTS19_Y_1,BraTS20_Training_002",
)


@pytest.fixture
def read(tmp_path):
    def read_texts(*texts: str | bytes):
        paths = []
        for number, text in enumerate(texts):
            paths.append(tmp_path / f"name_mapping_{number}.csv")
            paths[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_tables(paths)

    return read_texts


def join(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def test_grade_and_patient_by_any_year(read):
    named, notes = read(join(HEADER, *ROWS))

    assert notes == ()
    for case in ("Brats17_X_1", "Brats18_X_1", "BraTS19_X_1", "BraTS20_Training_001"):
        assert named.find_grade(case, ()) == ("HGG", None)
        assert named.find_patient(case) == "TCGA-02-0001"
    for case in ("BraTS19_Y_1", "BraTS20_Training_002"):
        assert named.find_grade(case, ()) == ("LGG", None)
        assert named.find_patient(case) == "BRATS20_TRAINING_002"


@pytest.mark.parametrize(
    "text",
    [
        join(HEADER, *ROWS).replace("HGG", " hgg ").replace("Brats18_X_1", " brats18_x_1 "),
        join(HEADER, *ROWS).replace(",", ";"),
        "\ufeff" + join(HEADER, *ROWS).replace("\n", "\r\n"),
        join(HEADER, *ROWS, "", ",,,,,"),
    ],
)
def test_tables_as_spreadsheets_write_them(read, text):
    named, notes = read(text)

    assert notes == ()
    assert named.find_grade("BRATS18_X_1", ()) == ("HGG", None)
    assert named.find_grade("BraTS20_Training_002", ()) == ("LGG", None)


def test_a_case_in_no_table_is_of_unknown_grade(read):
    named, _ = read(join(HEADER, *ROWS))

    label, detail = named.find_grade("BraTS20_Training_003", ("MICCAI",))

    assert label is None
    assert "expected BraTS20_Training_003 in name_mapping.csv" in detail
    assert named.find_patient("BraTS20_Training_003") == "BRATS20_TRAINING_003"


@pytest.mark.parametrize("grade", ["", "NA"])
def test_a_row_without_grade_names_the_patient_only(read, grade):
    named, _ = read(join(HEADER, ROWS[0].replace("HGG", grade)))

    assert named.find_grade("BraTS20_Training_001", ())[0] is None
    assert named.find_grade("BraTS20_Training_001", ("HGG",)) == ("HGG", None)
    assert named.find_patient("Brats18_X_1") == "TCGA-02-0001"


def test_folders_tell_the_grade(read):
    named, _ = read()

    assert named.find_grade("Brats18_X_1", ("MICCAI", "LGG")) == ("LGG", None)
    assert named.find_grade("Brats18_X_1", ("hgg",)) == ("HGG", None)
    assert named.find_grade("Brats18_X_1", ("HGG", "LGG"))[0] is None


def test_folder_and_table_must_agree(read):
    named, _ = read(join(HEADER, *ROWS))

    assert named.find_grade("Brats18_X_1", ("HGG",)) == ("HGG", None)
    label, detail = named.find_grade("Brats18_X_1", ("LGG",))
    assert label is None
    assert "found HGG in name_mapping.csv and the folder LGG" in detail


def test_tables_must_agree(read):
    named, _ = read(join(HEADER, *ROWS), join(HEADER, ROWS[0].replace("HGG", "LGG")))

    for case in ("Brats18_X_1", "BraTS20_Training_001"):
        label, detail = named.find_grade(case, ())
        assert label is None
        assert "found HGG and LGG in name_mapping.csv" in detail
    assert named.find_grade("BraTS20_Training_002", ()) == ("LGG", None)


def test_other_grades_are_unknown(read):
    named, _ = read(join(HEADER, ROWS[0].replace("HGG", "IV")))

    assert named.find_grade("Brats18_X_1", ("HGG",)) == (
        None,
        "expected grade HGG or LGG in name_mapping.csv, found 'IV'",
    )


def test_tables_of_several_years_are_one(read):
    named, _ = read(
        "Grade,BraTS_2018_subject_ID,BraTS_2019_subject_ID\nHGG,Brats18_X_1,BraTS19_Z_1\n",
        "Grade,BraTS_2019_subject_ID,BraTS_2020_subject_ID\nHGG,BraTS19_Z_1,BraTS20_Training_7\n",
        "TCGA_ID,BraTS2020\nTCGA-1,BraTS20_Training_7\n",
    )

    cases = ("Brats18_X_1", "BraTS19_Z_1", "BraTS20_Training_7", "BraTS19_X_1")
    assert {named.find_patient(case) for case in cases} == {"TCGA-1"}


def test_time_points_are_one_patient_of_grades_of_their_own(read):
    rows = ("HGG,BraTS-GLI-00001-001", "LGG,BraTS-GLI-00001-000")
    named, _ = read(join("Grade,BraTS_2023_subject_ID", *rows))

    cases = ("BraTS-GLI-00001-000", "BraTS-GLI-00001-001", "BraTS-GLI-00001-002")
    assert {named.find_patient(case) for case in cases} == {"BRATS-GLI-00001"}
    assert [named.find_grade(case, ())[0] for case in cases] == ["LGG", "HGG", None]


@pytest.mark.parametrize(
    "text", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"Grade,x_subject_ID\n\x00,\xff\n"]
)
def test_a_table_that_cannot_be_read_is_noted_and_the_others_count(read, text):
    named, notes = read(text, join(HEADER, *ROWS))

    (note,) = notes
    assert "name_mapping_0.csv" in note
    assert named.find_grade("BraTS20_Training_001", ()) == ("HGG", None)


def test_a_table_of_enormous_size_and_a_folder_are_noted(tmp_path, monkeypatch):
    monkeypatch.setattr(brats_grades, "MAX_BYTES", 10)
    (tmp_path / "name_mapping.csv").write_text(join(HEADER, *ROWS))
    (tmp_path / "folder").mkdir()

    _, notes = read_tables([tmp_path / "name_mapping.csv", tmp_path / "folder"])

    assert len(notes) == 2


@pytest.mark.parametrize("text", [join(*ROWS), join("BraTS2021,BraTS2020", "x,y"), HEADER])
def test_a_table_without_grades_is_noted(read, text):
    _, (note,) = read(text)

    assert "expected a column grade" in note.lower()


def test_a_table_in_another_encoding_says_how_to_save_it(read):
    _, (note,) = read("Grade,x_subject_ID,Ort\nHGG,a,Köln\n".encode("latin-1"))

    assert "save it as CSV UTF-8" in note


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=8))
@settings(max_examples=60, deadline=None)
def test_who_shares_a_name_is_one_patient_whatever_the_order(tmp_path_factory, links):
    rows = [f"HGG,Brats18_a{one},BraTS20_b{other}" for one, other in links]
    folder = tmp_path_factory.mktemp("tables")
    found = []
    for number, lines in enumerate((rows, rows[::-1])):
        path = folder / f"name_mapping_{number}.csv"
        path.write_text(join("Grade,BraTS_2018_subject_ID,BraTS_2020_subject_ID", *lines))
        named, _ = read_tables([path])
        found.append([(named.find_patient(f"Brats18_a{a}"), a, b) for a, b in links])
        for one, other in links:
            assert named.find_patient(f"Brats18_a{one}") == named.find_patient(f"BraTS20_b{other}")
        # Nobody else is: as many patients as the names' graph has parts.
        parts = {name: {name} for link in links for name in (f"a{link[0]}", f"b{link[1]}")}
        for one, other in links:
            joined = parts[f"a{one}"] | parts[f"b{other}"]
            parts |= dict.fromkeys(joined, joined)
        assert len({patient for patient, _, _ in found[-1]}) == len(
            {frozenset(part) for part in parts.values()}
        )
    assert found[0] == found[1]


def test_a_workbook_is_noted(tmp_path):
    (tmp_path / "BraTS21-17_Mapping.xlsx").write_bytes(b"PK")

    _, (note,) = read_tables([tmp_path / "BraTS21-17_Mapping.xlsx"])

    assert "save the workbook as CSV" in note


@pytest.mark.parametrize(
    "name", ["name_mapping.csv", "name_mapping_validation_data.csv", "BraTS21-17_Mapping.xlsx"]
)
def test_names_of_tables(tmp_path, name):
    assert is_table(tmp_path / name)
    assert not is_table(tmp_path / "survival_info.csv")
