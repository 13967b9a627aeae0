import numpy as np
import pandas as pd

from brain_tumor_kedro.modelling.compute_settings import Compute
from brain_tumor_kedro.modelling.pretrained_settings import Pretrained
from brain_tumor_kedro.modelling.retraining import predict_with_recipe


def test_a_recipe_is_trained_on_its_training_and_predicts_the_test(images, make_recipe):
    labels = np.array(["left", "right"])[np.arange(32) % 2]
    parts = np.array(["train"] * 16 + ["val"] * 8 + ["test"] * 8)
    table = pd.DataFrame({"row": range(32), "label": labels, "part": parts})
    phases = [{"name": "all", "trainable": "all", "learning_rate": 0.01, "epochs": 12}]
    phases[0]["early_stopping"] = {"monitor": "val_f1_positive", "patience": 12}
    test = table[table["part"] == "test"]

    found = predict_with_recipe(
        make_recipe(phases=phases),
        images,
        ("absent", "left", "right"),
        0,
        Compute(),
        Pretrained(),
        ("right",),
        table[table["part"] != "test"],
        test,
    )

    assert (found == test["label"]).mean() > 0.8
