import numpy as np
import pandas as pd
import pytest

from brain_tumor_kedro.assessment.feature_table import tabulate_features
from brain_tumor_kedro.assessment.guard_settings import GuardSettings
from brain_tumor_kedro.assessment.guard_tables import fit_on_tables


def test_only_train_and_val_are_looked_at_in_any_order():
    rng = np.random.default_rng(0)
    ids = [f"i{number}" for number in range(60)]
    values = rng.normal(size=(60, 4))
    values[50:] = 1000  # test images, which would move everything
    predictions = pd.DataFrame(
        {"image_id": ids, "split": ["train"] * 30 + ["val"] * 20 + ["test"] * 10, "label": "a"}
    )
    styles = tabulate_features(ids, values).sample(frac=1, random_state=0)

    guard = fit_on_tables(predictions, tabulate_features(ids, values), styles, GuardSettings())

    assert guard.image_ids.tolist() == ids[:30]
    assert guard.val_images == 20
    assert guard.threshold == pytest.approx(guard.score(values[30:50]).max())
    assert guard.flag(values[50:]).all()
