"""Clips that the embedded page's engine draws in headless Chromium: times, turns and sound as they were."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from animegan.images.metrics import psnr
from animegan.networks.checkpoints import read_compact
from animegan.networks.engine import choose_engine
from animegan.networks.painters import GreyKeeper, TorchGenerator
from animegan.styles import weights
from animegan.styles.lookup import find_style
from animegan.video.mark import is_ours
from tests.support import clips
from tests.support.browser import open_tab
from tests.support.embed_engine import BLANK

pytestmark = pytest.mark.slow
TIMES = [0, 40, 90, 200, 240, 300]
"""Milliseconds."""
DRAW = """async ([bytes, stopAt]) => {
    const {Engine} = await import("./engine.js");
    globalThis.engine ??= new Engine({base: new URL("./", location), engine: "wasm"});
    const heard = [];
    const onFrame = ({done, frames, photo, drawing}) => {
        heard.push([done, frames, photo.width, drawing.height]);
        if (done === stopAt) engine.cancel();
    };
    try {
        const clip = new Blob([Uint8Array.from(atob(bytes), letter => letter.charCodeAt(0))]);
        const {blob, ...drawn} = await engine.clip(clip, {style: "anime", onFrame});
        const text = Array.from(new Uint8Array(await blob.arrayBuffer()), byte => String.fromCharCode(byte)).join("");
        return {...drawn, type: blob.type, data: btoa(text), heard};
    } catch (error) {
        return {code: error.code, heard};
    }
}"""


def draw(tab: Any, path: Path, stop_at: int = 0) -> dict[str, Any]:
    """Draw a clip; ``path`` of the answer is the drawn one. With ``stop_at`` it is stopped after so many frames."""
    done = tab.evaluate(DRAW, [base64.b64encode(path.read_bytes()).decode(), stop_at])
    if "data" in done:
        done["path"] = path.with_name("drawn.mp4")
        done["path"].write_bytes(base64.b64decode(done["data"]))
    return done


def test_a_clip_is_drawn_at_its_times_with_its_sound(tab, host, tmp_path):
    frames = clips.pictures(len(TIMES), 96, 64)
    clip = clips.write(tmp_path / "clip.mp4", frames, times=TIMES, sound="aac", metadata={"title": "My home"})
    assert not any("mediabunny" in path for path in host.asked)  # it comes with the first clip
    done = draw(tab, clip)
    assert sum("mediabunny" in path for path in host.asked) == 1
    assert (done["type"], done["width"], done["height"], done["isSilent"]) == ("video/mp4", 96, 64, False)
    assert done["heard"] == [[number, 6, 96, 64] for number in range(1, 7)]
    assert clips.times_of(done["path"]) == pytest.approx(TIMES, abs=1)
    assert clips.sound_of(done["path"]) == clips.sound_of(clip)
    assert is_ours(done["path"])
    with av.open(str(done["path"])) as drawn:
        metadata = [drawn.metadata, *(stream.metadata for stream in drawn.streams)]
    assert not any({"title", "creation_time"} & each.keys() for each in metadata)
    network = GreyKeeper(TorchGenerator(read_compact(weights.locate(find_style("anime"))), choose_engine("cpu")))
    for drawn, frame in zip(clips.frames_of(done["path"]), clips.frames_of(clip), strict=True):
        assert psnr(drawn, network.paint(frame)) >= 24 > psnr(drawn, frame)


@pytest.mark.parametrize(
    ("name", "codec", "sound", "matrix"),
    [("phone.mov", "libx264", None, (0, 1, -1, 0)), ("screen.webm", "libvpx-vp9", "libopus", None)],
)
def test_other_clips_become_mp4_upright(tab, tmp_path, name, codec, sound, matrix):
    """A telephone held upright writes a turn into the file; the sound of WebM is kept as it is, too."""
    clip = clips.write(tmp_path / name, clips.pictures(3, 66, 44), codec=codec, sound=sound)
    if matrix:
        clips.turn(clip, matrix)
    done = draw(tab, clip)
    drawn, frames = clips.frames_of(done["path"]), clips.frames_of(clip)
    assert [frame.shape for frame in drawn] == [(66, 44, 3) if matrix else (44, 66, 3)] * 3
    assert psnr(drawn[0], frames[0]) > psnr(drawn[0], np.rot90(frames[0], 2).copy()) + 3
    if sound:
        packets = clips.sound_of(done["path"]), clips.sound_of(clip)
        assert [data for _, data in packets[0]] == [data for _, data in packets[1]]


def test_a_clip_can_be_stopped_and_drawn_again(tab, tmp_path):
    clip = clips.write(tmp_path / "clip.mp4", clips.pictures(6, 64, 48))
    stopped = draw(tab, clip, stop_at=2)
    assert (stopped["code"], len(stopped["heard"])) == ("cancelled", 2)
    assert len(draw(tab, clip)["heard"]) == 6


def test_what_is_no_clip_for_this_browser_is_a_named_error(tab, tmp_path):
    text = tmp_path / "text.mp4"
    text.write_bytes(b"no clip" * 100)
    cut_off = clips.write(tmp_path / "cut-off.mp4", clips.pictures(6, 64, 48))
    cut_off.write_bytes(cut_off.read_bytes()[:-900])
    old = clips.write(tmp_path / "old.mp4", clips.pictures(2, 64, 48), codec="mpeg4")
    long = clips.write(tmp_path / "long.mp4", clips.pictures(2, 64, 48), times=[0, 200_000])
    codes = [draw(tab, path)["code"] for path in (text, cut_off, old, long)]
    assert codes == ["bad-clip", "bad-clip", "no-decoder", "long-clip"]


def test_a_browser_or_a_folder_without_the_means_is_a_named_error(browser, host):
    tab = open_tab(browser)
    tab.goto(host.url + BLANK)
    codes = tab.evaluate(
        """async () => {
            const {drawClip} = await import("./engine/clip.js"), {Networks} = await import("./engine/networks.js");
            const folder = Object.assign(new Networks(location.href), {manifest: {clips: null}});
            delete globalThis.VideoEncoder;
            const tried = [folder.library("clips"), drawClip(new Blob(), {}, {})];
            return Promise.all(tried.map(each => each.catch(error => error.code)));
        }"""
    )
    assert codes == ["no-clips", "no-codecs"]
    tab.context.close()
