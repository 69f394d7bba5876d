"""The way of a photo: its stages, in the order in which it goes through them. A clip's frames go the same way.

A stage is a function. It gets the tools, what earlier stages made, and settings by name; `draw` calls them through
``memo``, which takes from the cache what has been made already. To add one, write it here and call it in `draw`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from animegan.errors import NobodySeenError
from animegan.faces import restoring
from animegan.faces.crops import Box, suggest_crop
from animegan.faces.face import Face
from animegan.faces.finder import chosen, numbered, worth_painting
from animegan.faces.painting import (
    FacePainter,
    FaceSource,
    PaintedFace,
    PlacedFace,
    lay_faces,
    paint_face,
    share_of_faces,
)
from animegan.faces.people import matte_of_some
from animegan.faces.restoring import FaceRestorer, is_sure
from animegan.faces.thresholds import FACES
from animegan.images import blend
from animegan.images.mattes import Matte, cut_out, seen
from animegan.images.patterns import FINISHES
from animegan.images.photo import Photo
from animegan.images.resize import Array, Mask, Picture, like, resize, shrink
from animegan.images.sizes import paint_size
from animegan.images.transparency import colour_of, laid_on
from animegan.networks.enlarger import doublings
from animegan.networks.painters import Painter, gives_mask
from animegan.networks.restorers import Restorer, SelfEnsemble
from animegan.options import Options
from animegan.pipeline.cache import Memo
from animegan.pipeline.models import StyleVersion
from animegan.pipeline.tools import Tools
from animegan.repair import noise, quality, tones
from animegan.repair import plan as planning
from animegan.repair.plan import ASKED_FOR, Plan, Step
from animegan.repair.quality import Quality
from animegan.repair.true_size import Double, at_true_size
from animegan.styles.lookup import find_style
from animegan.words.messages import Message


@dataclass(frozen=True, eq=False)
class Work:
    """What is painted: the photo at its paint size, and what its repair made of it. All are ``(H, W, 3) uint8``."""

    small: Picture
    """Before its repair."""
    photo: Picture
    """After it."""
    restored: Picture | None = None
    """As the restorer left it, in the photo's own light; None: it was not restored."""
    larger: Picture | None = None
    """The same at the size that the restorer gave, which has the most detail."""
    done: tuple[Step, ...] = ()
    """The steps of its repair so far."""

    def most_detailed(self, photo: Picture) -> Picture:
        """Return the version with the most real detail: what the restorer gave, or else the photo."""
        return photo if self.larger is None else self.larger


@dataclass(frozen=True)
class Drawn:
    """A finished drawing, and what was found out on the way."""

    image: Picture
    drawing: Picture
    """Before its last touches: the pattern of a style, the strength, the chroma."""
    photo: Picture
    quality: Quality
    work: Work
    faces: list[Face]
    """Those that were painted on their own."""
    repaired: Picture | None
    """The repaired photo at the size of its repair; None if it needed none."""
    alpha: Mask | None = None
    """``(H, W) uint8`` of the image's size, the photo's or that of a cut-out; None: the image is opaque."""
    photo_alpha: Mask | None = None
    """The photo's own, of the same size."""
    notes: tuple[Message, ...] = ()
    """What a person should know of it."""


