"""What the embedded page's engine draws in headless Chromium, compared with Python."""

from __future__ import annotations

import io
import json

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

import animegan
from animegan.faces.face import Face, face_crop
from animegan.images.metrics import psnr
from animegan.images.resize import resize
from animegan.networks.checkpoints import read_compact
from animegan.networks.engine import choose_engine
from animegan.networks.painters import GreyKeeper, TorchGenerator
from animegan.pipeline.pipeline import Pipeline
from animegan.styles import weights
from animegan.styles.lookup import find_style
from tests.images.test_transparency import cut_out
from tests.support.browser import ARGUMENTS, CHROMIUM
from tests.support.embed_engine import blank, draw, png
from tests.support.embed_page import serve
from tests.support.photo_files import encoded
from tests.support.pictures import blurred

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def exact() -> Pipeline:
    """Python in fp32, as browsers compute."""
    return Pipeline("cpu")


@pytest.mark.parametrize("style", ["anime", "film"])  # the second sees a thumbnail of the whole picture
def test_a_picture_of_256_pixels_is_pytorchs(tab, astronaut, style):
    photo = resize(astronaut, 256, 256)
    network = GreyKeeper(TorchGenerator(read_compact(weights.locate(find_style(style))), choose_engine("cpu")))
    done = draw(tab, photo, style=style, faces=False)
    assert psnr(done["image"], network.paint(photo)) >= 60
    assert (done["engine"], done["threads"], done["previews"]) == ("wasm", 1, [])


def test_a_heic_photo_is_turned_once_as_its_file_says(tab, host, tmp_path, coffee):
    """Telephones write the turn into the file and, again, into its EXIF."""
    pillow_heif.register_heif_opener()
    photo, exif = resize(coffee, 192, 128), Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(photo).save(tmp_path / "phone.heic", quality=95, exif=exif.tobytes())
    assert b"irot" in (tmp_path / "phone.heic").read_bytes()
    assert not any("libheif" in path for path in host.asked)  # it comes with the first such photo
    done = draw(tab, (tmp_path / "phone.heic").read_bytes(), style="anime", faces=False)
    upright = draw(tab, np.rot90(photo, -1).copy(), style="anime", faces=False)
    assert done["image"].shape == (192, 128, 3)
    assert psnr(done["image"], upright["image"]) >= 25
    assert sum("libheif" in path for path in host.asked) == 1


def test_people_are_cut_out_as_in_python(tab, host, exact, astronaut):
    """The network for them comes when it is asked for; a photo without people is said to have none."""
    photo = resize(astronaut, 256, 256)
    assert not any("networks/people" in path for path in host.asked)
    done = draw(tab, photo, style="anime", faces=False, part="sticker")
    drawn = exact.stylize(photo, "anime", enhance="off", faces=False, sticker=True)
    assert sum("networks/people" in path for path in host.asked) == 1
    assert np.abs(done["alpha"].astype(int) - drawn.alpha).mean() <= 0.5
    seen = drawn.alpha > 250
    assert 0.03 < seen.mean() < 0.8
    assert psnr(done["image"][seen], drawn.image[seen]) >= 45
    with pytest.raises(Exception, match="nobody"):
        draw(tab, np.full((64, 64, 3), 90, np.uint8), style="anime", faces=False, part="cut-out")


@pytest.mark.long
def test_without_faces_the_drawing_is_pythons(tab, exact, astronaut):
    done = draw(tab, astronaut, style="anime", faces=False)
    assert psnr(done["image"], exact.stylize(astronaut, "anime", enhance="off", faces=False).image) >= 45
    assert done["previews"] == [[256, 256]]
    assert done["progress"] == sorted(done["progress"])
    assert done["progress"][-1] == 1
    assert done["ticks"] >= 10  # the page went on while the worker drew


