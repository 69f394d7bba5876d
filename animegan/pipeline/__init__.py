"""The way of a photo: painted small, faces laid in, the whole enlarged by a network for drawings.

pipeline  `Pipeline`: what callers use
stages    the stages in their order
cache     what each stage made of a photo, for the next style or setting
progress  how far a run is, and how long each stage took
result    the finished picture and how it was made
models    loaded networks
tools     what every stage is handed: the models, the clock
worker    the one thread on which networks run
"""
