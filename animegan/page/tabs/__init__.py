"""The tabs of the page: each file has the components of one, and its events.

draw       one photo: choose, draw, change, download; draw_events is what happens then
gallery    that photo in every style, and a sheet of them
video      a clip, or a part of it
live       the camera; live.html and live.js are its part in the browser
own_style  a style of one's own from pairs; only where visitors may train
elsewhere  code to copy: an iframe, a component, a call from Python; snippets.js fills in the address
"""
