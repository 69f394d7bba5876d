"""A clip becomes anime: frame by frame, steady, with its sound.

    from animegan import video

    clip = video.probe("clip.mp4")
    result = video.stylize_video("clip.mp4", "anime.mp4", style="anime", end=10.0)

It needs PyAV: ``pip install 'animegan[video]'``. Importing this is cheap: PyAV, torch and OpenCV are imported when they
are first needed.
"""

from animegan.video.clips import Clip
from animegan.video.kinds import SUFFIXES
from animegan.video.opening import preview, probe
from animegan.video.result import VideoResult
from animegan.video.run import draw_preview, stylize_video

__all__ = ["SUFFIXES", "Clip", "VideoResult", "draw_preview", "preview", "probe", "stylize_video"]
