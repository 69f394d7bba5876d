"""Cases of pure functions: inputs, and what the Python package makes of them. Node runs the same inputs through the
browser's engine (``tests/support/run_cases.mjs``).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np

from animegan.embed.constants import REASONS, STAGES
from animegan.faces.face import Face, FaceCrop, face_crop, looks_like_a_face, overlapping
from animegan.faces.painting import FacePainter, FaceSource, PaintedFace, lay_faces, paint_face, share_of_faces
from animegan.faces.restoring import FaceRestorer, is_sure
from animegan.faces.thresholds import FACES as LIMITS
from animegan.images import blend, mattes, patterns, sizes, tiles, tones
from animegan.images.resize import Mask, Picture, resize, shrink
from animegan.images.transparency import filled
from animegan.networks.enlarger import doublings
from animegan.networks.painters import TorchGenerator
from animegan.networks.people import PersonMask
from animegan.networks.restorers import SelfEnsemble
from animegan.pipeline import stages
from animegan.pipeline.progress import Clock
from animegan.repair import quality
from animegan.repair import tones as light
from animegan.repair.plan import Plan, Step, plan
from tests.support.pictures import blurred, dull, noisy


@dataclass(frozen=True)
class Case:
    """One call of the engine."""

    name: str
    call: str
    """A key of ``calls`` in ``run_cases.mjs``."""
    input: list[Any]
    """Arguments: numbers, lists, `Face`, `PaintedFace`, `FaceCrop` and pictures."""
    expected: Any
    """What Python gives for them."""
    mean: float = 0.0
    """The largest accepted mean difference of the numbers that come out: of pictures, of levels."""
    most: float = 0.0
    """The largest accepted difference of one of them."""


def picture(seed: int, width: int, height: int, low: int = 0, high: int = 255) -> Picture:
    """Soft blobs of colour with sharp edges in between, from ``low`` to ``high``."""
    noise = np.random.default_rng(seed).uniform(0, 1, (height, width, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), max(2.0, width / 24))
    soft = np.where(soft > soft.mean() + 0.6 * soft.std(), soft + 2 * soft.std(), soft)
    soft = (soft - soft.min()) / (soft.max() - soft.min())
    return np.rint(low + (high - low) * soft).astype(np.uint8)


def face(seed: int, x: float, y: float, side: float, lean: float = 0.0, apart: float = 0.4, score: float = 1.0) -> Face:
    """A face around (x, y) that leans by so many degrees; ``apart`` are its eyes, in parts of its box."""
    points = np.array([[-apart / 2, -0.15], [apart / 2, -0.15], [0, 0.05], [-0.15, 0.27], [0.15, 0.27]]) * side
    points += np.random.default_rng(seed).uniform(-0.02, 0.02, points.shape) * side
    turn = np.deg2rad(lean)
    points = points @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + [x, y]
    half = side / 2
    return Face((x - half, y - half, x + half, y + half), (), score).with_landmarks(points)


FACES = {
    "upright": face(1, 100, 90, 80),
    "leaning": face(2, 60.3, 70.7, 60, lean=35),
    "on its side": face(3, 120, 80, 50, lean=-80),
    "in profile": face(4, 90, 90, 70, apart=0.1),
    "in profile, leaning": face(5, 90, 90, 70, lean=50, apart=0.1),
    "wide eyes": face(6, 90, 90, 70, apart=0.9),
    "over the border": face(7, 4, 150, 90, lean=12),
    "no face": face(8, 90, 90, 70, apart=0.03),
    "upside down": face(9, 80, 90, 70, lean=180),
}
TOGETHER = [
    face(1, 60, 60, 45),
    face(2, 230, 70, 80, lean=25),
    face(3, 270, 110, 70),
    face(4, 110, 200, 110, score=0.9),
]
"""In one photo of 340 × 300 pixels; two overlap."""
_REASONS = (*REASONS, "asked-for")
PHOTO = picture(0, 190, 160)


def cases() -> Iterator[Case]:
    """Give all cases."""
    yield from _of_faces()
    yield from _of_pixels()
    yield from _of_canvases()
    yield from _of_transparency()
    yield from _of_enlargement()
    yield from _of_people()
    yield from _of_measures()
    yield from _of_repair()


def _of_faces() -> Iterator[Case]:
    for name, each in FACES.items():
        frame = face_crop(each)
        yield Case(f"frame: {name}", "frame", [each], frame, 1e-6, 1e-6)
        yield Case(f"looks: {name}", "looks", [each], [looks_like_a_face(each), each.in_profile])
        yield Case(f"cut: {name}", "cut", [frame, PHOTO, 48], frame.cut(PHOTO, 48), 0.01, 2)
        drawn = picture(3, round(frame.side), round(frame.side))
        yield Case(f"lay: {name}", "lay", [frame, drawn, PHOTO], frame.lay(drawn, PHOTO.shape), 0.01, 2)
    frames = [face_crop(each) for each in FACES.values()]
    masks = [overlapping(frames, number, PHOTO.shape).ravel() for number in range(len(frames))]
    yield Case("overlap", "overlap", [frames, PHOTO], masks, 0.05, 255)
    large = face_crop(face(1, 250, 200, 260))
    photo = picture(5, 500, 420)
    yield Case("cut: larger than its canvas", "cut", [large, photo, 100], large.cut(photo, 100), 0.01, 2)
    yield Case("cut: smaller than its canvas", "cut", [frames[0], PHOTO, 200], frames[0].cut(PHOTO, 200), 0.01, 2)


def _of_pixels() -> Iterator[Case]:
    photo, lengths = PHOTO, [1, 31, 64, 96, 97, 640, 1023, 1025, 2049]
    for tile in (64, 512):
        yield Case(
            f"edges on a grid of {tile}", "gridEdges", [tile, lengths], list(map(tiles.grid_edges(tile), lengths))
        )
        yield Case(f"even edges of {tile}", "evenEdges", [tile, lengths], list(map(tiles.even_edges(tile), lengths)))
    for size in ((95, 80), (77, 51), (300, 260)):
        yield Case(f"resize to {size}", "resize", [photo, *size], resize(photo, *size), 0.2, 1)
    yield Case("shrink", "shrink", [photo, 101], shrink(photo, 101), 0.01, 1)
    for scale in (1.0, 2.5):
        grey = np.full((90, 120, 3), 200, np.uint8)
        yield Case(f"paper ×{scale}", "paper", [grey, scale], patterns.paper(grey, scale), 0.01, 1)
        yield Case(f"screentone ×{scale}", "screentone", [photo, scale], patterns.screentone(photo, scale), 0.01, 1)
    other = picture(2, 190, 160, 60, 220)
    for weight in (0.0, 0.37, 1.0, 1.6):
        yield Case(f"mix {weight}", "mix", [photo, other, weight], blend.mix(photo, other, weight), 0.01, 1)
    half_grey = photo.copy()
    half_grey[:, :90] = photo[:, :90, :1]
    yield Case("keep grey", "keepGrey", [other, half_grey], blend.keep_grey(other, half_grey), 0.1, 2)
    ellipse = np.zeros(photo.shape[:2], np.uint8)
    cv2.ellipse(ellipse, (95, 80), (70, 60), 0, 0, 360, 255, -1)
    cut_off = ellipse.copy()
    cut_off[:, 130:] = 0
    for name, mask in {"an ellipse": ellipse, "a part of one": cut_off}.items():
        inside = (mask.ravel() // 255).tolist()
        softened = blend.feather(mask, 9.5).ravel()
        yield Case(f"feather {name}", "feather", [inside, *mask.shape[::-1], 9.5], softened, 1e-3, 0.02)
        cloned = blend.poisson(other, photo, mask)
        yield Case(f"Poisson: {name}", "poisson", [other, photo, inside], cloned, 0.05, 2)
    big, into = picture(6, 300, 280), picture(7, 300, 280, 40, 200)
    mask = np.where(resize(ellipse, 300, 280) > 127, np.uint8(255), np.uint8(0))
    cloned = blend.poisson(big, into, mask)
    yield Case(
        "Poisson: solved at a smaller size", "poisson", [big, into, (mask.ravel() // 255).tolist()], cloned, 0.1, 3
    )


def _of_canvases() -> Iterator[Case]:
    canvas = picture(12, 61, 47)
    yield Case("sharpened", "sharpened", [canvas, 2.0, 1.8], blend.sharpened(canvas, 2.0, 1.8), 0.05, 1)
    for name, (low, high) in {"dull": (90, 150), "dark": (0, 60), "bright": (190, 255), "well lit": (0, 255)}.items():
        canvas = picture(4, 100, 100, low, high)
        levels = tones.Levels.of(canvas[20:-20, 20:-20], 2, 180, 2.5)
        line = [levels.middle, levels.wanted, levels.gain]
        expected = [line, levels.spread(canvas), levels.back(canvas, 0.3)]
        yield Case(f"levels: {name}", "levels", [canvas], expected, 1e-6, 1e-6)
    photo = picture(8, 120, 90)
    yield Case("four views", "views", [photo], SelfEnsemble(_Doubler(_slanted)).double(photo), 0.01, 1)
    photo = picture(10, 340, 300, 40, 170)
    source = FaceSource(photo, 1.0, _plain, FaceRestorer(photo, 1.0, _stronger), eyes=True)
    for side, sure in ((45, True), (70, False), (104, True), (150, True), (150, False), (300, True), (390, True)):
        frame, name = FaceCrop((170.4, 150.7), side, 12.0), f"canvas of a frame of {side}{'' if sure else ', unsure'}"
        yield Case(name, "canvas", [frame, photo, sure], source.canvas(frame, LIMITS.canvas, sure), 0.01, 4)
    painter = FacePainter(_Negative())
    painted = [paint_face(source, each, painter, LIMITS.canvas, is_sure(each)) for each in TOGETHER]
    yield Case("faces", "faces", [photo, TOGETHER], [each.picture for each in painted], 0.05, 4)
    painter, plain = FacePainter(_Masking(), photo, _Negative(), shown=0.4), replace(source, restorer=None)
    placed = [paint_face(plain, each, painter, painter.side, is_sure(each)) for each in TOGETHER if not each.in_profile]
    seen = [picture for each in placed for picture in (each.picture, _grey(each.head))]
    yield Case("heads", "heads", [photo, [each.face for each in placed]], seen, 0.1, 255)


def _of_transparency() -> Iterator[Case]:
    for name, shape in (("a disc", (60, 47)), ("more than 512 pixels", (530, 300)), ("nothing is seen", (9, 7))):
        y, x = np.mgrid[: shape[0], : shape[1]]
        far = np.hypot(y / shape[0] - 0.5, x / shape[1] - 0.6)
        alpha = np.clip(900 * (0.35 - far), 0, 255 if "nothing" not in name else 20).astype(np.uint8)
        photo = picture(30, shape[1], shape[0])
        yield Case(f"hidden colours: {name}", "filled", [photo, alpha], filled(photo, alpha), 0.2, 2)


def _of_enlargement() -> Iterator[Case]:
    ratios = [0.7, 1, 1.005, 1.01, 1.5, 2, 2.01, 2.03, 4, 4.1, 9]
    yield Case("doublings", "doublings", [ratios], list(map(doublings, ratios)))
    for side in (64, 640):
        photos = [(60, 40), (640, 480), (1280, 720), (4000, 3000), (3000, 4000), (9000, 700), (333, 5000), (1, 900)]
        painted_at = [sizes.paint_size(*each, side) for each in photos]
        yield Case(f"paint size of {side}", "paintSize", [photos, side], painted_at)
    painted = [PaintedFace(each, picture=picture(20 + n, 100, 100)) for n, each in enumerate(TOGETHER)]
    round_head = np.asarray(cv2.circle(np.zeros((100, 100), np.uint8), (52, 45), 40, 255, -1, cv2.LINE_AA), np.uint8)
    heads = [replace(each, head=round_head if n % 2 else None) for n, each in enumerate(painted)]
    for each in painted:
        ratios = [0.1, 0.3, 0.5, 1, 3]
        inputs, expected = [each, ratios, 2], [each.doublings(ratio, 2) for ratio in ratios]
        yield Case(f"doublings of a face of {each.face.side:.0f}", "faceDoublings", inputs, expected)
    for ratio, chosen in ((1.0, [True] * 4), (0.6, [False, True, True, False]), (1.7, [True, False, True, True])):
        scene = picture(11, round(340 * ratio), round(300 * ratio))
        laid = lay_faces(scene, painted, ratio, chosen)
        yield Case(f"lay faces ×{ratio}", "layFaces", [scene, painted, ratio, chosen], laid, 0.05, 3)
    laid = lay_faces(picture(11, 340, 300), heads, 1.0)
    yield Case("lay heads", "layFaces", [picture(11, 340, 300), heads, 1, [True] * 4], laid, 0.05, 8)
    weights = share_of_faces(heads, (300, 340), 1.0)
    yield Case("weights of heads", "faceWeights", [heads, picture(11, 340, 300)], weights.ravel(), 2e-3, 0.2)
    weights = share_of_faces(painted, (300, 340), 1.0)
    yield Case("face weights", "faceWeights", [painted, picture(11, 340, 300)], weights.ravel(), 1e-3, 0.02)
    photo = picture(10, 340, 300)
    tools = SimpleNamespace(clock=Clock(), models=SimpleNamespace(enlarger=lambda: _Doubler(_slanted)))
    for width, height in ((340, 300), (170, 150), (136, 120), (60, 53)):
        scene = picture(12, width, height)
        joined = stages.join_and_enlarge(tools, scene, painted, photo)  # type: ignore[arg-type]
        yield Case(f"join from {width}×{height}", "join", [scene, painted, photo], joined, 0.2, 4)


def _of_people() -> Iterator[Case]:
    for width, height in ((190, 160), (400, 260), (120, 330)):
        photo, drawing = picture(40, width, height), picture(41, width, height)
        matte = _RedPeople().find(photo)
        name = f"of {width}×{height}"
        yield Case(f"people {name}", "people", [photo], [255 * matte.ravel(), mattes.seen(matte)], 0.2, 4)
        for rim in (False, True):
            front, alpha = mattes.cut_out(drawing, matte, None, rim=rim)
            visible = np.where(alpha[..., None] > 8, front, 0)  # colours that nobody sees may differ
            yield Case(
                f"cut out {name}{', rim' if rim else ''}", "cutOut", [photo, drawing, rim], [visible, alpha], 0.3, 12
            )
    nothing = np.zeros((60, 80, 3), np.uint8)
    yield Case("nobody", "people", [nothing], [np.zeros(4800), False])


def _of_measures() -> Iterator[Case]:
    sharp = noisy(picture(50, 660, 200), 9)
    small = sharp[:50, :70].repeat(4, 0).repeat(4, 1)
    photos = {"sharp": sharp, "blurred": blurred(sharp[:, :240]), "repeated pixels": small, "small": sharp[:60, :90]}
    for name, photo in photos.items():
        measured = quality.assess(photo)
        light_of = [measured.exposure, measured.highlights, measured.specks, measured.contrast, measured.damage]
        colours = [measured.black, measured.white, measured.tint / 10, np.log(1 + measured.sharpness)]
        expected = [quality.features(photo), light_of, colours, measured.repeated]
        yield Case(f"measures: {name}", "measures", [photo], expected, 0.02, 0.15)
    good = quality.Quality(900, 2, 1, 0.8, 0.6, 0.5, 0.9, 1, 1.1, 0.3, 520, 1, 0.1, 0.02, 0.97, 0.5)
    old = replace(good, damage=0.8, grain=4, black=0.2, white=0.7)
    bad = [
        good,
        replace(good, fine_ratio=0.2, lost=2.3),
        replace(good, fine_ratio=0.2, lost=2.3, grain=1.3),
        replace(good, fine_ratio=0.2, lost=2.3, grain=1.5),
        replace(good, noise=8, grain=3, blockiness=1.7),
        replace(good, lost=1.2, damage=0.4),
        replace(good, lost=1.2, damage=0.7),
        replace(good, repeated=3.1, lost=1.6, grain=2),
        old,
        replace(old, white=0.85, tint=3),
        replace(good, exposure=0.1, highlights=0.3),
        replace(good, exposure=0.1, highlights=0.3, specks=3),
        replace(good, exposure=0.1, highlights=0.3, specks=2),
        replace(good, exposure=0.1, highlights=0.2, specks=2),
        replace(good, contrast=0.2),
        replace(good, contrast=0.2, specks=3),
    ]
    given = [{_camel(name): value for name, value in asdict(each).items()} for each in bad]
    for side in (640, 3000, 300):
        for mode in ("auto", "on"):
            plans = [_numbers_of(plan(each, mode, side)) for each in bad]
            wanted = [given, side, mode, STAGES, _REASONS]
            yield Case(f"plans at {side}, {mode}", "plans", wanted, plans, 1e-9, 1e-9)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _numbers_of(made: Plan) -> list[Any]:
    steps = [
        [STAGES.index(step.stage), *(_REASONS.index(reason.code) for reason in step.reasons)] for step in made.steps
    ]
    at_side = [made.lost_at(900), made.face_lost_at(900)]
    return [[len(steps), *steps], [made.lost, made.own_share, made.repeated, made.face_lost, made.side], at_side]


def _of_repair() -> Iterator[Case]:
    faded = np.rint(90 + 0.4 * picture(60, 131, 96) * np.array([1, 0.95, 0.8])).astype(np.uint8)
    for stage, photo in {"exposure": picture(61, 131, 96, 0, 80), "fading": faded, "contrast": dull(faded)}.items():
        shown = light.relight(photo, Plan((Step(stage, ()),)))
        yield Case(f"relight: {stage}", "relight", [photo, stage], shown, 0.5, 6)
    for size in ((128, 96), (131, 88)):
        yield Case(f"equalize {size}", "equalize", [picture(62, *size)], light.equalize(picture(62, *size)), 0.5, 6)
    photo = picture(63, 190, 160)
    kinds = {"light": _Doubler(_slanted), "coarse": _Doubler(_stronger), "faces": _Doubler(_stronger)}
    tools: Any = SimpleNamespace(clock=Clock(), models=SimpleNamespace(restorer=kinds.__getitem__))
    found = [face(1, 60, 60, 45), face(2, 130, 70, 60, lean=25), face(3, 100, 120, 40, apart=0.1)]
    restored, lit = Step("restore", ()), Step("contrast", ())
    for name, made in {
        "at its own size": Plan((restored,)),
        "smaller": Plan((restored, lit), 2.1, 0.0, 1.0, 2.1),
        "at both sizes": Plan((restored,), 1.4, 0.3, 1.0, 1.25),
        "single pixels": Plan((restored,), 2.0, 0.0, 4.0, 2.0),
    }.items():
        made = replace(made, side=190)
        work = stages.relight(tools, stages.restore(tools, stages.Work(photo, photo), made, restorer="light"), made)
        whole = stages.restore_faces(tools, work, found, photo, made)
        assert work.larger is not None
        assert whole.larger is not None
        expected = [work.photo, work.larger, whole.photo, whole.larger]
        given = {"steps": [{"stage": step.stage} for step in made.steps], "lost": made.lost, "side": 190}
        given |= {"ownShare": made.own_share, "repeated": made.repeated, "faceLost": made.face_lost}
        yield Case(f"repaired: {name}", "repaired", [photo, given, found], expected, 1, 30)
    large = picture(64, 323, 272)
    for side in (60, 120, 200):
        frame = FaceCrop((90.4, 80.7), side, 12.0)
        source = FaceSource(large, 1.7, None, FaceRestorer(photo, 1.0, _stronger, 0.4))
        canvas = source.canvas(frame, LIMITS.canvas, True)
        yield Case(f"canvas of a restored photo, {side}", "detailed", [frame, photo, large, 0.4], canvas, 0.01, 4)


class _RedPeople(PersonMask):
    """Takes what is red for people."""

    def __init__(self) -> None:
        self._network = SimpleNamespace(stride=32)  # type: ignore[assignment]

    def _logits(self, small: Picture) -> np.ndarray:
        return 8 * (small[..., 0].astype(np.float32) / 127.5 - 1)


class _Masking(TorchGenerator):
    """A network that makes the negative, and takes what is bright for the head."""

    def __init__(self) -> None:
        self.gives_mask = True

    def paint_all(self, picture: Picture) -> Picture:
        return np.dstack([255 - picture, np.where(picture[..., 0] > 127, np.uint8(255), np.uint8(0))])


class _Negative:
    """A painter that paints the negative."""

    def paint(self, picture: Picture, *_: object, **__: object) -> Picture:
        return 255 - picture


class _Doubler:
    """A restorer that is a function."""

    def __init__(self, change: Any):
        self.double = lambda photo, on_tile=None, again=False: change(photo)


def _plain(photo: Picture) -> Picture:
    return photo.repeat(2, 0).repeat(2, 1)


def _stronger(photo: Picture) -> Picture:
    return np.clip(2 * _plain(photo).astype(int) - 128, 0, 255).astype(np.uint8)


def _slanted(photo: Picture) -> Picture:
    """Something else in each of four views."""
    large = _plain(photo).astype(int)
    y, x = np.mgrid[: len(large), : large.shape[1]]
    return np.clip((large >> 1) + (x + 2 * y)[:, :, None], 0, 255).astype(np.uint8)


def _grey(mask: Mask | None) -> Picture:
    """A mask as a picture."""
    assert mask is not None
    return np.repeat(mask[..., None], 3, axis=2)


def encoded(value: Any) -> Any:
    """What stands in JSON for a value."""
    if isinstance(value, Face):
        return {"box": value.box, "landmarks": value.landmarks, "score": value.score}
    if isinstance(value, PaintedFace):
        return {"face": value.face, "picture": value.picture, "head": None if value.head is None else _grey(value.head)}
    if isinstance(value, FaceCrop):
        return {"centre": value.centre, "side": value.side, "angle": value.angle}
    if isinstance(value, np.ndarray) and value.ndim == 3:
        height, width = value.shape[:2]
        return {"width": width, "height": height, "rgb": base64.b64encode(value.tobytes()).decode()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(type(value))