@pytest.mark.long
@pytest.mark.parametrize("contrast", [1.0, 0.4], ids=["well lit", "dull"])
def test_with_its_face_the_drawing_is_pythons(tab, exact, astronaut, contrast):
    photo = np.rint(120 + contrast * (astronaut[:320, 64:384] - 120.0)).astype(np.uint8)
    done = draw(tab, photo, style="anime")
    drawn = exact.stylize(photo, "anime", enhance="off")
    assert done["faces"] == len(drawn.faces) == 1
    assert psnr(done["image"], drawn.image) >= 35
    (face,) = drawn.faces
    assert psnr(*inside(face, done["image"], drawn.image)) >= 35
    scene = exact.stylize(photo, "anime", enhance="off", faces=False).image
    assert psnr(*inside(face, done["image"], scene)) < 30


@pytest.mark.parametrize(("size", "side"), [(230, 74), (311, 100)])
def test_a_tiny_face_is_pythons(tab, host, exact, astronaut, size, side):
    """The restorer of faces enlarges it, which is fetched now at the latest."""
    photo = resize(astronaut, size, size)
    done, drawn = draw(tab, photo, style="anime"), exact.stylize(photo, "anime", enhance="off")
    assert done["faces"] == len(drawn.faces) == 1
    assert face_crop(drawn.faces[0]).side == pytest.approx(side, abs=3)
    assert psnr(*inside(drawn.faces[0], done["image"], drawn.image)) >= 45
    assert any("restore-faces" in path for path in host.asked)


@pytest.mark.long
def test_a_face_with_faint_eyes_is_restored_as_in_python(tab, exact, astronaut):
    """A good photo whose face alone is blurred, for a network that then leaves the eyes out."""
    good = np.ascontiguousarray(astronaut[:320, 64:384])
    photo = good.copy()
    blurred = slice(32, 202), slice(87, 233)
    photo[blurred] = cv2.GaussianBlur(good, (0, 0), 2.5)[blurred]
    done, drawn = draw(tab, photo, style="film", enhance="auto"), exact.stylize(photo, "film")
    assert drawn.repair == done["repair"] == []
    (face,) = drawn.faces
    assert psnr(*inside(face, done["image"], drawn.image)) >= 40
    assert psnr(*inside(face, exact.stylize(photo, "film", enhance="off").image, drawn.image)) < 30


def test_a_blurred_photo_is_repaired_first_as_in_python(browser, embedded, exact, astronaut):
    """By the network for photos of little detail, which comes with the first of them; a sharp one is left alone."""
    sharp = np.ascontiguousarray(astronaut[:256, 96:352])
    soft, dark = blurred(sharp, 2.2), sharp // 4
    with serve(embedded) as host:
        tab = blank(browser, host.url)
        assert draw(tab, sharp, style="anime", faces=False, enhance="auto")["repair"] == []
        assert not any("restore" in path for path in host.asked)
        tab.route("**/networks/restore-coarse.*", lambda route: route.abort())
        done = draw(tab, soft, style="anime", faces=False, enhance="auto")
        assert (done["repair"], done["isMissing"]) == ([], True)  # it is drawn all the same
        tab.unroute("**/networks/restore-coarse.*")
        for photo, stage in ((soft, "restore"), (dark, "exposure")):
            done, drawn = draw(tab, photo, style="anime", enhance="auto"), exact.stylize(photo, "anime")
            assert [(step["stage"], step["reasons"]) for step in done["repair"]] == [
                (step.stage, [reason.code for reason in step.reasons]) for step in drawn.repair
            ]
            assert drawn.repair[0].stage == stage
            assert done["faces"] == len(drawn.faces) == 1
            assert psnr(done["image"], drawn.image) >= 35
            assert psnr(done["image"], exact.stylize(photo, "anime", enhance="off").image) < 30
        assert sum("restore-coarse" in path for path in host.asked) == 1
        tab.context.close()


def inside(face: Face, *pictures: np.ndarray) -> list[np.ndarray]:
    """The part of each picture that the face's box covers."""
    left, top, right, bottom = map(int, face.box)
    return [picture[top:bottom, left:right] for picture in pictures]


def test_a_style_with_a_pattern_that_draws_its_own_faces(tab, exact, astronaut):
    photo = resize(astronaut[:300, 80:380], 240, 240)
    done = draw(tab, photo, style="watercolour")
    drawn = exact.stylize(photo, "watercolour", enhance="off")
    assert done["faces"] == len(drawn.faces) == 1
    assert psnr(done["image"], drawn.image) >= 35


