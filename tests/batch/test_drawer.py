"""The process that watches another draw: a photo that takes too much, or kills, is a row with an error."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from animegan.networks.enlarger import Enlarger
from animegan.options import Options
from animegan.pipeline import models
from tests.support.cli import tree, write_photos

pytest.importorskip("pyarrow")
pytest.importorskip("ray")

from animegan.batch import child
from animegan.batch.drawer import Drawer, _memory_of
from animegan.batch.task import Task

pytestmark = pytest.mark.slow


def drawer_of(tmp_path: Path, **limits: float) -> Drawer:
    options = Options(faces=False, enhance="off")
    return Drawer(Task(str(tmp_path / "in"), str(tmp_path / "out"), options, **limits))  # type: ignore[arg-type]


@pytest.mark.long
def test_a_photo_that_takes_too_much_memory(tmp_path):
    """The next one gets another process. The limit is what the process takes for a small one, and half of what the
    large one takes when it is decoded.
    """
    write_photos(tmp_path / "in", "small.jpg", "again.jpg")
    Image.new("RGB", (8000, 6000)).save(tmp_path / "in" / "large.bmp")
    drawer = drawer_of(tmp_path)
    assert drawer.draw("small.jpg", "small-anime.png", 1)["output"] == "small-anime.png"
    limit = (_memory_of(drawer.child.pid) or 0) / 1e9 + 0.1
    drawer.task = replace(drawer.task, memory_limit=limit)
    row = drawer.draw("large.bmp", "large-anime.png", 1)
    assert row["error"].startswith(f"DrawingStoppedError: It took more than {limit:g} GB of memory")
    assert drawer.draw("again.jpg", "again-anime.png", 1)["output"] == "again-anime.png"
    drawer.close()
    assert tree(tmp_path / "out") == ["again-anime.png", "small-anime.png"]


def test_a_photo_that_takes_too_long(tmp_path, monkeypatch):
    """Nothing stays of what its process had for a while."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "in").mkdir()
    Image.new("RGB", (4000, 3000)).save(tmp_path / "in" / "large.bmp")
    drawer = drawer_of(tmp_path, time_limit=0.02)
    row = drawer.draw("large.bmp", "large-anime.png", 1)
    assert row["error"].startswith("DrawingStoppedError: It took more than 0.02 seconds")
    drawer.close()
    assert not (tmp_path / "out").exists()
    assert not list((tmp_path / "temporary").iterdir())


def test_photos_are_enlarged_by_one_network_and_one_that_gets_too_large_is_a_row_with_an_error(tmp_path, monkeypatch):
    write_photos(tmp_path / "in", "a.jpg", "b.jpg")
    Image.new("L", (3600, 3600)).save(tmp_path / "in" / "large.png")
    loaded: list[Enlarger] = []
    monkeypatch.setattr(models, "Enlarger", lambda **settings: loaded.append(Enlarger(**settings)) or loaded[-1])
    options = Options(faces=False, enhance="off", scale=4)
    painter = child._Painter(Task(str(tmp_path / "in"), str(tmp_path / "out"), options))
    rows = [painter.draw(f"{name}", f"{name}-anime.png")["row"] for name in ("a.jpg", "large.png", "b.jpg")]
    assert [row.get("output") for row in rows] == ["a.jpg-anime.png", None, "b.jpg-anime.png"]
    assert "more than 200 megapixels: ask for a smaller scale" in rows[1]["error"]
    assert rows[1]["error"].startswith("PhotoTooLargeError: ")
    with Image.open(tmp_path / "in" / "a.jpg") as photo, Image.open(tmp_path / "out" / "a.jpg-anime.png") as drawing:
        assert drawing.size == (4 * photo.width, 4 * photo.height)
    assert len(loaded) == 1


class Poisoned(Drawer):
    """A drawer whose process is killed by every poison, and by the first photo."""

    sent = 0

    def send(self, line):
        super().send(line)
        photo = json.loads(line).get("input")
        self.sent += photo is not None
        if photo == "poison.jpg" or (photo and self.sent == 1):
            self.child.kill()


@pytest.mark.long
def test_a_photo_that_kills_its_process_is_a_row_with_an_error(tmp_path):
    """One whose process was killed by someone else is drawn."""
    write_photos(tmp_path / "in", "poison.jpg", "unlucky.jpg")
    drawer = Poisoned(drawer_of(tmp_path).task)
    assert drawer.draw("unlucky.jpg", "unlucky-anime.png", 1)["output"] == "unlucky-anime.png"
    row = drawer.draw("poison.jpg", "poison-anime.png", 1)
    assert "died (SIGKILL)" in row["error"]
    assert "output" not in row
    drawer.close()
