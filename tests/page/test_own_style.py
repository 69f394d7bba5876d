"""The tab *Your style*: a zip becomes a style, and nothing that a zip holds does harm."""

import io
import stat
import time
import zipfile
from pathlib import Path

import pytest

import animegan
from animegan import errors
from animegan.page.serving import unzip
from animegan.page.serving.unzip import unpack
from animegan.page.serving.workshop import Workshop, bases
from animegan.styles.table import STYLES
from tests.support.browser import DRAWN, after, bring, download, enter, give, open_tab, screenshot, toast, until_another
from tests.support.cli import refused, tree
from tests.support.own_styles import write_pairs, write_style


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def pairs_zip(tmp_path, astronaut, coffee) -> Path:
    folder = write_pairs(tmp_path / "pairs", [astronaut, coffee])
    files = {f"my pairs/{file.relative_to(folder)}": file.read_bytes() for file in folder.rglob("*.png")}
    return zipped(tmp_path / "pairs.zip", files)


def test_pairs_come_out_of_a_zip(tmp_path, pairs_zip):
    assert unpack(pairs_zip, tmp_path / "out") == 16
    assert tree(tmp_path / "out") == sorted(f"{kind}/{n:02}.png" for kind in ("photo", "drawn") for n in range(8))


def test_only_pictures_in_the_two_folders_are_written(tmp_path):
    archive = zipped(
        tmp_path / "x.zip",
        {
            "photo/a.jpg": b"1", "drawn/a.PNG": b"2", "photo/run.sh": b"3", "other/a.jpg": b"4", "a.jpg": b"5",
            "__MACOSX/photo/a.jpg": b"6", "photo/.hidden.jpg": b"7", "photo/deep/a.jpg": b"8",
        },
    )  # fmt: skip
    assert unpack(archive, tmp_path / "out") == 2
    assert tree(tmp_path / "out") == ["drawn/a.png", "photo/a.jpg"]


@pytest.mark.parametrize(
    "name",
    ["../photo/evil.jpg", "/etc/photo/evil.jpg", "photo/../../photo/evil.jpg", "photo/..\\..\\evil.jpg",
     "C:\\photo\\evil.jpg", "photo/\x1b[31m\u202eevil.jpg", "photo/" + "evil" * 60 + ".jpg"],
)  # fmt: skip
def test_names_lead_nowhere_else(tmp_path, name):
    inside = tmp_path / "in" / "side"
    unpack(zipped(tmp_path / "x.zip", {name: b"x", "drawn/a.jpg": b"y"}), inside)
    assert all(path.startswith(("x.zip", "in/side/photo/", "in/side/drawn/")) for path in tree(tmp_path))
    assert all(len(path) < 120 and path.isascii() and path.isprintable() for path in tree(inside))


def test_a_photo_and_its_drawing_keep_the_same_name(tmp_path):
    files = {f"{kind}/{name}.jpg": b"x" for kind in ("photo", "drawn") for name in ("é 1", "é-1", "日本", "a b")}
    unpack(zipped(tmp_path / "x.zip", files), tmp_path / "out")
    photo, drawn = (sorted(p.name for p in (tmp_path / "out" / kind).iterdir()) for kind in ("photo", "drawn"))
    assert photo == drawn
    assert len(photo) == 4


def test_equal_names_of_several_folders_replace_nothing(tmp_path):
    """As of two cameras; by any suffix of a photo."""
    files = {f"{place}/{kind}/1.jfif": f"{place} {kind}".encode() for kind in unzip.FOLDERS for place in ("a", "b")}
    assert unpack(zipped(tmp_path / "x.zip", files), tmp_path / "out") == 4
    for kind in unzip.FOLDERS:
        found = {path.name: path.read_text() for path in (tmp_path / "out" / kind).iterdir()}
        assert found == {"1.jfif": f"a {kind}", "1-1.jfif": f"b {kind}"}


def test_links_are_not_followed(tmp_path):
    """An entry that says it is a symbolic link becomes an ordinary file with the link's text."""
    entry = zipfile.ZipInfo("photo/a.jpg")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    unpack(tmp_path / "x.zip", tmp_path / "out")
    assert not (tmp_path / "out" / "photo" / "a.jpg").is_symlink()
    assert (tmp_path / "out" / "photo" / "a.jpg").read_text() == "/etc/passwd"


def test_bombs_are_stopped_while_they_unpack(tmp_path, monkeypatch):
    monkeypatch.setattr(unzip, "MAX_PICTURE_BYTES", 3_000_000)
    monkeypatch.setattr(unzip, "MAX_ALL_BYTES", 4_000_000)
    with pytest.raises(errors.BadPairsError, match="more than fits"):
        unpack(zipped(tmp_path / "one.zip", {"photo/a.jpg": bytes(10_000_000)}), tmp_path / "one")
    many = {f"photo/{n}.jpg": bytes(2_500_000) for n in range(3)}
    with pytest.raises(errors.BadPairsError, match="more than fits"):
        unpack(zipped(tmp_path / "many.zip", many), tmp_path / "many")
    assert sum(path.stat().st_size for path in (tmp_path / "many").rglob("*.jpg")) <= 6_000_000
    monkeypatch.setattr(unzip, "MAX_PICTURES", 2)
    with pytest.raises(errors.BadPairsError, match="at most 2"):
        unpack(zipped(tmp_path / "count.zip", {f"photo/{n}.jpg": b"" for n in range(3)}), tmp_path / "count")


def broken() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("photo/a.jpg", bytes(range(256)) * 40)
    data = bytearray(buffer.getvalue())
    data[60:200] = bytes(140)
    return bytes(data)