@pytest.mark.parametrize("size", [(700, 466), (501, 333), (700, 200)], ids=["twice", "once", "narrow"])
def test_an_enlarged_drawing_is_pythons(tab, exact, coffee, size):
    photo = resize(coffee, *size)
    done = draw(tab, photo, style="watercolour", faces=False, detail=256)
    drawn = exact.stylize(photo, "watercolour", enhance="off", faces=False, paint_side=256)
    assert psnr(done["image"], drawn.image) >= 45
    assert done["progress"] == sorted(done["progress"])
    assert any(0.65 < part < 1 for part in done["progress"])


def test_a_face_in_an_enlarged_drawing_is_pythons(tab, exact, astronaut):
    done = draw(tab, astronaut, style="anime", detail=256)
    drawn = exact.stylize(astronaut, "anime", enhance="off", paint_side=256)
    assert done["faces"] == len(drawn.faces) == 1
    assert psnr(done["image"], drawn.image) >= 45
    assert psnr(*inside(drawn.faces[0], done["image"], drawn.image)) >= 35


def test_a_style_of_one_s_own_draws_scene_and_face(tab, exact, embedded, astronaut):
    """Under a short id, which says nothing of the machine's folders."""
    photo = astronaut[:256, 96:352]
    done = draw(tab, photo, style="mine", faces=True)
    assert done["faces"] == 1
    expected = exact.stylize(photo, str(embedded.with_name("Mine.safetensors")), enhance="off").image
    assert psnr(done["image"], expected) >= 35
    manifest = json.loads((embedded / "manifest.json").read_text("utf-8"))
    listed = manifest["styles"][-1]
    assert (listed["id"], listed["face_network"]) == ("mine", "mine#faces")
    assert str(embedded.parent) not in (embedded / "manifest.json").read_text("utf-8")
    assert [style.id for style in animegan.list_styles()].count("mine") == 0


def test_the_strength_is_pythons(tab, exact, coffee):
    photo = resize(coffee, 150, 100)
    done = draw(tab, photo, style="watercolour", faces=False, strength=0.5)
    assert (
        psnr(done["image"], exact.stylize(photo, "watercolour", enhance="off", faces=False, strength=0.5).image) >= 45
    )


def test_a_leaning_face_is_found(tab, exact, astronaut):
    photo = np.ascontiguousarray(np.rot90(astronaut[:320, 60:380]))
    done = draw(tab, photo, style="watercolour")
    drawn = exact.stylize(photo, "watercolour", enhance="off")
    assert done["faces"] == len(drawn.faces) == 1
    assert psnr(done["image"], drawn.image) >= 35


def test_tiles_join_exactly(tab, astronaut):
    """The same network over a picture at once and in tiles of 64 pixels: a style's, and the enlarger."""
    photo = resize(astronaut, 403, 90)
    pixels = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)]).ravel().tolist()
    outcomes = tab.evaluate(
        """async pixels => {
            const {Painter} = await import("./engine/painter.js"), {Networks} = await import("./engine/networks.js");
            const {doubleDrawing} = await import("./engine/enlarger.js");
            const networks = new Networks(new URL("./", location).href, {engine: "wasm"});
            await networks.start();
            const of = name => new Painter(inputs => networks.run(name, inputs), networks.manifest.networks[name]);
            const [painter, enlarger] = ["anime", "enlarge"].map(of);
            const photo = {width: 403, height: 90, data: Uint8ClampedArray.from(pixels)};
            const works = [
                (onTile, tile) => painter.paint(photo, {onTile, tile}),
                (onTile, tile) => doubleDrawing(enlarger, photo, onTile, tile),
            ];
            return Promise.all(works.map(async work => {
                const tiles = [], onTile = async (done, all) => tiles.push([done, all]);
                const whole = await work(onTile), joined = await work(onTile, 64);
                const different = joined.data.filter((value, at) => value !== whole.data[at]).length;
                return [different, tiles[0], tiles.at(-1), joined.width, joined.height];
            }));
        }""",
        pixels,
    )
    assert outcomes == [[0, [1, 1], [6, 6], 403, 90], [0, [1, 1], [6, 6], 806, 180]]


