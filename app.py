"""The door: what a Hugging Face Space and ``python app.py`` run. The page is in `animegan.page`."""

from animegan.__main__ import page

if __name__ == "__main__":
    page()
