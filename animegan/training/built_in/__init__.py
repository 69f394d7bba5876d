"""How the built-in weights were made; MODEL_CARD.md has the commands and figures of each.

- `data`        photographs, which are kept out, the views of them, and the target's drawings in a cache
- `distill`     a small network learns to draw what a target draws
- `restore`     the restorer learns to undo what `degrade` and `compound` did to good photos
- `enlarge`     the enlarger learns from drawings, painted small, and a teacher's at twice their size
- `drawn_faces/` draws faces as anime from landmarks, for a network to learn
- `degrade`     what one bad camera does, at random; and the blurs, noise and JPEG that both share
- `compound`    several rounds of damage, as of a photo that is sent, enlarged and sent again
- `validation`  figures and a sheet of the photographs that were kept out
- `quality`     fits the trees that tell damaged photos from good ones
- `average`     the mean of several networks

Commands: `animegan.training.__main__`.
"""
