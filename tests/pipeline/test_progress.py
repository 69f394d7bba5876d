"""How far a run has come, and how long each of its stages took."""

import time

import pytest

from animegan.images.resize import resize
from animegan.networks import painters, restorers
from animegan.pipeline.progress import Clock
from animegan.words.messages import Message


def test_progress_names_each_stage_in_order(pipeline, astronaut):
    heard = []
    pipeline.stylize(astronaut, on_progress=lambda fraction, what: heard.append((fraction, what)))
    fractions = [fraction for fraction, _ in heard]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert "Painting face 1 of 1" in [what for _, what in heard]
    codes = list(dict.fromkeys(what.code for _, what in heard))
    loads = {"find-style", "find-restorer", "load-style", "load-faces"}
    assert [code for code in codes if code not in loads] == [
        "read", "assess", "no-repair", "find-faces", "paint", "paint-face", "finish", "done",
    ]  # fmt: skip


@pytest.mark.slow
def test_progress_may_stop_a_run_and_the_next_one_works(pipeline, coffee):
    class EnoughError(Exception):
        pass

    def stop(fraction, what):
        if fraction > 0.2:
            raise EnoughError

    with pytest.raises(EnoughError):
        pipeline.stylize(coffee, on_progress=stop)
    assert pipeline.stylize(coffee).image.shape == coffee.shape


def test_a_large_picture_is_reported_tile_by_tile(pipeline, coffee, monkeypatch):
    """While it is repaired as well as while it is painted; so a long run can be stopped within a stage."""
    monkeypatch.setattr(painters, "TILE", 160)
    monkeypatch.setattr(restorers, "TILE", 128)
    heard = []
    pipeline.stylize(
        resize(coffee, 360, 240),
        enhance="on",
        faces=False,
        on_progress=lambda fraction, what: heard.append((fraction, what.code)),
    )
    for code, tiles in (("repair", 6 * len(restorers.VIEWS)), ("paint", 2)):
        fractions = [fraction for fraction, which in heard if which == code]
        assert len(fractions) == 1 + tiles
        assert fractions == sorted(set(fractions))


def test_the_clock_adds_up_what_each_stage_took(monkeypatch):
    now, heard = [100.0], []
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    clock = Clock(lambda fraction, message: heard.append((fraction, str(message))))
    for fraction, seconds in ((0.4, 2), (0.6, 3)):
        with clock.stage("paint", fraction, Message("paint"), until=fraction + 0.2) as on_tile:
            now[0] += seconds
            on_tile(1, 2)
    now[0] += 1
    assert clock.finish() == {"paint": 5.0, "total": 6.0}
    scene = "Painting the scene"
    assert heard == [(0.4, scene), (0.5, scene), (0.6, scene), (0.7, scene), (1.0, "Done")]


def test_a_download_is_reported_in_megabytes():
    heard = []
    clock = Clock(lambda fraction, message: heard.append(message))
    clock.download(1_200_000, None)
    clock.download(1_200_000, 3_400_000)
    assert heard == ["Downloading weights: 1.2 MB", "Downloading weights: 1.2 of 3.4 MB"]
