"""The page: the only room that knows Gradio. Importing it does nothing; `animegan.page.serving.server` starts it.

layout          the whole page: title, tabs, footer
tabs/           one file a tab: its components and its events
settings        the table of settings that the page and the API have
events          how events run, and who triggers one
widgets         what several tabs share: words, lists of choices, the pictures of styles
captions        what is said of a style and of a result
downloads       the kinds of file in which a result can be had
theme           colours and fonts, with page.css, page.js and screen.js (what stays in view, and what comes in)
api             the three calls of programs
gradio_private  what Gradio has no public way for
serving/        what happens behind: the server, runs, turns, sessions, limits, cameras

The way of a click: an event of a tab asks `serving.runs` for a turn, `serving.turns` says whose it is, the pipeline
draws, and the event returns what its components show. What a visitor sent or got is kept by `serving.sessions`.
"""
