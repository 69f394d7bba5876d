"""Draws a face as anime from a photo and landmarks: the target from which our own network for faces learns.

It runs only to label photos. Landmarks come from MediaPipe, which is no dependency of the project.

- `compose`   the whole drawing, in its order: tones, features, ink
- `measured`  landmarks and the person's mask; the only module that imports MediaPipe
- `geometry`  the parts of the mesh, the face's axes, curves, and the warp that makes eyes larger
- `regions`   which pixels are skin, hair, beard, covered; the mask of the head
- `palette`   the person's own colours: skin, irises, lips, ink; the side of the light
- `tones`     skin, hair and beard in flat tones
- `eyes`, `features`, `glasses`  what is drawn anew: eyes; brows, nose and mouth; rims and lenses
- `lines`     jaw, outlines, ears, wrinkles, moles
- `canvas`    shapes and strokes with smooth edges; lines traced from a photo
- `irises`    eyes of other colours for the photos, which show few
- `pairs`     photo, drawing and mask of each face of a folder
"""