def test_a_photo_is_turned_upright(tab, coffee):
    photo = resize(coffee, 96, 64)
    upright = draw(tab, photo, style="watercolour", faces=False)["image"]
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90° clockwise
    Image.fromarray(np.ascontiguousarray(np.rot90(photo))).save(file, "JPEG", quality=100, subsampling=0, exif=exif)
    turned = draw(tab, file.getvalue(), style="watercolour", faces=False)["image"]
    assert turned.shape == upright.shape
    assert psnr(turned, upright) >= 30


def test_a_cut_out_is_pythons(tab, exact, coffee):
    """Its alpha is the photo's, and what it hides has no part in the drawing."""
    sticker = cut_out(resize(coffee, 96, 64))
    drawn = draw(tab, png(Image.fromarray(sticker)), style="watercolour", faces=False)
    np.testing.assert_array_equal(drawn["alpha"], sticker[:, :, 3])
    wanted = exact.stylize(sticker, "watercolour", faces=False, enhance="off").image
    seen = sticker[:, :, 3] == 255
    assert psnr(drawn["image"][seen][None], wanted[seen][None]) >= 35
    clear = draw(tab, png(Image.new("RGBA", (96, 64))), style="watercolour", faces=False)
    assert (clear["alpha"] == 0).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_that_is_cut_off_is_drawn_with_grey(tab, coffee, kind):
    data = encoded(resize(coffee, 192, 128), kind, quality=95)
    whole = draw(tab, data, style="watercolour", faces=False)
    drawn = draw(tab, data[: len(data) * 4 // 5], style="watercolour", faces=False)
    assert (whole["cutOff"], drawn["cutOff"]) == (None, True)
    assert (drawn["alpha"] == 255).all()
    assert psnr(drawn["image"][:20], whole["image"][:20]) > 30
    assert np.ptp(drawn["image"][-4:].mean((0, 1))) < 20  # without colour
    with pytest.raises(Exception, match="more than half"):
        draw(tab, data[: len(data) // 4], style="watercolour", faces=False)


def test_a_camera_frame_keeps_its_size(tab):
    sizes = tab.evaluate(
        """async () => {
            const sizes = [];
            for (const [width, height] of [[64, 48], [51, 37]]) {
                const frame = await engine.frame(new ImageData(width, height), {style: "anime"});
                sizes.push([frame.width, frame.height]);
            }
            return sizes;
        }"""
    )
    assert sizes == [[64, 48], [51, 37]]


def test_a_cancelled_drawing_makes_room_for_the_next(tab, astronaut):
    outcome = tab.evaluate(
        """async () => {
            const photo = new ImageData(600, 600), small = new ImageData(64, 64);
            const first = engine.draw(photo, {style: "anime"}).catch(error => error.code);
            const second = engine.draw(photo, {style: "anime"}).catch(error => error.code);
            await new Promise(resolve => setTimeout(resolve, 50));
            engine.cancel();
            const {image} = await engine.draw(small, {style: "anime"});
            return [await first, await second, image.width];
        }"""
    )
    assert outcome == ["cancelled", "cancelled", 64]


@pytest.mark.parametrize("data", [b"no photo", b"\xff\xd8\xff\xe0broken", b""])
def test_a_broken_photo_is_a_named_error(tab, data):
    code = tab.evaluate(
        "async bytes => engine.draw(new Blob([Uint8Array.from(bytes)])).catch(error => error.code)", list(data)
    )
    assert code == "bad-photo"


@pytest.mark.long
def test_webgpu_draws_the_same(browser, host, coffee):
    """On SwiftShader, which computes as a graphics card does, slowly."""
    photo = resize(coffee, 64, 64)
    swiftshader = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]
    arguments = [each for each in ARGUMENTS if each != "--disable-gpu"] + swiftshader
    network = GreyKeeper(TorchGenerator(read_compact(weights.locate(find_style("anime"))), choose_engine("cpu")))
    chromium = browser.browser_type.launch(executable_path=CHROMIUM, args=arguments)
    done = draw(blank(chromium, host.url), photo, engine="webgpu", style="anime", faces=False)
    chromium.close()
    assert done["engine"] == "webgpu"
    assert psnr(done["image"], network.paint(photo)) >= 60
