"""The way of a photo.

pipeline  `Pipeline`: what callers use
cache     what each stage made of a photo, for the next style or setting
progress  how far a run is, and how long each stage took
result    the finished picture and how it was made
models    loaded networks
worker    the one thread on which networks run
"""
