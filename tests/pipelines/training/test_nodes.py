import pandas as pd
import pytest

from brain_tumor_kedro.modelling.recipes import Recipes
from brain_tumor_kedro.pipelines.training import nodes

RECIPE = {
    "backbone": "sample_cnn",
    "weights": "none",
    "phases": [{"name": "all", "trainable": "all", "learning_rate": 0.001, "epochs": 1}],
}


def test_the_recipe_of_that_name_is_chosen():
    recipes = Recipes.model_validate({"small": RECIPE, "large": {**RECIPE, "batch_size": 64}})

    assert nodes.choose_recipe("large", recipes).batch_size == 64


def test_an_unknown_recipe_is_refused():
    with pytest.raises(ValueError, match="There is no recipe 'smal'"):
        nodes.choose_recipe("smal", Recipes.model_validate({"small": RECIPE}))


@pytest.mark.parametrize("phantom", [True, False])
def test_the_curves_say_whether_the_data_are_phantoms(phantom):
    history = pd.DataFrame({"epoch": [0, 1], "phase": "all", "loss": [2.0, 1.0]})

    figure = nodes.plot_history(
        history, {"recipe_name": "small", "phantom": phantom, "fingerprint": "f"}
    )

    texts = [text.get_text() for text in figure.texts] + [figure.get_supxlabel()]
    assert any("Phantom" in text for text in texts) == phantom
