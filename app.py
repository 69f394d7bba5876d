"""The door: what a Hugging Face Space and ``python app.py`` run. The page is in `animegan.page`."""

from animegan.page.__main__ import run

if __name__ == "__main__":
    run()