def draw(memo: Memo, read: Photo, options: Options) -> Drawn:
    """Take a photo, as `PhotoCache.read` returns it, through all stages."""
    photo, alpha = read.pixels, read.alpha
    painter, face_painter = (memo.tools.models.version(style) for style in (options.style, options.face_painter))
    restorer = options.restorer

    crops = memo(find_crops, photo) if options.crop != "none" else {}
    if crops:
        photo = memo(crop, photo, crops, shape=options.crop)
        alpha = cut(alpha, crops[options.crop]) if alpha is not None else None
    measured = memo(assess, photo)
    plan = planning.plan(measured, options.enhance, max(photo.shape)).without(memo.without)

    work = memo(at_paint_side, photo, side=options.paint_side)
    work = memo(restore, work, plan, restorer=restorer)
    work = memo(denoise, work)
    work = memo(relight, work, plan)
    scene_alone = work
    all_found = memo(find_faces, work, photo, plan) if options.faces else []
    found = memo(choose_faces, all_found, numbers=options.face_numbers) if options.face_numbers else all_found
    people = memo(find_people, photo, all_found, found, needed=options.cuts_out) if options.needs_people else None
    is_painted = bool(found) and not options.scene_only
    work = memo(restore_faces, work, found, photo, plan) if is_painted else work

    scene = work.photo if options.faces_only else memo(paint_scene, work, style=painter)
    faces: list[PaintedFace] = []
    if is_painted:
        faces = memo(
            paint_faces,
            work,
            photo,
            found,
            plan,
            style=painter,
            face_painter=face_painter,
            strength=options.faces_strength,
            restorer=restorer,
            restored="restore_faces" not in memo.without,
            eyes=options.enhance != "off",
        )
    drawing = memo(join_and_enlarge, scene, faces, photo, scale=options.scale)
    with memo.tools.clock.stage("finish", 0.95, Message("finish")):
        image = finish(drawing, photo, max(scene.shape), options, faces)
        image = keep_part(image, photo, faces or [PlacedFace(face) for face in found], options, people)
        photo_alpha = alpha = None if alpha is None else like(alpha, image)
        if people is not None and options.cuts_out:
            image, alpha = cut_out(image, cast(Matte, like(people, image)), alpha, rim=options.sticker)
        if alpha is not None and options.background != "none":
            image, photo_alpha, alpha = laid_on(image, alpha, colour_of(options.background)), None, None
    repaired = repaired_photo(work, scene_alone, photo, plan) if work.done else None
    notes = (Message("nobody"),) if options.needs_people and not seen(people) else ()
    painted = found if is_painted else []
    return Drawn(image, drawing, photo, measured, work, painted, repaired, alpha, photo_alpha, notes)


def find_crops(tools: Tools, photo: Picture) -> dict[str, Box]:
    """Find the crops around the largest face: shape → left, top, right, bottom; empty without a face."""
    with tools.clock.stage("crop", 0.03, Message("crop")):
        return suggest_crop(photo, tools.models.finder)


def crop(tools: Tools, photo: Picture, crops: dict[str, Box], *, shape: str) -> Picture:
    """Cut a crop out of the photo."""
    return cut(photo, crops[shape])


def cut(picture: Array, box: Box) -> Array:
    """Cut a box out of ``(H, W, …)``."""
    left, top, right, bottom = box
    return np.ascontiguousarray(picture[top:bottom, left:right])


def assess(tools: Tools, photo: Picture) -> Quality:
    """Measure the quality of the photo."""
    with tools.clock.stage("assess", 0.05, Message("assess")):
        return quality.assess(photo)


def at_paint_side(tools: Tools, photo: Picture, *, side: int) -> Work:
    """Shrink the photo to the size at which it is painted (`sizes.paint_size`); a ``side`` of 0 leaves it."""
    height, width = photo.shape[:2]
    small = resize(photo, *paint_size(width, height, side))
    return Work(small, small)


def restore(tools: Tools, work: Work, plan: Plan, *, restorer: str, quick: bool = False) -> Work:
    """Restore the photo at the size that its detail fills, at its own size, or at both. ``quick``: in one view."""
    message = Message("repair" if plan.steps else "no-repair")
    with tools.clock.stage("enhance", 0.1, message, until=0.25) as on_tile:
        if plan.restore is None:
            return work
        small = work.small
        own = tools.models.restorer(restorer)
        lost = plan.lost_at(max(small.shape))
        if not lost:
            larger = _views(tools, restorer, "light", quick).double(small, on_tile)
        else:
            coarse = _views(tools, restorer, "coarse", quick)
            repeated = plan.repeated * 2 ** plan.larger(max(small.shape))
            larger = at_true_size(small, lambda part: coarse.double(part, on_tile), lost, repeated)
            if plan.own_share:  # in one view: four at both sizes would take too long
                larger = blend.mix(larger, like(own.double(small, on_tile), small), plan.own_share)
        restored = like(larger, small)
        return replace(work, photo=restored, restored=restored, larger=larger, done=(plan.restore,))


def denoise(tools: Tools, work: Work) -> Work:
    """Remove the noise and the grain that the restorer has left."""
    if work.restored is None or any(ASKED_FOR in step.reasons for step in work.done):
        return work
    with tools.clock.stage("enhance", 0.25, Message("repair")):
        why, strength = noise.noise_left(quality.assess(work.small), quality.assess(work.restored))
        if why is None:
            return work
        return replace(work, photo=noise.denoise(work.restored, strength), done=(*work.done, Step("denoise", (why,))))


def relight(tools: Tools, work: Work, plan: Plan) -> Work:
    """Repair the light, the contrast and the colours."""
    steps = tuple(step for step in plan.steps if step is not plan.restore)
    return replace(work, photo=tones.relight(work.photo, plan), done=(*work.done, *steps)) if steps else work


