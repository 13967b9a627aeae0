import pytest

from brain_tumor_kedro.modelling.devices import Device, prepare_device, resolve_precision


def test_the_device_is_described() -> None:
    device = prepare_device()
    assert device.kind in {"cpu", "gpu"}
    assert device.kind.upper() in device.description
    assert (device.kind == "cpu") == (device.precision == "float32")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("auto", "mixed_bfloat16"), ("float32", "float32"), ("mixed_float16", "mixed_float16")],
)
def test_auto_takes_the_devices_precision(wanted: str, expected: str) -> None:
    assert resolve_precision(wanted, Device("gpu", "a GPU", "mixed_bfloat16")) == expected
