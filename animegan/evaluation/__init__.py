"""Measures what the repair and the painting of faces are worth.

- `photos`      one evaluation, photo by photo: what the others share
- `repair`      sharp photos are degraded, drawn, and compared with the drawings of the sharp ones: ``evaluate``;
                photos that are bad already, with and without the repair: ``evaluate --real``
- `faces`       seams, landmarks, what is still a face: ``evaluate-faces``
- `recipes`     the four ways in which sharp photos are degraded

An evaluation yields the pictures of each photo, and its report is a dataclass of plain values.
"""
