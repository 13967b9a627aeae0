from pathlib import Path

import pytest
from optuna.trial import TrialState

from fake_study import found, make_engine, make_settings, train, work_beside

TPE = {
    "search": "tpe",
    "trials": 5,
    "space": {
        "recipe": ["small", "large"],
        "rate": {"low": 1e-3, "high": 0.3, "log": True},
        "units": {"low": 1, "high": 9, "step": 2},
    },
}


def test_a_grid_trains_every_cell_once(tmp_path):
    engine = make_engine(tmp_path)

    cells = engine.run()

    assert [dict(cell.point) for cell in cells] == [
        {"recipe": "small", "rate": 0.1},
        {"recipe": "small", "rate": 0.2},
        {"recipe": "large", "rate": 0.1},
        {"recipe": "large", "rate": 0.2},
    ]
    assert engine.listener.count("finished") == 4
    assert all(engine.files.state(cell.id) == "finished" for cell in cells)


def test_finished_cells_are_not_run_again_and_new_ones_are(tmp_path):
    make_engine(tmp_path).run()
    again = make_engine(tmp_path)
    more = make_engine(tmp_path, make_settings(seeds=[0, 1]))

    again.run()
    cells = more.run()

    assert again.listener.heard == []
    assert len(cells) == 8
    assert more.listener.count("finished") == 4


def test_a_cell_whose_files_are_gone_is_run_again(tmp_path):
    engine = make_engine(tmp_path)
    first, *_ = engine.run()
    (tmp_path / "cells" / first.id / "predictions.parquet").unlink()

    again = make_engine(tmp_path)
    again.run()

    assert again.listener.heard == [("started", first.id), ("finished", first.id)]


def fail_small(cell, run):
    if cell.recipe_name == "small":
        raise RuntimeError("no memory left")
    return train(cell, run)


def test_a_failing_cell_leaves_its_error_and_the_rest_goes_on(tmp_path):
    engine = make_engine(tmp_path, train=fail_small)

    cells = engine.run()

    states = [engine.files.state(cell.id) for cell in cells]
    assert states == ["failed", "failed", "finished", "finished"]
    failure = engine.files.summary(cells[0].id)
    assert failure["error"] == "RuntimeError: no memory left"
    assert "fail_small" in failure["traceback"]
    assert engine.listener.count("failed") == 2


def test_failed_cells_are_run_again_where_asked(tmp_path):
    make_engine(tmp_path, train=fail_small).run()
    left = make_engine(tmp_path)
    left.run()
    asked = make_engine(tmp_path, make_settings(retry_failed=True))

    cells = asked.run()

    assert left.listener.heard == []
    assert asked.listener.count("finished") == 2
    assert all(asked.files.state(cell.id) == "finished" for cell in cells)


def test_a_cell_that_fails_again_is_not_tried_for_ever(tmp_path):
    make_engine(tmp_path, train=fail_small).run()
    engine = make_engine(tmp_path, make_settings(retry_failed=True), train=fail_small)

    engine.run()

    assert engine.listener.count("failed") == 2


def test_an_interruption_stops_at_once_and_the_rest_is_run_later(tmp_path):
    def stop_at_large(cell, run):
        if cell.recipe_name == "large":
            raise KeyboardInterrupt
        return train(cell, run)

    engine = make_engine(tmp_path, train=stop_at_large)
    with pytest.raises(KeyboardInterrupt):
        engine.run()
    later = make_engine(tmp_path)
    later.run()

    assert engine.listener.count("finished") == 2
    assert engine.listener.count("interrupted") == 1
    assert later.listener.count("finished") == 2
    assert later.listener.count("lost") == 0
    assert not later.study.get_trials(states=[TrialState.RUNNING, TrialState.WAITING])


def test_combinations_that_are_no_recipes_are_listed_before_anything_is_trained(tmp_path):
    space = {"recipe": ["small", "large"], "rate": [0.1, None]}
    engine = make_engine(tmp_path, make_settings(space=space))

    with pytest.raises(ValueError, match="2 combinations") as error:
        engine.run()

    assert "recipe small, rate None: rate is no number" in str(error.value)
    assert "recipe large" in str(error.value)
    assert engine.listener.heard == []


