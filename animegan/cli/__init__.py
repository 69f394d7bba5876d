"""The command line: a file a command; `animegan.__main__` puts them together.

stylize, video, batch          draw photos, a clip, folders of any size
watch, raw                     draw photos as they arrive in a folder; raw frames of a pipe, for video
styles, style, train           list styles; look at a style file, or push it; train one
export, embed, page            a network for other programs; a page without a server; the page
evaluate                       measure the repair, and how faces are painted
settings                       options of the command line out of `animegan.options`, and those that commands share
found, jobs, targets           which photos there are; where drawings go; checks of what is to be written
output                         what commands print; an error is one sentence and exit code 2
"""
