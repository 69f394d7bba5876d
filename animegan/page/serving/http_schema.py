"""The description of the calls by plain HTTP, as OpenAPI 3.1."""

from __future__ import annotations

from typing import Any

import animegan
from animegan.page.serving.limits import DRAW_PATH
from animegan.page.settings import ON_PAGE, PageSetting
from animegan.styles.lookup import list_styles

KINDS = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
"""Kind of file → its media type."""
REFUSALS = {
    "400": "There is no photo, or it cannot be fetched, or the form is broken.",
    "413": "The photo has too many bytes or pixels.",
    "415": "It is no picture that can be read, or no form.",
    "422": "A field or its value cannot be, or the photo is too small.",
    "429": "The caller has too many drawings waiting.",
    "500": "It failed for a reason that nobody foresaw.",
    "503": "All places are taken, or what draws is not there.",
}
_TYPES = {str: "string", bool: "boolean", float: "number"}


def schema(allow_urls: bool, root_path: str = "") -> dict[str, Any]:
    """The document; ``root_path`` is where a proxy serves the page."""
    refusal = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    refusals = {status: {"description": what, "content": refusal} for status, what in REFUSALS.items()}
    drawing = {media: {"schema": {"type": "string", "format": "binary"}} for media in KINDS.values()}
    draw = {
        "operationId": "draw",
        "summary": "Draw a photo.",
        "description": "The kind of file is that of the field 'format', else that of the header Accept, else PNG.",
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _form(allow_urls)}}},
        "responses": {"200": {"description": "The drawing, without metadata.", "content": drawing}, **refusals},
    }
    status = {"application/json": {"schema": {"type": "object", "properties": {"status": {"type": "string"}}}}}
    health = {
        "operationId": "health",
        "summary": "Whether the models are loaded.",
        "responses": {
            "200": {"description": "They are.", "content": status},
            "503": {"description": "Not yet.", "content": status},
        },
    }
    text = {"type": "string"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "animegan", "version": animegan.__version__, "description": "A photo becomes anime."},
        "servers": [{"url": root_path or "/"}],
        "paths": {DRAW_PATH: {"post": draw}, "/healthz": {"get": health}},
        "components": {
            "schemas": {
                "Refusal": {
                    "type": "object",
                    "required": ["code", "message"],
                    "properties": {
                        "code": {**text, "description": "What kind of error it is, such as not-a-photo."},
                        "message": {**text, "description": "One sentence that says what to do."},
                    },
                }
            }
        },
    }


def _form(allow_urls: bool) -> dict[str, Any]:
    """The fields of a request."""
    photo = {"type": "string", "format": "binary", "description": "JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF."}
    url = {"type": "string", "format": "uri", "description": "In place of 'photo': its address on the web."}
    kind = {"type": "string", "enum": list(KINDS), "description": "Kind of the file."}
    settings = {name: _field(each) for name, each in ON_PAGE.items()}
    fields = {"photo": photo, **({"url": url} if allow_urls else {}), "format": kind, **settings}
    return {"type": "object", "properties": fields, "required": [] if allow_urls else ["photo"]}


def _field(each: PageSetting) -> dict[str, Any]:
    """One setting."""
    choices = [style.id for style in list_styles()] if each.name == "style" else list(each.choices)
    field = {"type": _TYPES[each.kind], "default": each.default, "description": each.help or each.setting.help}
    if choices:
        field["enum"] = choices
    elif each.kind is float:
        field |= {"minimum": each.setting.low, "maximum": each.setting.high}
    return field