def find_faces(tools: Tools, work: Work, photo: Picture, plan: Plan) -> list[Face]:
    """Find the faces to paint separately, in the photo's pixels. The most detailed photo is searched, larger than it
    is painted, because that also shows small faces.
    """
    with tools.clock.stage("find faces", 0.25, Message("find-faces")):
        searched = shrink(tones.relight(work.most_detailed(photo), plan), FACES.search_side)
        ratio = photo.shape[1] / searched.shape[1]
        found = tools.models.finder.find(searched, FACES.least_painted / ratio)
    return numbered(worth_painting([face.scaled(ratio) for face in found]))


def choose_faces(tools: Tools, found: list[Face], *, numbers: tuple[int, ...]) -> list[Face]:
    """Return the faces with these numbers."""
    return chosen(found, numbers)


def find_people(tools: Tools, photo: Picture, faces: list[Face], wanted: list[Face], *, needed: bool) -> Matte:
    """How much of each pixel of the photo belongs to people, ``(H, W)``; where only some of the ``faces`` are wanted,
    to theirs.

    Raises:
        NobodySeenError: people are ``needed``, and there are none.
    """
    with tools.clock.stage("find people", 0.3, Message("find-people")):
        matte = tools.models.people().find(photo)
    matte = matte if len(wanted) == len(faces) else matte_of_some(matte, faces, wanted)
    if needed and not seen(matte):
        raise NobodySeenError(
            "Nobody is seen in the photo, so there is nothing to cut out: choose a photo of people, or ask for no "
            "cut-out."
        )
    return matte


def restore_faces(
    tools: Tools, work: Work, found: list[Face], photo: Picture, plan: Plan, *, quick: bool = False
) -> Work:
    """Restore the faces of a photo that is restored at a smaller size. ``quick``: in one view."""
    lost = plan.lost_at(max(work.small.shape))
    if not lost or work.restored is None:
        return work
    faces = [face.scaled(work.small.shape[1] / photo.shape[1]) for face in found]
    restorer = FaceRestorer(work.small, 1.0, _views(tools, "light", "faces", quick).double, lost)
    restored = photo = restoring.restore_faces(work.restored, faces, restorer)
    if work.photo is not work.restored:  # it got other light afterwards
        photo = restoring.restore_faces(work.photo, faces, replace(restorer, photo=tones.relight(work.small, plan)))
    return replace(work, photo=photo, restored=restored, larger=restored)


def paint_scene(tools: Tools, work: Work, *, style: StyleVersion) -> Picture:
    """Paint the scene, without faces, at its paint size."""
    with tools.clock.stage("models", 0.35, Message("load-style")):
        painter = tools.models.painter(style.id)
    with tools.clock.stage("paint", 0.4, Message("paint"), until=0.55) as on_tile:
        return painter.paint(work.photo, on_tile=on_tile)


def paint_faces(
    tools: Tools,
    work: Work,
    photo: Picture,
    found: list[Face],
    plan: Plan,
    *,
    style: StyleVersion,
    face_painter: StyleVersion,
    strength: float,
    restorer: str,
    restored: bool,
    eyes: bool,
) -> list[PaintedFace]:
    """Paint each face on a canvas of its own. ``restored``: the restorer of faces enlarges tiny ones; ``eyes``: and
    those whose eyes would be faint. Networks of scenes stay near the photo and need neither.
    """
    own = None if work.larger is not None else tools.models.restorer(restorer).double
    source = face_source(work, photo, plan, own)
    if restored and face_painter != style:
        lit = tones.relight(photo, plan) if own is None else source.photo
        lost = plan.face_lost_at(max(photo.shape)) if work.restored is not None else 0.0
        of_faces = FaceRestorer(lit, 1.0, _views(tools, "light", "faces").double, lost)
        source = replace(source, restorer=of_faces, eyes=eyes)
    painted = []
    for number, face in enumerate(found):
        done = 0.55 + 0.25 * number / len(found)
        who = style if face.in_profile else face_painter  # networks for faces know them from the front
        with tools.clock.stage("models", done, Message("load-faces")):
            network = tools.models.painter(who.id)
        painter = face_painter_of(tools, work, network, style, who, strength)
        with tools.clock.stage("paint faces", done + 0.01, Message("paint-face", number=number + 1, count=len(found))):
            painted.append(paint_face(source, face, painter, painter.side, sure=is_sure(face)))
    return painted


