import pandas as pd
import pytest

from brain_tumor_kedro.studies.cell_files import CellFiles

TABLE = pd.DataFrame({"image_id": ["a"], "p": [0.5]})


@pytest.fixture
def files(tmp_path):
    return CellFiles(tmp_path / "cells")


def test_what_is_written_is_read(files):
    files.write("c", {"predictions": TABLE}, {"seconds": 1.5})

    assert files.state("c") == "finished"
    assert files.summary("c") == {"seconds": 1.5}
    pd.testing.assert_frame_equal(files.table("c"), TABLE)
    assert files.table("c", "patients") is None


def test_a_failure_is_kept_until_the_cell_is_finished(files):
    files.write_failure("c", {"error": "no memory"})
    assert (files.state("c"), files.summary("c")) == ("failed", {"error": "no memory"})

    files.write("c", {"predictions": TABLE}, {})

    assert (files.state("c"), files.summary("c")) == ("finished", {})


def test_half_a_cell_is_none(files, tmp_path):
    files.write("c", {"predictions": TABLE}, {})
    (tmp_path / "cells" / "c" / "summary.json").unlink()

    assert files.state("c") == "open"
    assert files.state("never") == "open"


def test_an_error_while_writing_leaves_what_was_there(files):
    files.write("c", {"predictions": TABLE}, {"seconds": 1})

    with pytest.raises(TypeError):
        files.write("c", {"predictions": TABLE}, {"seconds": object()})

    assert files.summary("c") == {"seconds": 1}


def test_a_broken_summary_says_where_it_lies(files, tmp_path):
    files.write("c", {"predictions": TABLE}, {})
    (tmp_path / "cells" / "c" / "summary.json").write_text("{")

    with pytest.raises(ValueError, match=r"cells/c/summary\.json"):
        files.summary("c")


def test_a_broken_table_says_where_it_lies(files, tmp_path):
    files.write("c", {"predictions": TABLE}, {})
    (tmp_path / "cells" / "c" / "predictions.parquet").write_text("half")

    with pytest.raises(ValueError, match=r"cells/c/predictions\.parquet.*Delete the folder"):
        files.table("c")
