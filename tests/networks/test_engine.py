"""The engine depends on what the machine has."""

from pathlib import Path

import numpy as np
import pytest
import torch

from animegan import errors
from animegan.networks import engine
from animegan.networks.painters import load
from animegan.styles.lookup import find_style
from animegan.styles.weights import locate


def test_the_cpu_is_always_available(monkeypatch):
    assert engine.choose_engine("cpu") == engine.Engine(torch.device("cpu"), False)
    monkeypatch.setattr(engine, "has_bf16", lambda: False)
    if not torch.cuda.is_available() and not torch.backends.mps.is_available():
        assert engine.choose_engine().name == "cpu"
        with pytest.raises(errors.BadOptionError, match="choose the engine auto"):
            engine.choose_engine("cuda")
    with pytest.raises(errors.BadOptionError, match="cpu-bf16"):
        engine.choose_engine("tpu")


def test_the_environment_variable_replaces_auto(monkeypatch):
    monkeypatch.setenv("ANIMEGAN_ENGINE", "cpu")
    assert engine.choose_engine().name == "cpu"


@pytest.mark.parametrize("style", ["hayao", "shinkai", "portrait"])
def test_half_precision_is_close_enough(style, astronaut):
    """Less than two grey levels from fp32 on average, and no pixel far from it."""
    path = locate(find_style(style))
    full = load(path, engine.Engine(torch.device("cpu"), False)).paint(astronaut)
    half = load(path, engine.Engine(torch.device("cpu"), True)).paint(astronaut)
    difference = np.abs(full.astype(int) - half)
    assert difference.mean() < 2
    assert np.percentile(difference, 99.9) < 24


def quota(folder: Path, text: str) -> Path:
    (folder / "cpu.max").write_text(text)
    return folder


def test_cores_are_those_that_the_container_may_use(monkeypatch, tmp_path):
    monkeypatch.setattr(engine.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(engine, "CGROUP", quota(tmp_path, "200000 100000\n"))
    assert engine.cores() == 2
    monkeypatch.setattr(engine, "CGROUP", quota(tmp_path, "max 100000\n"))
    assert engine.cores() == 8
    monkeypatch.setattr(engine, "CGROUP", quota(tmp_path, "50000 100000\n"))
    assert engine.cores() == 1
    (tmp_path / "cpu.max").unlink()
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("300000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert engine.cores() == 3
    monkeypatch.setattr(engine, "CGROUP", tmp_path / "none")
    assert engine.cores() == 8
