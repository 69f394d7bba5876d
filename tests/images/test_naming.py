"""What the drawings of photos with equal names are called."""

from pathlib import Path

from animegan.images.files import PHOTO_SUFFIXES, register_formats
from animegan.images.naming import telling_names


def test_a_name_and_as_many_folders_as_it_takes():
    names = {
        ("/p/I.jpg", "/p/I.webp"): ["I.jpg", "I.webp"],
        ("/p/2023/I.jpg", "/p/2024/I.jpg", "/p/2024/I.png"): ["2023-I.jpg", "2024-I.jpg", "I.png"],
        ("/p/a/x/I.jpg", "/p/b/x/I.JPG"): ["a-x-I.jpg", "b-x-I.JPG"],
        ("/I.jpg", "/I.jpg"): ["-I.jpg", "-I.jpg"],  # the same file: nothing tells them apart
    }
    for paths, expected in names.items():
        assert telling_names([Path(path) for path in paths]) == expected


def test_every_suffix_of_the_formats_that_are_read_is_a_photo_s():
    from PIL import Image

    register_formats()
    readable = {"AVIF", "BMP", "GIF", "HEIF", "JPEG", "MPO", "PNG", "PPM", "TIFF", "WEBP"}
    theirs = {suffix for suffix, format in Image.registered_extensions().items() if format in readable}
    assert theirs <= set(PHOTO_SUFFIXES)
    assert {".jfif", ".jpe", ".hif"} <= theirs
