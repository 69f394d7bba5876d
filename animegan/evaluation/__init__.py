"""What the repair and the painting of faces are worth, measured on a folder of photos."""
