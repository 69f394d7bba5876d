"""Write the pictures of the embedded page that shops and browsers show before it is installed as an app.

    python -m animegan embed site
    python -m examples.make_screenshots site

It needs requirements-dev.txt and Chromium.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from animegan.embed.app import SCREENSHOTS
from animegan.embed.contents import SITE
from animegan.examples import FOLDER
from benchmarks.embed import ARGUMENTS, served
from tests.support.browser import SHELL

PHOTO = FOLDER / "5-chelsea.jpg"


def main(site: Path) -> None:
    """Draw a photo on the page, once on a computer and once on a telephone, whose pixels are twice as fine."""
    with served(site, {}) as (address, _), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=SHELL, args=ARGUMENTS)
        for form, (width, height) in SCREENSHOTS.items():
            scale = 2 if form == "narrow" else 1
            tab = chromium.new_page(
                viewport={"width": width // scale, "height": height // scale},
                device_scale_factor=scale,
                has_touch=form == "narrow",
                reduced_motion="reduce",
                locale="en-GB",
            )
            tab.goto(address)
            tab.set_input_files("#photo", PHOTO)
            tab.locator("body[data-state=done]").wait_for(timeout=600_000)
            tab.add_style_tag(content="#status, #language { visibility: hidden }")  # this machine's time, and fonts
            tab.wait_for_timeout(1000)  # until the pictures have faded into each other
            picture = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
            picture.save(SITE / "app" / f"{form}.webp", quality=82, method=6)
        chromium.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
