"""The process that draws: what it draws, leaves out and refuses, and what it says of it."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from animegan.images import files, marks
from animegan.options import Options
from animegan.pipeline.pipeline import Pipeline
from tests.support.cli import tree, write_photos

pytest.importorskip("pyarrow")
pytest.importorskip("ray")

from animegan.batch import child
from animegan.batch.task import Task

TAKEN = "2019:07:14 18:30:05"


@pytest.fixture(scope="module")
def loaded() -> Pipeline:
    return Pipeline(threads=1)


@pytest.fixture
def draw(tmp_path, monkeypatch, loaded):
    """Draws a photo of the folder ``in`` into ``out``; its row of the manifest."""
    monkeypatch.setattr(child, "Pipeline", lambda *_: loaded)
    monkeypatch.setattr(Pipeline, "warm", lambda *_, **__: None)
    task = Task(str(tmp_path / "in"), str(tmp_path / "out"), Options(faces=False, enhance="off"))

    def draw(input: str, output: str, **settings) -> dict:
        return child._Painter(replace(task, **settings)).draw(input, output)["row"]

    return draw


def test_a_drawing_of_ours_is_left_out(tmp_path, draw):
    """A row with neither a drawing nor an error; a photo of such a name is drawn."""
    write_photos(tmp_path / "in", "a-anime.png")
    files.save(np.zeros((24, 32, 3), np.uint8), tmp_path / "in" / "b.jpg")
    assert {"output", "error"}.isdisjoint(draw("b.jpg", "b-anime.png"))
    assert draw("a-anime.png", "a-anime-anime.png")["output"] == "a-anime-anime.png"
    assert tree(tmp_path / "out") == ["a-anime-anime.png"]


def test_a_file_of_somebody_else_is_not_replaced(tmp_path, draw):
    """Our own drawing is, as after a run that was killed."""
    write_photos(tmp_path / "in", "a.jpg")
    write_photos(tmp_path / "out", "a-anime.png")
    theirs = (tmp_path / "out" / "a-anime.png").read_bytes()
    row = draw("a.jpg", "a-anime.png")
    assert row["error"].startswith("OutputNotWritableError: 'a-anime.png' is there already, and is not replaced")
    assert (tmp_path / "out" / "a-anime.png").read_bytes() == theirs
    assert "error" not in draw("a.jpg", "a-anime.png", overwrite=True)
    assert marks.is_ours(tmp_path / "out" / "a-anime.png")
    assert "error" not in draw("a.jpg", "a-anime.png")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ZeroDivisionError("by zero"), "DrawingStoppedError: The drawing failed (ZeroDivisionError: by zero): look"),
        (MemoryError(), "DrawingStoppedError: There is not enough memory: make the photo smaller"),
        (RuntimeError("CUDA out of memory. Tried to allocate 9 GiB"), "DrawingStoppedError: There is not enough mem"),
    ],
)
def test_an_error_that_nobody_foresaw_is_a_row(tmp_path, monkeypatch, draw, error, said):
    write_photos(tmp_path / "in", "a.jpg")

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(Pipeline, "stylize", fail)
    row = draw("a.jpg", "a-anime.png")
    assert row["error"].startswith(said)
    assert "\n" not in row["error"]
    assert "raise error" in draw("a.jpg", "a-anime.png", verbose=True)["error"]


def test_what_is_kept_and_how_small(tmp_path, draw):
    (tmp_path / "in").mkdir()
    exif = Image.Exif()
    exif[0x8769] = {0x9003: TAKEN}
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "in" / "a.jpg", exif=exif)
    draw("a.jpg", "small.jpg", quality=30, keep_metadata="date")
    draw("a.jpg", "usual.jpg")
    data = {name: (tmp_path / "out" / f"{name}.jpg").read_bytes() for name in ("small", "usual")}
    assert len(data["small"]) < len(data["usual"]) / 2
    taken = {name: Image.open(io.BytesIO(each)).getexif().get_ifd(0x8769).get(0x9003) for name, each in data.items()}
    assert taken == {"small": TAKEN, "usual": None}
