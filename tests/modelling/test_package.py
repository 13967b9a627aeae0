from pathlib import Path

from brain_tumor_kedro import modelling


def test_the_guide_names_every_module() -> None:
    modules = {path.stem for path in Path(modelling.__file__).parent.glob("[!_]*.py")}
    assert modules
    assert {name for name in modules if f"`{name}`" not in (modelling.__doc__ or "")} == set()
