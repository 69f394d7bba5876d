"""A folder of clips on the command line."""

import json

import pytest

from tests.support.cli import invoke, refused
from tests.support.clips import pictures, write
from tests.support.processes import names

OPTIONS = ("--enhance", "off", "--faces", "off", "--live", "--side", "64")


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Two clips, one that is broken, and a text."""
    folder = tmp_path_factory.mktemp("clips")
    write(folder / "b2.mp4", pictures(2))
    write(folder / "b10.avi", pictures(2), codec="mpeg4")
    (folder / "broken.mov").write_bytes(b"no clip")
    (folder / "notes.txt").write_text("hello")
    (folder / ".hidden.mp4").write_bytes(b"")
    return folder


def test_a_folder_is_drawn_but_for_what_cannot_be(clips, tmp_path):
    out = tmp_path / "drawn"
    done = invoke("video", clips, "-o", out, *OPTIONS, "--json")
    assert done.exit_code == 2
    assert [json.loads(line)["output"] for line in done.stdout.splitlines()] == [
        str(out / name) for name in ("b2-anime.mp4", "b10-anime.mp4")
    ]
    assert names(out) == ["b10-anime.mp4", "b2-anime.mp4"]
    said = done.stderr.splitlines()
    assert said == [
        "animegan: 'broken.mov' is no video that can be read: choose an MP4, MOV, WebM, MKV, AVI, GIF or animated WebP "
        "file.",
        "1 files were left out: they are no clips, or drawings of this program.",
        "1 of 3 clips could not be drawn.",
    ]
    before = (out / "b2-anime.mp4").stat().st_mtime_ns
    (out / "b10-anime.mp4").unlink()
    done = invoke("video", clips, "-o", out, *OPTIONS, "--skip-existing")
    assert "1 of 3 drawings were there already." in done.stderr
    assert names(out) == ["b10-anime.mp4", "b2-anime.mp4"]
    assert (out / "b2-anime.mp4").stat().st_mtime_ns == before


def test_drawings_beside_their_clips_are_not_drawn_again(tmp_path):
    """They are known by a mark, not by a name: anna-anime.mp4 may be a clip of Anna's."""
    for name in ("anna.mp4", "anna-cel.mp4"):
        write(tmp_path / name, pictures(1))
    for _ in range(2):
        done = invoke("video", tmp_path, "-o", tmp_path, *OPTIONS, "--skip-existing")
        assert done.exit_code == 0, done.output
        assert names(tmp_path) == ["anna-anime.mp4", "anna-cel-anime.mp4", "anna-cel.mp4", "anna.mp4"]


def test_clips_of_one_name_have_a_drawing_each(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a.mp4", "a.mkv", "b.mkv"):
        write(tmp_path / "in" / name, pictures(1))
    assert invoke("video", tmp_path / "in", "-o", f"{tmp_path}/out/", *OPTIONS).exit_code == 0
    assert names(tmp_path / "out") == ["a-mkv-anime.mp4", "a-mp4-anime.mp4", "b-anime.mp4"]


def test_clips_of_one_name_from_several_folders(tmp_path):
    """None replaces another; a name stays when another clip comes; what fails is told by its path."""
    for name in ("2023/I.mp4", "2024/I.mp4", "2024/J.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, pictures(1))
    for year in ("2023", "2024"):
        (tmp_path / year / "broken.mov").write_bytes(b"no clip")
    command = ("video", tmp_path / "2023", tmp_path / "2024", "-o", tmp_path / "out", *OPTIONS, "--skip-existing")
    done = invoke(*command)
    assert [line.partition("': ")[0] for line in done.stderr.splitlines() if line.startswith("animegan: ")] == [
        f"animegan: '{tmp_path}/{year}/broken.mov" for year in ("2023", "2024")
    ]
    drawn = ["2023-I-mp4-anime.mp4", "2024-I-mp4-anime.mp4", "J-anime.mp4"]
    assert names(tmp_path / "out") == drawn
    write(tmp_path / "2023" / "J.avi", pictures(1), codec="mpeg4")
    assert "3 of 6 drawings were there already." in invoke(*command).stderr
    assert names(tmp_path / "out") == sorted([*drawn, "J-avi-anime.mp4"])


def test_an_error_of_its_own_does_not_end_the_folder(clips, tmp_path, monkeypatch):
    from animegan.video import drawing

    def paint(artist, frame, done=drawing.Artist.paint):
        if frame.picture.shape[:2] == (64, 64):
            raise ZeroDivisionError("division by zero")
        return done(artist, frame)

    monkeypatch.setattr(drawing.Artist, "paint", paint)
    square, wide = write(tmp_path / "1.mp4", pictures(1, 64, 64)), write(tmp_path / "2.mp4", pictures(1))
    done = invoke("video", square, wide, "-o", tmp_path / "out", *OPTIONS)
    assert done.exit_code == 2
    assert f"animegan: '{square}' could not be drawn (ZeroDivisionError: division by zero)." in done.stderr
    assert names(tmp_path / "out") == ["2-anime.mp4"]


def test_what_cannot_be_asked_for(clips, tmp_path):
    assert "3 clips do not fit in the one file 'out.mp4'" in refused("video", clips, "-o", "out.mp4")
    (tmp_path / "empty").mkdir()
    done = invoke("video", tmp_path / "empty", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "There is no clip in the folder" in done.stderr
    assert names(tmp_path) == ["empty"]
