import logging
import os
import sys
import warnings

import pytest

from brain_tumor_kedro.modelling.quietly import quietly


def speak(word: str) -> None:
    os.write(2, f"native {word}\n".encode())
    sys.stdout.write(f"{word}\n")
    warnings.warn(word, stacklevel=1)
    logging.getLogger("chatty").warning(word)


def test_nothing_is_heard_and_afterwards_everything(capfd, caplog):
    with quietly():
        speak("one")
    os.write(2, b"two\n")

    assert "one" not in capfd.readouterr().out
    assert caplog.messages == []
    logging.getLogger("chatty").warning("three")
    assert caplog.messages == ["three"]


def test_an_error_is_told_what_was_printed(capfd):
    with pytest.raises(ValueError, match="broken") as error, quietly():
        speak("one")
        raise ValueError("broken")

    assert "native one" in "".join(error.value.__notes__)
    os.write(1, b"heard\n")
    assert capfd.readouterr().out == "heard\n"
