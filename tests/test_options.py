"""Every setting: what it may be, and what is said of what it may not be."""

from dataclasses import fields
from typing import Any, get_type_hints

import numpy as np
import pytest

from animegan import errors
from animegan.options import SETTINGS, Options, Settings, options_from


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"style": "picasso"}, errors.UnknownStyleError, "hayao"),
        ({"faces_style": "cubist"}, errors.UnknownStyleError, "hayao"),
        ({"faces_strength": 1.6}, errors.BadOptionError, "from 0 to 1.5"),
        ({"style": "hayao", "faces_strength": 0.5}, errors.BadOptionError, "those that likeness paints"),
        ({"enhance": "maybe"}, errors.BadOptionError, "auto, on, off or super-resolution"),
        ({"restorer": "much"}, errors.BadOptionError, "auto, light or best"),
        ({"crop": "round"}, errors.BadOptionError, "portrait, square or none"),
        ({"scale": 3}, errors.BadOptionError, "1, 2 or 4"),
        ({"scale": True}, errors.BadOptionError, "1, 2 or 4"),
        ({"paint_side": 10}, errors.BadOptionError, "256 to 8192"),
        ({"strength": 1.6}, errors.BadOptionError, "0 to 1.5"),
        ({"strength": float("nan")}, errors.BadOptionError, "0 to 1.5"),
        ({"strength": True}, errors.BadOptionError, "0 to 1.5"),
        ({"vividness": -1}, errors.BadOptionError, "0 to 2"),
        ({"vividness": "much"}, errors.BadOptionError, "0 to 2"),
        ({"faces": 1}, errors.BadOptionError, "True, False, or numbers"),
        ({"faces": "1,0"}, errors.BadOptionError, "numbers such as '1,3', not '1,0'"),
        ({"faces": "first"}, errors.BadOptionError, "not 'first'"),
        ({"guided": 1}, errors.BadOptionError, "True or False"),
        ({"faces_only": True, "scene_only": True}, errors.BadOptionError, "choose one"),
        ({"people_only": True, "background_only": True}, errors.BadOptionError, "choose one of faces, scene, people"),
        ({"scene_only": True, "people_only": True}, errors.BadOptionError, "Only one part is drawn"),
        ({"faces": False, "faces_only": True}, errors.BadOptionError, "leave the faces on"),
        ({"faces": False, "scene_only": True}, errors.BadOptionError, "leave the faces on"),
        ({"brush": 3}, errors.BadOptionError, "no setting 'brush'"),
    ],
)
def test_bad_options_are_named(pipeline, coffee, options, error, words):
    with pytest.raises(error, match=words):
        pipeline.stylize(coffee, **options)


@pytest.mark.parametrize("limit", [0, -1, "many", None, True, float("nan")])
def test_a_bad_limit_is_named(pipeline, coffee, limit):
    with pytest.raises(errors.BadOptionError, match="number above 0"):
        pipeline.stylize(coffee, max_megapixels=limit)


def test_only_the_style_may_come_without_its_name():
    assert Options("cel").style == "cel"
    with pytest.raises(TypeError):
        Options(*("cel", "auto"))  # type: ignore[misc]  # pyright: ignore[reportCallIssue]


def test_auto_is_kept_and_resolved_where_it_matters():
    assert (Options().faces_style, Options().restorer, Options().enhance) == ("auto", "auto", "auto")
    painters = {Options("hayao", faces_style=who).face_painter for who in ("scene", "hayao")}
    assert painters == {"hayao"}
    assert Options("anime").face_painter == "likeness"
    assert Options("film").face_painter == "anime-portrait"
    assert Options("anime", faces_strength=0).face_painter == "anime"
    assert Options("cel", faces_style="Portrait ").face_painter == "portrait"


def test_numbers_of_numpy_are_numbers():
    settings: Any = {
        "strength": np.float32(0.5),
        "scale": np.int64(2),
        "paint_side": np.uint16(512),
        "faces": np.bool_(False),
    }
    options = Options(**settings)
    assert options == Options(strength=0.5, scale=2, paint_side=512, faces=False)
    assert [type(value) for value in (options.strength, options.scale, options.paint_side, options.faces)] == [
        float, int, int, bool,
    ]  # fmt: skip


def test_faces_are_all_none_or_those_with_a_number():
    assert (Options(faces="all").faces, Options(faces=" 3, 1,3").faces) == (True, "1,3")
    numbers = [Options(faces=faces).face_numbers for faces in (True, False, "12", "3,1")]
    assert numbers == [(), (), (12,), (1, 3)]
    assert Options(faces="2", faces_only=True).faces_only


def test_options_from_what_a_caller_gives():
    assert options_from(None, {}) == Options()
    assert options_from("cel", {"strength": 0.5}) == Options("cel", strength=0.5)
    base = Options("cel", crop="square")
    assert options_from(base, {}) is base
    assert options_from(base, {"style": "manga"}) == Options("manga", crop="square")
    assert base.replaced(scale=2) == Options("cel", crop="square", scale=2)


def test_every_setting_is_known_once():
    assert list(SETTINGS) == [each.name for each in fields(Options)]
    for setting in SETTINGS.values():
        assert setting.check(setting.default) == setting.default
        assert setting.help.endswith(".")


def test_the_keywords_of_stylize_are_the_options():
    """Name and type of each: a setting that is added to one must be added to the other."""
    kinds = get_type_hints(Options)
    assert get_type_hints(Settings) == {each.name: kinds[each.name] for each in fields(Options)}
