"""Finds faces, restores them, paints them.

face       `Face`: where it is; `FaceCrop`: the square in which it stands upright
mtcnn      MTCNN (Zhang et al. 2016): all windows of a picture at once
finder     finds faces by it, upright or lying; numbers and chooses them
crops      head-and-shoulders crops around a face
restoring  faces of bad photos, by a network that has seen only faces
painting   face2paint: each face on a canvas of its own, laid into the scene at the size that fits the canvas
"""
