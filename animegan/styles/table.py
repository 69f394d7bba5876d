"""The table of styles: what users can choose, and where the weights come from."""

from __future__ import annotations

from dataclasses import replace

from animegan.styles.sources import ANIMEGAN_V2, ANIMEGAN_V3, FREE, BuiltIn, OnHub, Style

STYLES: dict[str, Style] = {
    style.id: style
    for style in (
        Style(
            id="anime",
            label="Anime",
            caption="bright day, ink, anime's eyes",
            good_for="A bright day of an animated film: flat colour, ink, people as themselves with the eyes of anime. "
            "Good for any photo. Its weights are free for any use.",
            source=BuiltIn("anime.safetensors"),
            licence=FREE,
            faces_style="likeness",
            faces_shown=0.5,
            keeps_grey=True,
        ),
        Style(
            id="cel",
            label="Cel",
            caption="flat shades, ink lines",
            good_for="An animation cel: few flat shades, ink lines, vivid colour. Its weights are free for any use.",
            source=BuiltIn("cel.safetensors"),
            licence=FREE,
            faces_style="likeness",
            faces_shown=0.5,
            keeps_grey=True,
        ),
        Style(
            id="dusk",
            label="Dusk",
            caption="warm glow, blue shadows",
            good_for="The hour after sunset: warm light that glows, blue shadows. Its weights are free for any use.",
            source=BuiltIn("dusk.safetensors"),
            licence=FREE,
            faces_style="likeness",
        ),
        Style(
            id="watercolour",
            label="Watercolour",
            caption="thin paint on white paper",
            good_for="Thin paint on white paper: landscapes, flowers, portraits. Its weights are free for any use.",
            source=BuiltIn("watercolour.safetensors"),
            licence=FREE,
            faces_style="likeness",
            finish="paper",
            keeps_grey=True,
        ),
        Style(
            id="manga",
            label="Manga",
            caption="ink, solid black, screentone",
            good_for="A printed page: ink, solid blacks, dots of screentone. Its weights are free for any use.",
            source=BuiltIn("manga.safetensors"),
            licence=FREE,
            faces_style="likeness",
            finish="screentone",
            keeps_grey=True,
        ),
        Style(
            id="film",
            label="Film",
            caption="muted colour, invented faces",
            good_for="A frame of an animated film in calmer colour; its faces are those of Anime portrait. For scenes.",
            source=BuiltIn("film.safetensors"),
            licence=ANIMEGAN_V3,
            faces_style="anime-portrait",
            keeps_grey=True,
        ),
        Style(
            id="anime-portrait",
            label="Anime portrait",
            caption="a character of its own",
            good_for="A character of an animated film: faces that fill the picture. It paints the faces of Film.",
            source=BuiltIn("anime-portrait.safetensors"),
            licence=ANIMEGAN_V3,
            moves_features=True,
            keeps_grey=True,
        ),
        Style(
            id="hayao",
            label="Hayao (Miyazaki)",
            caption="soft light, hand-painted green",
            good_for="Soft light, hand-painted greens, clear outlines: landscapes, streets, people outdoors.",
            source=BuiltIn("hayao.safetensors"),
            licence=ANIMEGAN_V3,
            keeps_grey=True,
        ),
        Style(
            id="shinkai",
            label="Shinkai",
            caption="luminous sky, lens glow",
            good_for="Luminous skies, strong light, lens glow: cities, evenings, weather.",
            source=BuiltIn("shinkai.safetensors"),
            licence=ANIMEGAN_V3,
            keeps_grey=True,
        ),
        Style(
            id="portrait",
            label="Portrait",
            caption="large eyes, smooth skin",
            good_for="Large eyes, smooth skin, soft hair: faces and half-length portraits.",
            source=BuiltIn("portrait.safetensors"),
            licence=ANIMEGAN_V3,
            moves_features=True,
            keeps_grey=True,
        ),
        Style(
            id="hayao-v2",
            label="Hayao, AnimeGANv2",
            caption="the original weights",
            good_for="AnimeGANv2's own Hayao, by its original weights.",
            source=OnHub(
                "vumichien/AnimeGANv2_Hayao",
                "AnimeGANv2_Hayao.onnx",
                "f84714b47ad2c7e930c5f3d5dff58fe91659be95",
                "5a84ca468f3c4fd891fe8c883a3a507ed3e463f4f059985735f6449dae7590b5",
                8_649_739,
            ),
            licence=ANIMEGAN_V2,
            keeps_grey=True,
        ),
        Style(
            id="shinkai-v2",
            label="Shinkai, AnimeGANv2",
            caption="the original weights",
            good_for="AnimeGANv2's own Shinkai, by its original weights.",
            source=OnHub("vumichien/AnimeGANv2_Shinkai", "AnimeGANv2_Shinkai.onnx"),
            licence=ANIMEGAN_V2,
            keeps_grey=True,
        ),
        Style(
            id="paprika",
            label="Paprika, AnimeGANv2",
            caption="the colours of a dream",
            good_for="AnimeGANv2's own Paprika, after Satoshi Kon's film.",
            source=OnHub("vumichien/AnimeGANv2_Paprika", "AnimeGANv2_Paprika.onnx"),
            licence=ANIMEGAN_V2,
        ),
        Style(
            id="face-paint",
            label="Face paint, AnimeGANv2",
            caption="portraits in soft paint",
            good_for="Portraits in soft paint; made for faces that fill the picture.",
            source=OnHub("akhaliq/AnimeGANv2-ONNX", "face_paint_512_v2_0.onnx"),
            licence="MIT (converted from bryandlee/animegan2-pytorch)",
            moves_features=True,
            keeps_grey=True,
        ),
    )
}

OF_FACES: dict[str, Style] = {
    style.id: style
    for style in (
        Style(
            id="likeness",
            label="Likeness",
            caption="the person's own face",
            good_for="The faces of other styles: the person's own features, with the eyes of anime.",
            source=BuiltIn("likeness.safetensors"),
            licence=FREE,
            moves_features=True,
            keeps_grey=True,
        ),
    )
}
"""Networks that know nothing but faces, by id. They paint the faces of styles, and are none themselves."""

LIVE: dict[str, Style] = {
    f"{style.id}-live": replace(
        style, id=f"{style.id}-live", source=BuiltIn(f"{style.id}-live.safetensors"), faces_style=None
    )
    for style in STYLES.values()
    if isinstance(style.source, BuiltIn)
}
"""Small networks that draw moving pictures in a built-in style, by id. Users choose the style, not these; a style need
not have one: see `animegan.styles.lookup.live_style`."""

DEFAULT_STYLE = "anime"
ENLARGER = "enlarger"
"""What ``export`` calls the network that enlarges drawings; no style has this name."""
