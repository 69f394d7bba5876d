"""What several tests share: photographs, one pipeline, a Hub, the page and a browser; and which run side by side."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if "PYTEST_XDIST_WORKER" in os.environ:
    # Several share the processors: one thread each, and no thread that spins while it waits.
    os.environ["OMP_NUM_THREADS"], os.environ["OMP_WAIT_POLICY"] = "1", "passive"
    # Two workers that take the same free port at once would both fail: each has ports of its own.
    os.environ["GRADIO_SERVER_PORT"] = str(7860 + 100 * int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")))

import numpy as np
import pytest
import skimage.data
import torch
from filelock import FileLock
from PIL import Image

import animegan
from animegan.faces.finder import Finder
from animegan.page.serving.turns import Turns
from animegan.styles import weights
from tests.support.browser import ARGUMENTS, CHROMIUM, REQUIRED, SHELL, enter, open_tab
from tests.support.hub import CONTENT, Hub
from tests.support.line import Line
from tests.support.own_styles import write_style

if TYPE_CHECKING:
    from animegan.page.serving.server import Server

os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(autouse=True)
def _fixed_seeds():
    torch.manual_seed(0)
    np.random.seed(0)


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """A sharp portrait, ``(512, 512, 3) uint8``, one face."""
    return skimage.data.astronaut()


@pytest.fixture(scope="session")
def coffee() -> np.ndarray:
    """A still life, ``(400, 600, 3) uint8``, no face."""
    return skimage.data.coffee()


@pytest.fixture(scope="session")
def pipeline() -> animegan.Pipeline:
    return animegan.Pipeline()


@pytest.fixture(scope="session")
def finder() -> Finder:
    return Finder()


@pytest.fixture(scope="session")
def drawn(pipeline, astronaut) -> animegan.Result:
    """The astronaut as anime, with everything as it is by default."""
    return pipeline.stylize(astronaut)


@pytest.fixture
def hub(monkeypatch, tmp_path) -> Iterator[Hub]:
    """A Hub on loopback with one file, and a cache of its own."""
    from huggingface_hub import constants, file_download

    hub = Hub()
    hub.files["owner/repo/weights.bin"] = CONTENT
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    template = hub.address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", hub.address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(file_download, "HUGGINGFACE_CO_URL_TEMPLATE", template, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(weights, "PATIENCE", 60.0)  # a busy machine answers late
    monkeypatch.delenv("HF_TOKEN", raising=False)
    yield hub
    hub.close()


@pytest.fixture
def line() -> Iterator[Line]:
    """A line in front of the model with as many places as the page has."""
    line = Line(Turns())
    yield line
    for run in line.runs:
        run.go.set()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process more than processors, as tests in a browser wait for most of their time; none beside this one for
    files that are named, which it would delay.
    """
    named = [Path(argument.partition("::")[0]) for argument in config.args]
    return 0 if all(path.is_file() for path in named) else min(5, len(os.sched_getaffinity(0)) + 1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests of one file share a process, and with it what they have made; those of the page share one, and its server,
    and those of the page in a browser another.

    Marks ``xdist_group`` would say the same, but pytest 9.2 does not let xdist 3.8 write them into a test's name.
    """
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            if not file.startswith("tests/page/"):
                return file
            return "page, in a browser" if "/test_browser" in file else "page"

    return Together(config, log)


@pytest.hookimpl(tryfirst=True)  # before markers are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins: the page, then other tests in a browser, then files with many long or slow tests."""
    work: Counter[Path] = Counter()
    ranks = {}
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "browser" in fixtures:
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.slow)
            work[item.path] += 10
        work[item.path] += item.get_closest_marker("slow") is not None
        ranks[item] = "page" not in fixtures, "browser" not in fixtures
    items.sort(key=lambda item: (*ranks[item], -work[item.path]))


@pytest.fixture(scope="session")
def page() -> "Iterator[Server]":
    """The page, served on loopback."""
    from animegan.page.serving.server import start

    server = start(mcp=True, quiet=True, server_name="127.0.0.1")
    assert server.state.warmed.wait(300)
    yield server
    server.close()
    assert not server.state.folder.exists()


@pytest.fixture(scope="session")
def under_a_path(tmp_path_factory) -> Iterator[str]:
    """The address of a page for a reverse proxy under ``/tools/anime``, a process of its own."""
    from tests.support.app import served

    arguments = ["--host", "127.0.0.1", "--root-path", "/tools/anime"]
    with served(tmp_path_factory.mktemp("under-a-path"), arguments=arguments) as url:
        yield url


@pytest.fixture(scope="session")
def photo(tmp_path_factory, astronaut) -> Path:
    """The astronaut as a file."""
    path = tmp_path_factory.mktemp("photo") / "eileen.jpg"
    Image.fromarray(astronaut).save(path, quality=95)
    return path


@pytest.fixture(scope="session")
def still(tmp_path_factory, coffee) -> Path:
    """A small photo without a face as a file, for whom it is enough that something is drawn: a face takes seconds."""
    path = tmp_path_factory.mktemp("still") / "cup.jpg"
    Image.fromarray(coffee[100:228, 160:352]).save(path, quality=95)
    return path


@pytest.fixture(scope="session")
def embedded(tmp_path_factory) -> Path:
    """An embedded page with three built-in styles, one of one's own (``Mine.safetensors`` beside it), and both engines,
    for all processes of the tests. Without onnxruntime-web a test is skipped, unless ANIMEGAN_REQUIRE_BROWSER is 1.
    """
    from animegan.embed import folder, runtime

    try:
        package = runtime.locate(runtime.ORT)
    except animegan.RuntimeUnavailableError as error:
        if REQUIRED:
            pytest.fail(str(error))
        pytest.skip(str(error))
    root = tmp_path_factory.getbasetemp()
    path = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "embedded" / "site"
    path.parent.mkdir(exist_ok=True)
    with FileLock(path.with_name("lock")):
        if not path.exists():
            mine = write_style(path.with_name("Mine.safetensors"), faces=True)
            folder.write(path, ["anime", "film", "watercolour", str(mine)], webgpu=True, package=package)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium; without it a test is skipped, unless ANIMEGAN_REQUIRE_BROWSER is 1."""
    if CHROMIUM is None and REQUIRED:
        pytest.fail("Chromium is required here and is not installed: install the package 'chromium'.")
    if CHROMIUM is None:
        pytest.skip("no Chromium: install it ('apt-get install chromium') to run these tests")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=SHELL, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def tab_of_visitors(browser) -> Iterator[Any]:
    """A tab for one visitor after the other: what the page is made of is fetched and compiled once."""
    tab = open_tab(browser)
    yield tab
    tab.context.close()


@pytest.fixture
def visit(tab_of_visitors, page) -> Iterator[Any]:
    """A visitor with the page open, who leaves it at the end; the page knows nothing of the one before."""
    tab = tab_of_visitors
    tab.set_viewport_size({"width": 1400, "height": 900})
    tab.hosts.clear()
    enter(tab, page.url)
    yield tab
    tab.unroute_all()
    tab.context.set_offline(False)
    tab.goto("about:blank")
