"""Every number that decides how faces are found, restored and painted, in one table. Why each has its value:
docs/faces.md#measured.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FaceThresholds:
    """Sides are in pixels along a side of the square around a face (`animegan.faces.face.FaceCrop`)."""

    search_side: int = 1280  # Faces are searched for on a copy with at most this long side
    glance_side: int = 480  # A frame of a clip is searched on a copy with at most this long side
    min_score: float = 0.9  # Detections with a lower MTCNN probability are dropped
    certain: float = 0.99  # those below this must be found again in a close-up
    close_up: int = 160  # an upright crop around the face with this side
    close_score: float = 0.95  # with this probability
    same_face: float = 0.4  # Detections are one face if they share more than this part of the smaller
    turns: tuple[float, ...] = (90, -90, 45, -45, 180)  # Degrees clockwise at which faces that lie are searched for
    turned_around: float = 2.2  # in a square of so many times the side of what looked like one
    turned_side: int = 96  # copied to this side
    turned_at_once: int = 60  # so many copies at once, at most
    turned_min_score: float = 0.985  # with this probability or more, as more passes give more false detections
    windows: int = 96  # Windows from which the landmarks of one face are averaged
    least_painted: int = 32  # Pixels of the photo: a face with a smaller box is painted with the scene only

    canvas: int = 512  # The side of the canvas on which a face of a photo is painted
    small_canvas: int = 256  # and that of a network that gives the mask of the head
    line_width: float = 2.0  # Pixels: what a blur of this σ takes from that network's drawing, its lines,
    line_gain: float = 1.8  # is added once more, times this: they would be too faint for the scene's style to ink
    inked_canvas: int = 384  # The side at which the style of the scene then paints what that network has drawn
    larger_by: float = 0.22  # A painted canvas is doubled if the scene has so many octaves more pixels for it
    small: float = 0.75  # A face of less than this times the canvas is enlarged by super-resolution first
    feather: float = 0.08  # A painted face fades into the scene over this part of its square
    head_feather: float = 0.02  # at the border of a head, if the network gives its mask

    sure: float = 0.97  # MTCNN's probability from which a face is restored: the network might invent one
    per_detail: float = 2.2  # Pixels at which a face is restored for each that its detail needs
    least: int = 120  # The smallest side at which a face is restored: with less, eyes stay faint
    most_in_photo: int = 256  # A face that needs more than this is left to the scene's restorer
    most_on_canvas: int = 200  # The largest side at which a face is restored for its canvas
    tiny_in_photo: int = 75  # A face of less detail than this is restored by its own restorer alone
    share_in_photo: float = 0.6  # a larger one by this share, and the rest by the scene's
    restored_feather: float = 0.1  # A restored face fades into the photo over this part of its square
    tiny: int = 105  # A face of less detail than this is enlarged by the restorer of faces alone
    plain: int = 220  # one of more than this without it, one between them by both

    faint_eyes: float = 50.0  # A drawing whose weaker eye has less contrast, in levels of 255, is painted again
    faint_side: int = 160  # from a face restored at this side
    more_eyes: float = 1.2  # and that is taken if its eye has so many times the contrast

    full_range: float = 180.0  # Levels of 255 between the darkest and the brightest part of a face that is well lit
    most_gain: float = 2.5  # By which the contrast of a dull face grows at most
    kept_gain: float = 0.3  # How much of the gained contrast stays in the drawing, as an exponent


FACES = FaceThresholds()
