"""Starts the page's server: this machine alone can reach it, and it tells nobody anything."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from brain_tumor_kedro.app.choices import Choices, add_choices, make_choices

ADDRESS = "127.0.0.1"
PORT, MAX_PORT = 8501, 65_535
SCRIPT = Path(__file__).with_name("main.py")

#: Largest file that can be shown to the page, MB; a larger one is refused by the browser.
MAX_UPLOAD = 256

#: See https://docs.streamlit.io/develop/api-reference/configuration/config.toml. Given on the
#: command line, which goes before whatever files of settings lie about.
SETTINGS = {
    "server.address": ADDRESS,
    "server.enableCORS": "true",
    "server.enableXsrfProtection": "true",
    "server.maxUploadSize": MAX_UPLOAD,
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": "false",
    "browser.gatherUsageStats": "false",
    "browser.serverAddress": ADDRESS,
    "client.toolbarMode": "minimal",
    # What an error says may quote a file.
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "logger.level": "warning",
}

#: Names under which it answers: pages elsewhere may have names of their own lead to this address.
HOSTS = (ADDRESS, "localhost")

#: Of links, sliders and chosen items, readable on either background.
THEME = {
    "theme.light.primaryColor": "#1f5f8b",
    "theme.dark.primaryColor": "#86bfe6",
}


def make_command(choices: Choices, port: int) -> list[str]:
    """Make the command that serves the page.

    Args:
        choices: What it shows.
        port: Where it listens.

    Returns:
        The program and its arguments.
    """
    settings = {**SETTINGS, **THEME, "server.port": port}
    flags = [f"--{name}={value}" for name, value in settings.items()]
    flags += [f"--server.allowedHosts={host}" for host in HOSTS]
    model = choices.models[0] if len(choices.models) == 1 else ""
    own = ["--data-dir", str(choices.data_dir), "--model", model]
    return [sys.executable, "-m", "streamlit", "run", str(SCRIPT), *flags, "--", *own]


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the page until it is stopped; this process becomes the server, so none is left over."""
    parser = argparse.ArgumentParser(prog="python -m brain_tumor_kedro.app", description=__doc__)
    add_choices(parser)
    parser.add_argument("--port", type=_read_port, default=PORT, help=f"by default {PORT}")
    parsed = parser.parse_args(arguments)
    if parsed.data_dir and not Path(parsed.data_dir).expanduser().is_dir():
        parser.error(f"expected a folder as --data-dir, found none at {parsed.data_dir}")
    choices = make_choices(parsed)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # A team's server, where one is named, goes before the registry beside the data.
    os.environ.setdefault("MLFLOW_TRACKING_URI", choices.registry)
    # Streamlit says the address.
    sys.stdout.write(f"A page about the model of {choices.data_dir}. Ctrl-C ends it.\n")
    sys.stdout.flush()
    command = make_command(choices, parsed.port)
    os.execv(command[0], command)  # noqa: S606


def _read_port(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= MAX_PORT):
        raise argparse.ArgumentTypeError(f"expected a number from 1 to {MAX_PORT}, found {text!r}")
    return int(text)