def face_painter_of(
    tools: Tools, work: Work, network: Painter, style: StyleVersion, face_painter: StyleVersion, strength: float
) -> FacePainter:
    """Return that of the scene itself, a network for faces, or one whose drawings that of the scene paints again."""
    if gives_mask(network):
        shown = find_style(style.id).faces_shown
        return FacePainter(network, work.photo, tools.models.painter(style.id), strength, shown)
    return FacePainter(network, work.photo if face_painter == style else None)


def join_and_enlarge(
    tools: Tools, scene: Picture, faces: list[PaintedFace], photo: Picture, *, scale: int = 1
) -> Picture:
    """Lay the faces into the scene, and enlarge the whole to ``scale`` times the size of the photo. A face joins the
    scene at the size that fits its canvas, and is enlarged with it from there.
    """
    height, width = (scale * length for length in photo.shape[:2])
    steps, drawing = doublings(width / scene.shape[1], scale), scene
    faces = [face.enlarged(scene.shape[1] / photo.shape[1], tools.models.enlarger().double) for face in faces]
    laid_at = [face.doublings(scene.shape[1] / photo.shape[1], steps) for face in faces]
    for step in range(steps + 1):
        if step in laid_at:
            ratio, chosen = drawing.shape[1] / photo.shape[1], [at == step for at in laid_at]
            drawing = lay_faces(drawing, faces, ratio, chosen)
        if step < steps:
            done = 0.8 + 0.15 * step / steps
            with tools.clock.stage("enlarge", done, Message("enlarge"), until=done + 0.15 / steps) as on_tile:
                drawing = tools.models.enlarger().double(drawing, on_tile, again=step > 0)
    return resize(drawing, width, height)


def face_source(work: Work, photo: Picture, plan: Plan, double: Double | None = None) -> FaceSource:
    """Return the photo from which faces are cut: the most detailed one, in the light of the painted scene."""
    picture = work.most_detailed(photo)
    return FaceSource(tones.relight(picture, plan), picture.shape[1] / photo.shape[1], double)


def finish(drawing: Picture, photo: Picture, painted_at: int, options: Options, faces: Sequence[PlacedFace]) -> Picture:
    """Apply the guided filter, the chroma, the style's pattern and the strength, each only if requested. ``painted_at``
    is the long side at which the scene was painted, in pixels. ``faces`` stay drawn where eyes and brows are not where
    the photo has them: both would be seen.
    """
    changed = options.guided or options.strength not in (0.0, 1.0)
    drawn = None
    if changed and faces and (options.face_painter != options.style or find_style(options.style).moves_features):
        drawn = share_of_faces(faces, drawing.shape, drawing.shape[1] / photo.shape[1])
    if options.guided:
        smooth = blend.guided(drawing, like(photo, drawing))
        drawing = smooth if drawn is None else blend.mix(smooth, drawing, drawn)
    drawing = blend.vividness(drawing, options.vividness)
    pattern = find_style(options.style).finish
    if pattern is not None:
        drawing = FINISHES[pattern](drawing, max(drawing.shape) / painted_at)
    if options.strength != 1.0:
        share = options.strength if drawn is None else options.strength + (1 - options.strength) * drawn
        drawing = blend.mix(like(photo, drawing), drawing, share)
    return drawing


def keep_part(
    image: Picture, photo: Picture, faces: Sequence[PlacedFace], options: Options, people: Matte | None
) -> Picture:
    """Leave of a drawing only the faces, the scene, the ``people`` or the background, if requested; the rest is the
    photo.
    """
    if options.faces_only or options.scene_only:
        share = share_of_faces(faces, image.shape, image.shape[1] / photo.shape[1])
    elif people is not None and (options.people_only or options.background_only):
        share = cast(blend.Weights, like(people, image))
    else:
        return image
    return blend.mix(like(photo, image), image, share if options.faces_only or options.people_only else 1 - share)


def repaired_photo(work: Work, scene_alone: Work, photo: Picture, plan: Plan) -> Picture:
    """Return the repaired photo to look at; ``scene_alone`` is the work before its faces were restored."""
    picture = work.most_detailed(photo)
    if work.larger is not scene_alone.larger:
        picture = restoring.with_chroma_of(picture, scene_alone.most_detailed(photo))
    return tones.relight(picture, plan)


def _views(tools: Tools, restorer: str, kind: str, quick: bool = False) -> Restorer:
    """Return the restorer of a ``kind`` of photo, looking in four views. The large one knows all kinds, in one view."""
    if restorer != "light":
        return tools.models.restorer(restorer)
    network = tools.models.restorer(kind)
    return network if quick else SelfEnsemble(network)