@pytest.mark.parametrize("content", [b"", b"no zip at all", broken()])
def test_a_broken_zip_is_a_sentence(tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(errors.BadPairsError, match="cannot be unpacked"):
        unpack(tmp_path / "x.zip", tmp_path / "out")


def test_a_zip_without_pairs_is_a_sentence(tmp_path):
    with pytest.raises(errors.BadPairsError, match="holds no pairs"):
        unpack(zipped(tmp_path / "x.zip", {"readme.txt": b"hello"}), tmp_path / "out")


def ended(training, seconds: float = 600) -> None:
    deadline = time.monotonic() + seconds
    while training.is_running and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(0.2)
    assert not training.is_running


@pytest.mark.long
def test_a_training_in_the_workshop(tmp_path, pairs_zip, astronaut):
    """It writes a style, stops when told to, and leaves nothing when its visitor leaves."""
    workshop, folder = Workshop(), tmp_path / "work"
    folder.mkdir()
    training = workshop.begin("anna", pairs_zip, folder, "Warm", "cel", 30, False)
    with pytest.raises(errors.TrainingError, match="runs already"):
        workshop.begin("bert", pairs_zip, tmp_path, "x", "cel", 1, False)
    deadline = time.monotonic() + 600
    while not training.file.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert training.sheet.is_file()
    training.stop()
    assert not training.is_running
    assert training.error is None
    assert any("few" in remark for remark in training.remarks)
    style = workshop.use("anna")
    assert style in animegan.list_styles()
    assert (style.label, style.id) == ("Warm", "warm")
    assert animegan.stylize(astronaut[:64, :64], style.id).style == style.id
    assert "work" not in style.id
    workshop.leave("anna")
    assert style not in animegan.list_styles()
    assert not folder.exists()


@pytest.mark.slow
def test_a_training_that_fails_says_why(tmp_path, astronaut):
    archive = zipped(tmp_path / "x.zip", {f"{kind}/a.jpg": b"no picture" for kind in ("photo", "drawn")})
    workshop, folder = Workshop(), tmp_path / "work"
    folder.mkdir()
    training = workshop.begin("anna", archive, folder, "", "cel", 1, False)
    ended(training)
    assert isinstance(training.error, errors.BadPairsError)
    assert "Only 0 pairs in 'pairs'" in str(training.error)  # without the folders of this machine
    with pytest.raises(errors.TrainingError, match="no style yet"):
        workshop.use("anna")
    workshop.close()


def test_a_training_begins_with_a_built_in_style_only(tmp_path, pairs_zip):
    assert bases()[0].id == "cel"
    with pytest.raises(errors.TrainingError, match="built-in"):
        Workshop().begin("anna", pairs_zip, tmp_path, "x", "/etc/passwd", 1, False)


def test_strangers_cannot_train(monkeypatch):
    assert "Strangers must not train" in refused("page", "--train", "--share")
    monkeypatch.setenv("SPACE_ID", "anna/space")
    assert "Strangers must not train" in refused("page", "--train")


def test_a_style_that_is_not_there_is_refused_at_the_start():
    before = animegan.list_styles()
    assert "There is no style 'nothing'" in refused("page", "--style", "nothing")
    assert animegan.list_styles() == before


@pytest.mark.slow
def test_the_page_without_train_has_no_such_tab(visit):
    assert visit.locator("#own-go").count() == 0


@pytest.fixture
def training_page(tmp_path):
    """A page with the tab, and with a style of one's own in the list."""
    from animegan.page.serving.server import start

    path = write_style(tmp_path / "My look.safetensors")
    server = start(quiet=True, server_name="127.0.0.1", train=True, own=[str(path)])
    assert server.state.warmed.wait(600)
    yield server
    server.close()
    assert not server.state.folder.exists()
    assert "my-look" not in [style.id for style in animegan.list_styles()]


@pytest.mark.long
def test_a_style_is_trained_and_drawn_with_on_the_page(browser, training_page, pairs_zip, still):
    listed = [style.id for style in animegan.list_styles()]
    assert "my-look" in listed
    tab = open_tab(browser)
    tab.context.set_default_timeout(600_000)  # a training uses all cores of a machine that may be busy
    enter(tab, training_page.url)
    tab.get_by_role("tab", name="Your style").click()
    tab.click("#own-go")
    assert "There are no pairs yet" in toast(tab)
    give(tab, "#own-pairs", pairs_zip)
    tab.fill("#own-name textarea, #own-name input", "Warm ink")
    tab.click("#own-go")
    tab.wait_for_selector("#own-sheet img", timeout=600_000)
    tab.wait_for_selector("#own-use:not([disabled])")
    screenshot(tab, "own-style")
    tab.click("#own-stop")
    tab.wait_for_selector("#own-download:not([disabled])")
    with tab.expect_download() as offered:
        tab.click("#own-download")
    assert offered.value.suggested_filename == "Warm-ink.safetensors"
    tab.click("#own-use")
    tab.wait_for_function("document.querySelector('#style input').value === 'Warm ink'")
    tab.wait_for_function("document.querySelector('#cards .selected')?.innerText === 'Warm ink'")
    before = after(tab)
    bring(tab, still)
    until_another(tab, before)
    tab.wait_for_function(DRAWN)
    assert tab.locator("#cards .selected").inner_text() == "Warm ink"
    assert download(tab, "cup-warm-ink.png")
    tab.context.close()
    deadline = time.monotonic() + 60
    while len(animegan.list_styles()) > len(STYLES) + 1 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(animegan.list_styles()) == len(STYLES) + 1
