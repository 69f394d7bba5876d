"""Options of the command line: made from the settings, explained, and checked before anything is loaded or drawn."""

import inspect
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

import animegan
from animegan import errors
from animegan.cli import export as export_command
from animegan.cli.settings import with_settings
from animegan.networks import painters, restorers
from animegan.networks.export import FORMATS
from animegan.options import ENGINES, SETTINGS, Setting
from tests.conftest import ROOT
from tests.support.cli import complaint, invoke, refused, run, sentence, tree, write_photos

COMMANDS = ("stylize", "video", "batch", "styles", "page", "export", "evaluate", "evaluate-faces", "train")
HEAVY = ("cv2", "facenet_pytorch", "gradio", "numpy", "onnxruntime", "PIL", "torch")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_everywhere(flag):
    listed = invoke(flag)
    assert listed.exit_code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in listed.stdout
        done = invoke(command, flag)
        assert done.exit_code == 0
        assert "-h, --help" in done.stdout


def test_without_a_command_the_help_is_shown():
    done = invoke()
    assert done.exit_code == 2
    assert "Commands:" in done.output


def test_the_version():
    assert animegan.__version__ == "0.2.0"
    assert invoke("--version").stdout == "animegan 0.2.0\n"
    assert run("--version").stdout == "animegan 0.2.0\n"


def test_every_setting_is_an_option():
    """With its choices, its default and its help."""
    shown = " ".join(invoke("stylize", "-h").stdout.replace("-\n", "-").split())
    for setting in SETTINGS.values():
        flag = "--" + setting.name.replace("_", "-")
        assert f"{flag} " in shown
        if setting.choices:
            assert f"{flag} [{'|'.join(map(str, setting.choices))}]" in shown
        assert setting.help.split(":")[0] in shown
    assert "--faces [all|1,3,…]" in shown
    assert "--no-faces " in shown
    assert "--no-guided" not in shown
    assert f"--engine [{'|'.join(ENGINES)}]" in shown


def test_old_names_of_options_work_for_one_version_and_are_in_no_help(tmp_path):
    write_photos(tmp_path, "a.jpg")
    renamed = {"--level": "--restorer", "--detail": "--paint-side", "--save-mended": "--save-repaired"}
    old_names = "--detail=300", "--level", "light", "--save-mended"
    done = invoke("stylize", tmp_path / "a.jpg", "-o", tmp_path / "a.png", "--style", "cel", *old_names)
    assert done.exit_code == 0
    assert (tmp_path / "a.png").is_file()
    for old, new in renamed.items():
        assert f"{old} is now {new};" in done.stderr
        assert f"{old} " not in invoke("stylize", "-h").stdout
        assert new in invoke("stylize", "-h").stdout


def test_a_new_setting_is_an_option_by_itself():
    heard: dict[str, Any] = {}

    def draw(photo: Annotated[str, typer.Argument()], loud: bool = False, **settings: Any) -> None:
        heard.update(settings, photo=photo, loud=loud)

    new = {
        "mood": Setting("mood", "calm", "How it feels.", "The mood", choices=("calm", "wild")),
        "line_width": Setting("line_width", 1.5, "Pixels.", "The line", high=9),
        "frame": Setting("frame", True, "A frame around it.", "The frame"),
        "signed": Setting("signed", False, "A name below it.", "The signature"),
    }
    app = typer.Typer()
    command = with_settings(draw, new)
    app.command()(command)
    done = CliRunner().invoke(app, ["a.jpg", "--mood", "wild", "--line-width", "2", "--no-frame", "--signed"])
    assert done.exit_code == 0, done.output
    assert heard == {"photo": "a.jpg", "loud": False, "mood": "wild", "line_width": 2, "frame": False, "signed": True}
    assert list(inspect.signature(command).parameters) == ["photo", *new, "loud"]


