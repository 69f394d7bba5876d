"""A clip becomes anime: times, sound, size, what is left behind."""

import threading
from typing import Any

import av
import numpy as np
import pytest

import animegan
from animegan import errors, video
from animegan.images.metrics import psnr
from tests.support.clips import frames_of, pictures, sound_of, times_of, turn, write

PLAIN: dict[str, Any] = {"enhance": "off", "faces": "off"}


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Twelve frames of 96×64 with sound, and with the place where they were taken."""
    place = {"location": "+48.1371+011.5754/", "comment": "at home"}
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return write(path, pictures(12), sound="aac", metadata=place)


@pytest.fixture
def draw(pipeline):
    def draw(path, out, **settings):
        return video.stylize_video(path, out, pipeline=pipeline, **{**PLAIN, **settings})

    return draw


@pytest.mark.slow
def test_every_frame_is_drawn_at_its_own_time(draw, pipeline, clip, tmp_path):
    heard = []
    result = draw(clip, tmp_path / "anime.mp4", on_progress=lambda fraction, message: heard.append((fraction, message)))
    drawn = frames_of(result.path)
    assert (result.frames, result.width, result.height, len(drawn)) == (12, 96, 64, 12)
    assert np.allclose(times_of(result.path), times_of(clip), atol=1)
    assert result.clip_seconds == pytest.approx(video.probe(result.path).seconds, abs=0.001)
    for source, picture in list(zip(frames_of(clip), drawn, strict=True))[::5]:
        alone = pipeline.stylize(source, **{**PLAIN, "faces": False}).image
        assert psnr(picture, alone) > 24  # steadied, and encoded
        assert psnr(picture, alone) > psnr(picture, source) + 3
    fractions = [fraction for fraction, _ in heard]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert [m.parameters for _, m in heard if m.code == "paint-frame"] == [
        {"number": number, "count": 12} for number in range(1, 13)
    ]


def test_not_steadied_a_clip_is_its_frames_drawn_as_photos(draw, pipeline, tmp_path):
    """Through a codec without loss, so that nothing but the drawing changes them."""
    clip = write(tmp_path / "clip.mkv", pictures(3), codec="ffv1", pixels="bgr0")
    out = tmp_path / "drawn.webp"
    draw(clip, out, steady=False)
    for source, picture in zip(frames_of(clip), frames_of(out), strict=True):
        assert psnr(picture, pipeline.stylize(source, **{**PLAIN, "faces": False}).image) > 30


@pytest.mark.slow
def test_a_changing_frame_rate_is_kept(draw, tmp_path):
    times = [0, 40, 45, 133, 150, 400, 433, 900]
    clip = write(tmp_path / "clip.mkv", pictures(8), times=times)
    for suffix in (".mp4", ".webm"):
        draw(clip, tmp_path / f"anime{suffix}")
        assert np.allclose(times_of(tmp_path / f"anime{suffix}"), times, atol=1)


@pytest.mark.slow
def test_the_sound_is_the_same_packet_by_packet(draw, clip, tmp_path):
    for suffix in (".mp4", ".mov", ".mkv"):
        result = draw(clip, tmp_path / f"anime{suffix}")
        assert result.sound == "copied"
        assert [data for _, data in sound_of(result.path)] == [data for _, data in sound_of(clip)]
    assert sound_of(tmp_path / "anime.mp4") == sound_of(clip)


def test_sound_that_a_container_does_not_take_is_encoded_anew(draw, clip, tmp_path):
    result = draw(clip, tmp_path / "anime.webm")
    assert result.sound == "encoded"
    assert video.probe(result.path).sound_codec == "opus"
    with av.open(str(result.path)) as container:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert len(heard) / 48_000 == pytest.approx(12 / 25, abs=0.03)
    strongest = np.argmax(np.abs(np.fft.rfft(heard))) * 48_000 / len(heard)
    assert strongest == pytest.approx(440, abs=5)


def test_a_part_of_a_clip(draw, clip, tmp_path):
    """From a time between two frames; picture and sound begin together."""
    result = draw(clip, tmp_path / "anime.mp4", start=0.1, end=0.3)
    assert np.allclose(times_of(result.path), [0, 20, 60, 100, 140, 180], atol=1)
    whole, part = sound_of(clip), sound_of(result.path)
    first = next(n for n, (time, _) in enumerate(whole) if time >= 0.1 * 44_100)
    assert [data for _, data in part] == [data for _, data in whole[first : first + len(part)]]
    assert part[0][0] == pytest.approx(whole[first][0] - 0.1 * 44_100, abs=44)  # 1 ms
    assert part[-1][0] < 0.2 * 44_100
    alone = frames_of(clip)
    assert psnr(frames_of(result.path)[0], alone[2]) > psnr(frames_of(result.path)[0], alone[3])


def test_fewer_frames_a_second(draw, clip, tmp_path):
    result = draw(clip, tmp_path / "anime.mp4", fps=12.5)
    assert np.allclose(times_of(result.path), np.arange(6) * 80, atol=1)


def test_the_side_and_odd_sizes(draw, tmp_path):
    clip = write(tmp_path / "odd.mkv", pictures(3, 97, 63), codec="ffv1", pixels="bgr0")
    assert (video.probe(clip).width, video.probe(clip).height) == (97, 63)
    for suffix, side, size in ((".mp4", 640, (96, 62)), (".gif", 640, (97, 63)), (".mp4", 64, (64, 42))):
        result = draw(clip, tmp_path / f"anime{suffix}", side=side)
        shown = video.probe(result.path)
        assert (result.width, result.height) == (shown.width, shown.height) == size


def test_a_phone_held_upright(draw, tmp_path):
    """The turn that the file only tells is carried out."""
    clip = turn(write(tmp_path / "clip.mp4", pictures(3)), (0, 1, -1, 0))
    upright = [np.rot90(picture, -1) for picture in pictures(3)]
    assert (video.probe(clip).width, video.probe(clip).height) == (64, 96)
    assert psnr(video.preview(clip), upright[0]) > 25
    result = draw(clip, tmp_path / "anime.mp4", strength=0.0)
    assert (result.width, result.height) == (64, 96)
    assert psnr(frames_of(result.path)[0], upright[0]) > 25


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_animations_in_and_out(draw, clip, tmp_path, suffix):
    result = draw(clip, tmp_path / f"anime{suffix}")
    assert result.sound is None
    assert np.allclose(times_of(result.path), times_of(clip), atol=1)
    again = draw(result.path, tmp_path / "again.mp4", strength=0.0)
    assert np.allclose(times_of(again.path), times_of(clip), atol=1)
    for first, second in zip(frames_of(result.path), frames_of(again.path), strict=True):
        assert psnr(first, second) > 24


@pytest.mark.slow
def test_nothing_of_the_clip_s_metadata_comes_along(draw, clip, tmp_path):
    for suffix in (".mp4", ".mkv"):
        path = draw(clip, tmp_path / f"anime{suffix}").path
        assert b"at home" in clip.read_bytes()
        assert b"+48.1371" not in path.read_bytes()
        assert b"at home" not in path.read_bytes()
        with av.open(str(path)) as container:
            told = {name.lower() for name in container.metadata}
            assert told <= {"major_brand", "minor_version", "compatible_brands", "encoder", "comment"}
            assert "animegan" in container.metadata.values()


def test_cancelling_leaves_nothing(draw, clip, tmp_path):
    class StopError(Exception):
        pass

    def stop(fraction, message):
        if message.code == "paint-frame" and message.parameters["number"] == 3:
            raise StopError

    out = tmp_path / "anime.mp4"
    out.write_bytes(b"the older one")
    before = set(threading.enumerate())
    with pytest.raises(StopError):
        draw(clip, out, on_progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    assert out.read_bytes() == b"the older one"
    assert {thread for thread in threading.enumerate() if thread.name.startswith("animegan-")} <= before


def test_others_have_the_models_between_two_frames(draw, pipeline, clip, coffee, tmp_path):
    """A run that waits in on_progress holds nothing: another one draws meanwhile."""
    drawn = []

    def wait(fraction, message):
        if message.code == "paint-frame" and not drawn:
            photo = coffee[:64, :64]
            other = threading.Thread(target=lambda: drawn.append(pipeline.stylize(photo, faces=False, enhance="off")))
            other.start()
            other.join(60)

    draw(clip, tmp_path / "anime.mp4", on_progress=wait, end=0.1)
    assert len(drawn) == 1


def test_a_style_of_one_s_own_face(pipeline, clip, tmp_path):
    """Settings of a photo go by name; the pattern of a style lies still."""
    result = video.stylize_video(
        clip, tmp_path / "anime.mp4", style="manga", pipeline=pipeline, **PLAIN, vividness=0.5, end=0.1
    )
    assert result.style == "manga"
    picture = frames_of(result.path)[0].astype(int)
    assert np.abs(picture - picture.mean(axis=2, keepdims=True)).mean() < 3


def test_limits(draw, clip, tmp_path):
    out = tmp_path / "anime.mp4"
    with pytest.raises(errors.VideoTooLongError, match=r"longer than 0\.2 s: choose a shorter one"):
        draw(clip, out, max_seconds=0.2)
    with pytest.raises(errors.VideoTooLongError, match="more than 5 frames"):
        draw(clip, out, max_frames=5)
    assert draw(clip, out, max_frames=5, fps=10, max_seconds=0.5).frames == 5


def test_the_result_is_plain_values(draw, clip, tmp_path):
    import json

    report = draw(clip, tmp_path / "anime.mp4", end=0.1).to_dict()
    assert json.loads(json.dumps(report)) == report
    assert report["path"] == str(tmp_path / "anime.mp4")
    assert report["fps"] > 0


def test_the_package_s_face(clip):
    assert animegan.stylize_video is video.stylize_video
    assert animegan.Clip is video.Clip
    assert video.probe(clip).to_dict()["has_sound"] is True


def test_a_preview_shows_what_is_on_at_that_time(clip):
    frames = frames_of(clip)
    for at, number in ((0, 0), (0.039, 0), (0.04, 1), (0.3, 7), (99, 11)):
        np.testing.assert_array_equal(video.preview(clip, at), frames[number])
