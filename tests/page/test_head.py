"""What a link to the page shows, in a chat or a search: our name, picture and icon, in the visitor's language."""

import io
import re

import httpx
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def web(page):
    with httpx.Client(base_url=page.url, timeout=60, headers={"accept-language": "en-GB"}) as web:
        yield web


def said(page: str) -> dict[str, str]:
    """What the page says of itself to other sites; nothing is said twice."""
    metas = re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+|description)" content="([^"]*)"', page)
    assert len(dict(metas)) == len(metas)
    return dict(metas)


@pytest.mark.parametrize(
    ("accepted", "asked", "language", "title"),
    [
        ("en-GB", "", "en", "animegan: a photo becomes anime"),
        ("zh-TW,en;q=0.5", "", "zh", "animegan：照片变成动漫"),
        ("zh-CN", "?lang=ja", "ja", "animegan：写真がアニメになる"),
        ("ja", "?lang=tlh", "ja", "animegan：写真がアニメになる"),
    ],
)
def test_the_head_is_ours_and_in_the_language(web, accepted, asked, language, title):
    page = web.get(f"/{asked}", headers={"accept-language": accepted}).text
    assert re.search(r'<html\s+lang="(\w+)"', page).group(1) == language  # type: ignore[union-attr]
    assert re.findall(r"<title>(.*?)</title>", page) == [title]
    about = said(page)
    assert about["og:title"] == title
    assert about["description"] == about["og:description"]
    assert not re.search("gradio", str(about), re.IGNORECASE)


def test_the_picture_and_the_icon_are_there(web):
    about = said(web.get("/").text)
    picture = Image.open(io.BytesIO(web.get(about["og:image"]).content))
    assert picture.size == (int(about["og:image:width"]), int(about["og:image:height"]))
    icon = web.get("/favicon.ico")
    assert icon.headers["content-type"] == "image/svg+xml"
    assert "f27d9b" in icon.text
    assert web.get("/manifest.json").json()["icons"][0]["type"] == "image/svg+xml"


def test_links_name_the_address_of_a_proxy(web):
    headers = {"x-forwarded-host": "photos.example:8443", "x-forwarded-proto": "https"}
    about = said(web.get("/", headers=headers).text)
    assert about["og:url"] == "https://photos.example:8443/"
    assert about["og:image"] == "https://photos.example:8443/link.jpg"


def test_nobody_writes_into_the_page_by_its_address(web):
    page = web.get('/?lang="><script>alert(1)</script>', headers={"x-forwarded-host": 'a"><b>.example'}).text
    assert "<script>alert(1)" not in page
    assert '"><b>' not in page.partition("<script>window.gradio_config")[0]
