"""The recipes by which photos are degraded when the repair is measured."""

import cv2
import numpy as np
import pytest

from animegan import errors
from animegan.evaluation.recipes import RECIPES, light, through_jpeg
from animegan.evaluation.repair import RepairEvaluation
from animegan.images.metrics import psnr
from animegan.repair.measures import mean_exposure
from animegan.repair.plan import plan
from animegan.repair.quality import assess
from tests.support.pictures import at


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_seeded_and_does_harm(name, coffee):
    """What comes out has the photo's size, is far from it, and needs repair."""
    recipe = RECIPES[name]
    one, same, other = (recipe(coffee, np.random.default_rng(seed), []) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert (one.shape, one.dtype) == (coffee.shape, np.uint8)
    assert 12 < psnr(one, coffee) < 30
    assert plan(assess(one), "auto").restore


def test_light_takes_what_it_says(coffee):
    one, dark = (light(coffee, np.random.default_rng(0), dark=dark) for dark in (False, True))
    assert 18 < psnr(one, coffee) < 30
    assert assess(one).damage > assess(coffee).damage + 0.3
    levels = [mean_exposure(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY)) for p in (dark, one)]
    assert levels[0] < 0.75 * levels[1]


def test_tiny_goes_by_the_largest_face(astronaut):
    """A large face leaves fewer pixels of the photo than a small one."""
    small_face, large_face = at(225, 120, 60), at(225, 120, 240)
    left = [
        psnr(RECIPES["tiny"](astronaut, np.random.default_rng(0), faces), astronaut)
        for faces in ([large_face], [small_face, large_face], [small_face])
    ]
    assert left[0] == left[1] < left[2]


def test_an_old_print_is_yellow_and_pale(coffee):
    grey = cv2.cvtColor(cv2.cvtColor(coffee, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    old = RECIPES["old"](grey, np.random.default_rng(0), [])
    red, green, blue = old.reshape(-1, 3).mean(0)
    assert red > green + 2 > green > blue + 5
    assert assess(old).contrast < 0.85 * assess(grey).contrast


def test_jpeg_of_a_higher_quality_leaves_more(coffee):
    left = [psnr(through_jpeg(coffee, quality), coffee) for quality in (20, 60, 95)]
    assert left == sorted(left)
    assert through_jpeg(coffee.astype(np.float32) + 300, 90).min() > 250  # what is too bright is white


def test_recipes_that_cannot_be_are_named(tmp_path):
    for recipe, dark in (("burnt", False), ("heavy", True)):
        with pytest.raises(errors.BadOptionError, match="light, heavy, tiny, old"):
            RepairEvaluation(tmp_path, recipe=recipe, dark=dark)
