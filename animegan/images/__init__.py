"""Pixels only, with NumPy and OpenCV: no room below knows a network.

files     load and save photos in every format, privately
  decoding    anything that holds a photo becomes a photo (`photo`), upright
  opening     opens files, also odd ones;  incomplete: reads what is left of a damaged one
  colours     any mode, profile and number becomes 8-bit sRGB;  hdr: so does high dynamic range
  transparency  fills what is hidden; lays a picture on a colour
marks     the program's name in a file, by which drawings are told from photos
metadata  what a drawing may keep of its photo's
naming    what drawings of photos with equal names are called
resize    shrink and enlarge; what a `Picture` is
sizes     the size at which a scene is painted
tiles     cut a large picture into tiles and join them exactly
blend     join pictures: Poisson cloning, guided filter, feathered masks
tones     spread the tones of a dull picture and bring its drawing back
patterns  screentone and paper, laid over a finished drawing
sheets    several pictures on one sheet
metrics   PSNR, SSIM, strength of lines, flatness, seams
"""
