"""ComfyUI nodes: a picture becomes anime. Put this folder into ComfyUI's ``custom_nodes``; see README.md beside it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

import animegan
from animegan.options import SETTINGS


@lru_cache(maxsize=1)
def _pipeline() -> animegan.Pipeline:
    """All nodes of a ComfyUI share one: its models stay loaded."""
    return animegan.Pipeline()


class AnimeGAN:
    """Draws a batch of pictures as anime."""

    CATEGORY = "image/animegan"
    FUNCTION = "draw"
    RETURN_TYPES = ("IMAGE",)
    RETURN_NAMES = ("drawing",)
    DESCRIPTION = "A photo becomes anime: offline, faces with care, at the photo's own size."

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, dict[str, Any]]:  # noqa: N802 (ComfyUI calls it so)
        """What the node takes, as ComfyUI asks for it."""
        styles = [style.id for style in animegan.list_styles()]
        required = {"image": ("IMAGE",), "style": (styles, {"default": SETTINGS["style"].default})}
        for name in ("enhance", "faces", "strength", "vividness", "scale"):
            setting = SETTINGS[name]
            more: dict[str, Any] = {"default": setting.default, "tooltip": setting.help}
            if setting.choices:
                required[name] = (list(setting.choices), more)
            elif setting.kind is bool:
                required[name] = ("BOOLEAN", more)
            else:
                required[name] = ("FLOAT", {**more, "min": setting.low, "max": setting.high, "step": 0.05})
        mask = ("MASK", {"tooltip": "Draw only where it is white."})
        return {"required": required, "optional": {"mask": mask}}

    def draw(self, image: Tensor, mask: Tensor | None = None, **settings: Any) -> tuple[Tensor]:
        """Draw each picture of a batch.

        Args:
            image: ``(B, H, W, 3)`` floats in [0, 1]; a fourth channel is left out.
            mask: ``(H, W)`` or ``(1 or B, H, W)`` floats in [0, 1]: 0 keeps the photo. Of any size.
            settings: fields of `animegan.Options`.

        Returns:
            The drawings, ``(B, scale · H, scale · W, 3) float32`` in [0, 1].

        Raises:
            AnimeganError: one of the named errors of `animegan.errors`.
        """
        options = animegan.Options(**settings)
        photos = image[..., :3].detach().cpu().float().clamp(0, 1)
        drawings = torch.stack([_drawn(photo, options) for photo in photos])
        if mask is None:
            return (drawings,)
        size = drawings.shape[1:3]
        share = _resized(mask.detach().cpu().float().reshape(-1, *mask.shape[-2:])[..., None], size).clamp(0, 1)
        return (torch.lerp(_resized(photos, size), drawings, share),)


def _drawn(photo: Tensor, options: animegan.Options) -> Tensor:
    """Draw ``(H, W, 3)`` of [0, 1]."""
    levels = (photo * 255).round().to(torch.uint8).numpy()
    return torch.from_numpy(_pipeline().stylize(levels, options).image.copy()).float() / 255


def _resized(pictures: Tensor, size: torch.Size) -> Tensor:
    """Give ``(B, H, W, C)`` another height and width."""
    if pictures.shape[1:3] == size:
        return pictures
    channels_first = pictures.permute(0, 3, 1, 2)
    resized = torch.nn.functional.interpolate(channels_first, tuple(size), mode="bilinear", antialias=True)
    return resized.permute(0, 2, 3, 1)


NODE_CLASS_MAPPINGS = {"AnimeGAN": AnimeGAN}
NODE_DISPLAY_NAME_MAPPINGS = {"AnimeGAN": "AnimeGAN: photo to anime"}