def in_a_new_process(commands: list[list[str]]) -> list[tuple[int, str, str]]:
    """(exit code, standard output, standard error) of commands, and a check that none of them loads what is heavy; but
    Pillow reads the mark of a file that is to be replaced.
    """
    code = f"""
import json, sys
from typer.testing import CliRunner
from animegan.__main__ import app
done = [CliRunner().invoke(app, arguments) for arguments in json.load(sys.stdin)]
json.dump([(each.exit_code, each.stdout, each.stderr) for each in done], sys.stdout)
heavy = set({HEAVY}) & set(sys.modules) - {{"PIL"}}
sys.exit(f"Loaded: {{heavy}}" if heavy else 0)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, input=json.dumps(commands), capture_output=True, text=True, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return [(code, out, err) for code, out, err in json.loads(done.stdout)]


@pytest.mark.slow
def test_what_needs_no_networks_loads_none():
    commands = [["-h"], ["--version"], ["styles"], ["styles", "--json"], *([command, "-h"] for command in COMMANDS)]
    assert [code for code, _, _ in in_a_new_process(commands)] == [0] * len(commands)


WRONG = {
    "--scale 3": "The scale is 1, 2 or 4, not 3",
    "--scale big": "--scale",
    "--strength 1.6": "0 to 1.5",
    "--strength nan": "0 to 1.5",
    "--vividness -1": "0 to 2",
    "--enhance yes": "auto, on, off or super-resolution",
    "--restorer worst": "auto, light or best",
    "--faces 0": "numbers such as '1,3'",
    "--faces one": "numbers such as '1,3'",
    "--faces-only --scene-only": "choose one",
    "--no-faces --faces-only": "leave the faces on",
    "--crop round": "portrait, square or none",
    "--paint-side 12": "256 to 8192",
    "--style picasso": "hayao",
    "--style hub:nobody": "hub:owner/repo/file@revision",
    "--faces-style picasso": "hayao",
    "--max-megapixels -5": "a number above 0, not -5",
    "--max-megapixels 0": "a number above 0",
    "--max-megapixels nan": "a number above 0",
    "--max-megapixels many": "--max-megapixels",
    "--engine tpu": "auto, cuda, mps, cpu or cpu-bf16",
    "--format tiff": "png, jpg or webp",
    "--format jpg": "does not end in .jpg",
    "--sharpen": "No such option: --sharpen",
}


def test_wrong_options_are_refused_before_anything_is_loaded(tmp_path):
    """A sentence each; nothing is made."""
    write_photos(tmp_path, "photo.png")
    photo, out = str(tmp_path / "photo.png"), str(tmp_path / "new" / "out.png")
    commands = [["stylize", photo, "-o", out, *wrong.split()] for wrong in WRONG]
    for (code, stdout, stderr), (wrong, expected) in zip(in_a_new_process(commands), WRONG.items(), strict=True):
        assert (wrong, code, stdout) == (wrong, 2, "")
        assert expected in sentence(stderr), wrong
    assert tree(tmp_path) == ["photo.png"]


@pytest.mark.slow
def test_wrong_places_are_refused_before_anything_is_loaded(tmp_path):
    """Photos that cannot be read, drawings that cannot be written: a sentence each, and nothing is made or replaced."""
    write_photos(tmp_path, "photo.png", "read-only.png", "target.png")
    (tmp_path / "read-only.png").chmod(0o444)
    (tmp_path / "link.png").symlink_to("target.png")
    (tmp_path / "nowhere.png").symlink_to("missing.png")
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    before = tree(tmp_path)
    places = {
        "read-only.png": "read-only.png' is read-only, and is not replaced",
        "link.png": "link.png' is a symbolic link, and is not replaced",
        "nowhere.png": "is a symbolic link",
        "photo.png": "is one of the photos",
        "x" * 300 + ".png": "choose a shorter name",
        "new/" + "x" * 300 + ".png": "choose a shorter name",
        "x" * 300 + "/": "choose a shorter name",
        "file/out.png": "cannot be written (File exists)",
        "file/": "cannot be written",
        "out.tga": "name a folder, or a file that ends in .png",
    }
    commands = [["stylize", str(tmp_path / "photo.png"), "-o", f"{tmp_path}/{place}"] for place in places]
    photos = {
        "https://example.org/a.jpg": "is an address: download the photo first",
        str(tmp_path / "missing.jpg"): "There is no photo at",
        str(tmp_path / "nowhere.png"): "There is no photo at",
        str(tmp_path / "empty"): "There is no photo in the folder",
        "x" * 300 + ".png": "There is no photo at",
    }
    commands += [["stylize", photo, "-o", f"{tmp_path}/out/"] for photo in photos]
    commands += [["stylize", str(tmp_path / "photo.png"), "-o", ""]]
    expected = [*places.values(), *photos.values(), "The output has no name"]
    for command, (code, stdout, stderr), what in zip(commands, in_a_new_process(commands), expected, strict=True):
        assert (command, code, stdout) == (command, 2, "")
        assert what in sentence(stderr), command
    assert tree(tmp_path) == before


def test_the_engine_of_the_environment_is_checked_as_well(tmp_path, monkeypatch):
    write_photos(tmp_path, "photo.png")
    monkeypatch.setenv("ANIMEGAN_ENGINE", "steam")
    assert "'steam'" in refused("stylize", tmp_path / "photo.png", "-o", tmp_path / "o.png")


def test_an_engine_that_this_machine_does_not_have(tmp_path):
    write_photos(tmp_path, "photo.png")
    message = refused("stylize", tmp_path / "photo.png", "-o", tmp_path / "new" / "o.png", "--engine", "mps")
    assert "choose the engine auto" in message
    assert sorted(os.listdir(tmp_path)) == ["photo.png"]


@pytest.mark.slow
def test_wrong_use_is_one_sentence():
    assert "Did you mean 'stylize'" in refused("stylise")
    assert "No such option: --sharpen. See 'animegan -h'." in complaint(run("--sharpen"))
    assert "See 'animegan stylize -h'." in complaint(run("stylize", "photo.jpg", "--scale", "2"))
    assert "'IN'" in refused("stylize")
    assert "--out" in refused("stylize", "photo.jpg")
    assert "does not exist" in refused("evaluate", "nowhere")


# Parts that are not installed.


@pytest.mark.parametrize(
    ("module", "command", "advice"),
    [
        ("gradio", ["page"], "gradio is not installed: pip install 'animegan[page]'."),
        ("mcp", ["page", "--mcp"], "pip install 'gradio[mcp]'."),
        ("onnx", ["export", "cel", "out.onnx"], "pip install 'animegan[export]'."),
        ("onnxscript", ["export", "cel", "out.onnx"], "pip install 'animegan[export]'."),
        ("onnxruntime", ["export", "cel", "out.onnx", "--int8"], "pip install 'animegan[export]'."),
    ],
)
def test_what_is_not_installed_is_named(monkeypatch, module, command, advice):
    monkeypatch.setitem(sys.modules, module, None)
    assert advice in refused(*command)


def test_the_hub_s_styles_need_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "spandrel", None)
    with pytest.raises(
        errors.MissingExtraError, match=r"onnxruntime is not installed: pip install 'animegan\[hub\]'\."
    ):
        painters.load("anime.onnx")
    with pytest.raises(errors.MissingExtraError, match=r"spandrel is not installed: pip install 'animegan\[hub\]'\."):
        restorers.load(Path("best.pth"))


# Other commands.


def test_export_knows_every_format():
    assert sorted(export_command.FORMAT.choices) == sorted(FORMATS)


def test_what_is_exported_replaces_no_link(tmp_path):
    (tmp_path / "cel.onnx").symlink_to("elsewhere.onnx")
    assert "symbolic link" in refused("export", "cel", tmp_path / "cel.onnx")


def test_a_sheet_that_cannot_be_written_is_refused_at_once(tmp_path):
    write_photos(tmp_path, "photo.png")
    for command in ("evaluate", "evaluate-faces"):
        assert "ends in .png" in refused(command, tmp_path, "--sheet", tmp_path / "sheet.pdf")
        assert "hayao" in refused(command, tmp_path, "--style", "picasso")
    assert tree(tmp_path) == ["photo.png"]


def test_an_address_that_the_page_cannot_have():
    assert "from 1 to 65535" in refused("page", "--port", "99999")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "choose another" in refused("page", "--port", taken.getsockname()[1])


@pytest.mark.long
def test_the_page_starts():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    command = [sys.executable, "-m", "animegan", "page", "--port", str(port)]
    page = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        deadline = time.monotonic() + 240
        while True:
            try:
                with opener.open(f"http://127.0.0.1:{port}/") as answer:
                    assert answer.status == 200
                    return
            except OSError:
                assert page.poll() is None, page.communicate()[1].decode()
                assert time.monotonic() < deadline
                time.sleep(0.5)
    finally:
        page.terminate()
        page.wait(60)
