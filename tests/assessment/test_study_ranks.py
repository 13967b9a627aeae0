from brain_tumor_kedro.assessment.study_ranks import count_trainings, rank_models, rank_strategies
from brain_tumor_kedro.assessment.study_table import tabulate_study
from studied import two_tables


def test_models_are_blocks_for_strategies():
    cells, scores = two_tables()

    ranking = rank_strategies(tabulate_study(cells, scores))

    assert set(ranking.means.index) == {"majority", "soft", "attention"}
    assert ranking.blocks == 5


def test_folds_and_seeds_are_blocks_for_models_and_strategies_are_not():
    cells, scores = two_tables(folds=(0, 1), seeds=(0, 1))

    assert rank_models(cells, scores).blocks == 2 * 2
    assert count_trainings(cells) == 4


def test_the_manifests_split_is_a_fold_of_its_own():
    cells, scores = two_tables()

    ranking = rank_models(cells, scores)

    assert (ranking.blocks, count_trainings(cells)) == (3, 3)
    assert ranking.means.index[-1] == "grade_mobilenet_v2"


def test_a_failed_cell_drops_its_blocks_and_a_model_without_any_is_missing():
    never = [("grade_resnet50", "correct", seed) for seed in range(3)]
    cells, scores = two_tables(failed=[("grade_densenet201", "correct", 1), *never])

    ranking = rank_models(cells, scores)

    assert (ranking.blocks, ranking.dropped) == (2, 1)
    assert ranking.missing == ("grade_resnet50",)


def test_two_models_are_not_ranked():
    cells, scores = two_tables(models=("grade_resnet50", "grade_densenet201"))

    assert rank_models(cells, scores).reason.startswith("2 to compare")
