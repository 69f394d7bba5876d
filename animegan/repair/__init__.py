"""Measures a photo, says what it needs, and does it.

quality  sharpness, noise, light, JPEG's blocks, and the size that the detail fills
damage   boosted trees that tell damaged photos from good ones
plan     from measurements to steps, and the steps carried out
tones    the light and the colours of dark, flat, faded and noisy photos
"""
