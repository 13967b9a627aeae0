import pytest

from brain_tumor_kedro.studies.cells import CellPlanner, Resolved
from brain_tumor_kedro.studies.points import list_points
from fake_study import make_settings, resolve


def plan(settings=None, about=None, resolve=resolve):
    settings = settings or make_settings()
    about = about or {"manifest_digest": "d"}
    return CellPlanner(settings, resolve, about).plan(list_points(settings))


def ids(*args, **changes):
    return {cell.id for cell in plan(*args, **changes)}


def test_the_same_plan_gives_the_same_cells():
    assert ids() == ids()


def test_folds_and_seeds_multiply_the_cells():
    cells = plan(make_settings(folds={"count": 3, "repeats": 2}, seeds=[5, 6]))

    assert len({cell.id for cell in cells}) == 4 * 3 * 2 * 2
    assert {(cell.repeat, cell.fold) for cell in cells} == {
        (r, f) for r in (0, 1) for f in (0, 1, 2)
    }
    assert cells[0].fold == cells[1].fold == 0
    assert (cells[0].seed, cells[1].seed) == (5, 6)


def test_whatever_decides_the_result_makes_another_cell():
    def with_weights(name, recipe, data):
        return Resolved(resolve(name, recipe, data).recipe, {}, "other file")

    def with_data(name, recipe, data):
        return Resolved(resolve(name, recipe, data).recipe, {"sources": ["a"]})

    before = ids()

    assert not before & ids(about={"manifest_digest": "e"})
    assert not before & ids(make_settings(seeds=[1]))
    assert not before & ids(make_settings(folds={"count": 2}))
    assert not before & ids(resolve=with_weights)
    assert not before & ids(resolve=with_data)


def test_what_decides_nothing_makes_the_same_cell():
    settings = make_settings(strategies=["soft"], retry_failed=True, search_seed=4)

    assert ids(settings) == ids()


def test_more_repeats_keep_the_cells_of_fewer():
    one = ids(make_settings(folds={"count": 3}))

    assert one < ids(make_settings(folds={"count": 3, "repeats": 2}))


def test_points_that_come_to_the_same_recipe_are_one_cell():
    variants = {"plain": {}, "same": {"rate": 0.1}}
    space = {"recipe": ["small"], "variant": ["plain", "same"], "rate": [0.1]}

    assert len(plan(make_settings(space=space, variants=variants))) == 1


def test_a_key_of_the_space_wins_over_what_a_variant_bundles():
    variants = {"bundle": {"rate": 0.7, "data.split.strategy": "image"}}
    space = {"recipe": ["small"], "variant": ["bundle"], "rate": [0.1]}

    (cell,) = plan(make_settings(space=space, variants=variants))

    assert cell.recipe == {"name": "small", "rate": 0.1}
    assert cell.data == {"split.strategy": "image"}


def test_a_title_tells_cells_apart():
    titles = [cell.title for cell in plan(make_settings(folds={"count": 2}))]

    assert len(set(titles)) == len(titles)
    assert titles[0] == "small, 0.1, seed 0, repeat 0, fold 0"


def test_all_points_that_are_no_recipes_are_listed():
    space = {"recipe": ["small", "large"], "rate": [None, 0.1]}

    with pytest.raises(ValueError, match="2 combinations") as error:
        plan(make_settings(space=space))

    assert str(error.value).count("rate is no number") == 2
