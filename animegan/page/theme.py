"""Sakura pink on cream white: colours, fonts, style sheet and script."""

from __future__ import annotations

import json
from pathlib import Path

from gradio.themes import Base, Soft
from gradio.themes.utils import colors, fonts, sizes

from animegan.embed.contents import SITE
from animegan.words.languages import LANGUAGES
from animegan.words.texts import DEFAULT

HERE = Path(__file__).parent


def _shades(name: str, shades: str) -> colors.Color:
    """A colour from its eleven shades, the lightest first."""
    steps = ("c50", *(f"c{step}00" for step in range(1, 10)), "c950")
    return colors.Color(name=name, **dict(zip(steps, shades.split(), strict=True)))


SAKURA = _shades("sakura", "#fff5f7 #ffe6ec #fecdd9 #fba9bd #f27d9b #d9567c #b93a62 #98294d #7c2342 #65203a #3a0e1e")
CREAM = _shades("cream", "#fffdf8 #fdf8ee #f5ecdd #e6d8c6 #b8a594 #857163 #67564b #4d403a #332a29 #251e1f #1a1516")


def theme() -> Base:
    """The colours by day and by night; the fonts come with Gradio."""
    return Soft(
        primary_hue=SAKURA,
        secondary_hue=SAKURA,
        neutral_hue=CREAM,
        radius_size=sizes.radius_lg,
        font=(fonts.LocalFont("Quicksand", weights=(400, 700)), "ui-rounded", "system-ui", "sans-serif"),
    ).set(
        body_background_fill="linear-gradient(180deg, #fff1f4 0, *neutral_50 22rem)",
        body_background_fill_dark="linear-gradient(180deg, #2b181f 0, *neutral_950 22rem)",
        body_text_color="*neutral_800",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_radius="1rem",
        container_radius="1rem",
        block_border_width="1px",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_700",
        block_label_text_color="*primary_700",
        block_title_text_color="*primary_700",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        input_background_fill="*neutral_100",
        input_border_color="*neutral_200",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_700",
        checkbox_border_color="*neutral_300",
        checkbox_border_color_dark="*neutral_500",
        checkbox_label_background_fill_selected="*primary_600",
        checkbox_label_background_fill_selected_dark="*primary_600",
        button_primary_text_color="white",
    )


def style_sheet() -> str:
    """The page's own CSS, after that of the slider, which is the embedded page's."""
    own = (HERE / name for name in ("page.css", "faces.css", "strip.css", "accessible.css"))
    return "".join(path.read_text(encoding="utf-8") for path in (SITE / "page" / "slider.css", *own))


def script() -> str:
    """The page's own JavaScript, one function, with its texts filled in."""
    camera = ("live.js.refused", "live.js.none", "live.js.taken")
    names = ("page.title", *(key for key in LANGUAGES[DEFAULT].texts if key.startswith("gradio.")))
    parts = (_filled("page.js", ("photo.alt",)), _filled("screen.js", camera), _filled("accessible.js", names))
    return f"() => {{ {' '.join(f'({part})();' for part in parts)} }}"


def _filled(name: str, keys: tuple[str, ...]) -> str:
    words = {code: {key: language.texts[key] for key in keys} for code, language in LANGUAGES.items()}
    source = (HERE / name).read_text(encoding="utf-8").strip()
    return source.replace('"@words@"', json.dumps(words, ensure_ascii=False))
