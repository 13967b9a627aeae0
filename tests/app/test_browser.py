"""The page in a real browser, from the command that starts it to Ctrl-C."""

import re
import signal
import socket
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from sklearn.datasets import load_sample_images

from app_pages import png
from bundles import draw_slice, write_bundle

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser, {CHROMIUM}"),
]

#: Milliseconds: TensorFlow is imported and a classifier compiled within.
PATIENCE = 120_000


def find_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The process that `make app` starts, and where its page is."""
    folder = tmp_path_factory.mktemp("app")
    bundle, port = write_bundle(folder / "bundle"), find_port()
    log = (folder / "log.txt").open("w+")
    process = subprocess.Popen(
        [
            sys.executable, "-m", "brain_tumor_kedro.app", "--port", str(port),
            "--data-dir", str(folder), "--model", str(bundle),
        ],
        stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    for line in process.stdout:
        if address in line:
            break
    yield process, address, log
    if process.poll() is None:
        process.kill()
    process.wait()
    process.stdout.close()
    log.close()


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(params=[(1400, "light"), (360, "dark")], ids=["wide", "narrow"])
def page(request, server, browser):
    """The page, loaded; what it asks for is written down."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    opened.asked = []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.on("websocket", lambda socket: opened.asked.append(socket.url))
    opened.goto(server[1])
    opened.get_by_role("heading", name="Model", exact=True).wait_for()
    yield opened
    context.close()


def upload(page, name, content):
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def require_no_scrolling_sideways(page):
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("part => part.scrollWidth <= part.clientWidth")


def test_a_person_looks_at_images(page, server):
    notice = page.get_by_role("note")
    assert "For research only" in notice.inner_text()

    upload(page, "good.png", png(draw_slice()))
    page.get_by_role("status").filter(has_text="with a probability of").wait_for()
    picture = page.get_by_role("img", name=re.compile("^Your image as the model saw it"))
    picture.wait_for()
    table = page.get_by_role("table", name="Calibrated on validation images")
    rows = table.get_by_role("rowheader").all_inner_texts()
    assert sorted(rows) == ["glioma", "meningioma", "no tumor", "pituitary"]
    require_no_scrolling_sideways(page)

    slider = page.get_by_role("slider", name="Opacity of the heat map, %")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.get_by_role("img", name=re.compile("at 65% opacity")).wait_for()
    page.keyboard.press("Home")
    page.get_by_role("img", name=re.compile("at 0% opacity")).wait_for()

    upload(page, "broken.png", png(draw_slice())[:400])
    page.get_by_role("alert").filter(has_text="The image cannot be read").wait_for()
    assert page.get_by_role("heading", name="Answer").count() == 0

    upload(page, "notes.png", b"not an image at all")
    page.get_by_role("alert").filter(has_text="This is no image that can be read").wait_for()

    (photograph, *_) = load_sample_images().images
    upload(page, "china.png", png(photograph))
    page.get_by_role("alert").filter(has_text="A person has to review this").wait_for()
    page.get_by_text("Not to be relied on").wait_for()
    require_no_scrolling_sideways(page)

    assert notice.is_visible()
    hosts = {re.sub(r"^(\w+://)?([^/]+)/.*", r"\2", url) for url in page.asked}
    assert hosts == {server[1].removeprefix("http://")}


def test_a_phantom_is_chosen_by_keyboard_alone(page):
    page.get_by_role("radio", name="A file of your own").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("img", name=re.compile(r"The generated phantom \(glioma\)")).wait_for()

    page.get_by_role("radio", name="glioma", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("img", name=re.compile(r"The generated phantom \(meningioma\)")).wait_for()


def test_headings_are_in_order_and_everything_has_a_name(page):
    page.get_by_text("An example phantom", exact=True).click()
    page.get_by_role("heading", name="Answer").wait_for()
    page.get_by_role("img", name=re.compile("generated phantom")).wait_for()

    levels = page.locator("h1, h2, h3, h4").evaluate_all(
        "all => all.map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.locator("img:not([alt]), img[alt='']").count() == 0


def test_ctrl_c_ends_it_and_leaves_nothing(server, browser):
    process, _, log = server
    children = psutil.Process(process.pid).children(recursive=True)

    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=60) in (0, -signal.SIGINT)
    assert psutil.wait_procs(children, timeout=10)[1] == []
    log.seek(0)
    said = log.read()
    assert "Traceback" not in said
    assert "good.png" not in said
    assert "china.png" not in said