def test_a_sampled_search_tries_as_many_points_as_asked(tmp_path):
    engine = make_engine(tmp_path, make_settings(**TPE, seeds=[0, 1]))

    cells = engine.run()

    points = {tuple(cell.point.values()) for cell in cells}
    assert len(points) == 5
    assert len(cells) == engine.listener.count("finished") == 10
    assert all(0.001 <= cell.point["rate"] <= 0.3 for cell in cells)
    assert all(cell.point["units"] in {1, 3, 5, 7, 9} for cell in cells)
    best = max(0.4 + c.point["rate"] + (c.recipe_name == "large") / 10 for c in cells)
    assert engine.study.best_value == pytest.approx(best)


def test_a_sampled_search_samples_the_same_when_resumed(tmp_path):
    def stop_at_third(cell, run):
        if engine.listener.count("started") == 3:
            raise KeyboardInterrupt
        return train(cell, run)

    whole = make_engine(tmp_path / "whole", make_settings(**TPE)).run()
    engine = make_engine(tmp_path / "parts", make_settings(**TPE), train=stop_at_third)
    with pytest.raises(KeyboardInterrupt):
        engine.run()
    rest = make_engine(tmp_path / "parts", make_settings(**TPE))
    parts = rest.run()

    assert rest.listener.count("started") == 3
    assert {cell.id for cell in whole} >= {cell.id for cell in parts[:3]}
    assert len(parts) == 5


def test_a_sampled_point_that_fails_counts_and_the_rest_goes_on(tmp_path):
    def fail_first(cell, run):
        if engine.listener.count("started") == 1:
            raise RuntimeError("diverged")
        return train(cell, run)

    engine = make_engine(tmp_path, make_settings(**TPE), train=fail_first)

    cells = engine.run()

    assert [engine.files.state(cell.id) for cell in cells] == ["failed", *4 * ["finished"]]


def test_a_score_that_is_undefined_on_validation_is_no_value(tmp_path, caplog):
    def no_score(cell, run):
        outcome = found(0.5)
        outcome.summary["scores"][1]["f1"] = None
        return outcome

    engine = make_engine(tmp_path, make_settings(**{**TPE, "trials": 1}), train=no_score)

    engine.run()

    assert [trial.state for trial in engine.study.trials] == [TrialState.FAIL]


def begun(folder: Path) -> list[list[str]]:
    return [line.split() for line in (folder / "begun.txt").read_text().splitlines()]


def test_two_processes_share_the_cells_and_survive_a_kill(tmp_path):
    tmp_path.joinpath("begun.txt").touch()
    first, second = work_beside(tmp_path, "first", 0.1), work_beside(tmp_path, "second", 0.1)
    first.stdout.readline()
    first.kill()
    first.communicate()
    second.communicate(timeout=60)

    lines = begun(tmp_path)
    cells = [cell for _, cell in lines]
    killed_at = [cell for name, cell in lines if name == "first"][-1]
    assert second.returncode == 0
    assert len(set(cells)) == 8
    assert len(cells) <= 9  # all once, but what was killed
    assert cells.count(killed_at) <= 2
    engine = make_engine(tmp_path, make_settings(seeds=[0, 1]))
    assert len(engine.run()) == 8
    assert engine.listener.count("started") == 0


def test_a_rerun_takes_up_what_was_killed_and_closes_its_log(tmp_path):
    tmp_path.joinpath("begun.txt").touch()
    alone = work_beside(tmp_path, "alone", 60)
    cell = alone.stdout.readline().split()[-1]
    alone.kill()
    alone.communicate()
    engine = make_engine(tmp_path, make_settings(seeds=[0, 1]))

    engine.run()

    assert engine.listener.count("finished") == 8
    assert ("lost", f"run of {cell}") in engine.listener.heard
