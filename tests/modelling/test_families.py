import pytest

from brain_tumor_kedro.modelling.families import expand_families

FAMILY = {
    "backbone": ["vgg16", "xception"],
    "batch_size": 32,
    "phases": {"head": {"epochs": 50, "learning_rate": 1e-3}, "fine": {"epochs": 5}},
}
ENTRIES = {"plain": {"backbone": "vgg16", "phases": {}}, "my_{backbone}": FAMILY}


def test_a_family_makes_a_recipe_of_each_backbone() -> None:
    made = expand_families(ENTRIES)
    assert list(made) == ["my_vgg16", "my_xception", "plain"]
    assert made["my_xception"] == FAMILY | {"backbone": "xception"}
    assert made["plain"] is ENTRIES["plain"]


@pytest.mark.parametrize("first", [True, False])
def test_an_exact_name_changes_single_values_of_one_member(first: bool) -> None:
    change = {"my_vgg16": {"batch_size": 8, "phases": {"head": {"epochs": 3}}}}
    made = expand_families(change | ENTRIES if first else ENTRIES | change)
    changed = {"head": {"epochs": 3, "learning_rate": 1e-3}, "fine": {"epochs": 5}}
    assert made["my_vgg16"] == {"backbone": "vgg16", "batch_size": 8, "phases": changed}
    assert made["my_xception"] == FAMILY | {"backbone": "xception"}
    assert FAMILY["batch_size"] == 32, "what was given has changed"


def test_the_name_may_hold_the_backbone_anywhere() -> None:
    assert list(expand_families({"{backbone}_at_96": FAMILY})) == ["vgg16_at_96", "xception_at_96"]


def test_a_change_of_no_recipe_names_the_closest() -> None:
    with pytest.raises(
        ValueError, match=r"no recipe 'my_vgg1' .* batch_size\. Did you .*'my_vgg16'"
    ):
        expand_families(ENTRIES | {"my_vgg1": {"batch_size": 8}})


@pytest.mark.parametrize("listed", ["vgg16", [], [3], None, {"vgg16": 1}])
def test_a_family_lists_its_backbones(listed: object) -> None:
    with pytest.raises(ValueError, match=r"'my_\{backbone\}' is a family .*a list of backbones"):
        expand_families({"my_{backbone}": FAMILY | {"backbone": listed}})


def test_no_recipe_is_made_twice() -> None:
    with pytest.raises(ValueError, match="'my_vgg16' is made twice"):
        expand_families({"my_{backbone}": FAMILY | {"backbone": ["vgg16", "vgg16"]}})
    with pytest.raises(ValueError, match="'vgg16_vgg16' is made twice"):
        expand_families({"vgg16_{backbone}": FAMILY, "{backbone}_vgg16": FAMILY})
