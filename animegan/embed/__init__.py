"""The page without a server: a folder of static files that draws in the reader's own browser.

    python -m animegan embed site

`folder.write` writes it. What runs in the browser is in ``site``: plain JavaScript modules without a build step.
"""
