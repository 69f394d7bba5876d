"""The page: the only room that knows gradio. Importing it does nothing; `animegan.page.serving.server` starts it."""
