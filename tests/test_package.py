"""What is imported when, and by what names."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import animegan
from animegan.pipeline.cache import PhotoCache
from tests.conftest import ROOT

PACKAGE = Path(animegan.__file__).parent


def test_importing_the_package_is_cheap():
    heavy = "{'torch', 'cv2', 'facenet_pytorch', 'gradio', 'PIL', 'numpy', 'huggingface_hub'}"
    code = f"import sys, animegan; animegan.list_styles(); assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def imported(path: Path) -> Iterator[str]:
    """What a file imports, at its top or within a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.slow
@pytest.mark.parametrize(("module", "room"), [("gradio", "page"), ("animegan.training", "training")])
def test_only_one_room_imports_it(module, room):
    """Only the page imports Gradio; nothing but the training, and the command that trains, imports the training."""
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).parts[0] != room and path != PACKAGE / "cli" / "train.py":
            assert not [name for name in imported(path) if f"{name}.".startswith(f"{module}.")], path


def test_there_is_every_name_that_the_package_promises():
    for name in animegan.__all__:
        assert getattr(animegan, name) is not None
        assert name in dir(animegan)
    with pytest.raises(AttributeError, match="no attribute 'Sittings'"):
        animegan.Sittings  # noqa: B018


def test_the_old_name_of_the_cache_is_said_to_be_old():
    with pytest.warns(DeprecationWarning, match=r"animegan\.Sitting is now animegan\.PhotoCache\.") as warned:
        assert animegan.Sitting is PhotoCache
    assert [warning.filename for warning in warned] == [__file__]


@pytest.mark.parametrize("name", ["at_hand", "gallery", "register_formats", "shrink", "side_by_side"])
def test_helpers_of_the_page_have_left_the_public_face(name):
    """For one version their old names still work, and say where they are."""
    assert name not in animegan.__all__
    with pytest.warns(DeprecationWarning, match=rf"animegan\.{name} is now animegan\.\w+\.\w+\.{name}\."):
        assert callable(getattr(animegan, name))


def test_styles_is_a_module_and_its_old_call_warns():
    import animegan.styles

    assert animegan.styles.__file__ is not None
    old: Any = animegan.styles
    with pytest.warns(DeprecationWarning, match=r"now animegan\.list_styles\(\)"):
        assert old() == animegan.list_styles()


def test_the_commands_know_of_the_training_no_more_than_its_settings():
    code = "import sys, animegan.__main__; print(*sorted(n for n in sys.modules if n.startswith('animegan.training')))"
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True)
    settings = {"", ".own", ".own.order", ".settings"}
    assert set(done.stdout.split()) <= {f"animegan.training{name}" for name in settings}
