"""A clip becomes anime: frame by frame, steady, with its sound. See docs/video.md.

    opening        opens a file, measures it, shows one frame
      reading        what all clips share: moments, each with its time; a part; fewer of them
      film           videos by FFmpeg: container (open, packets, decode), stamps (when a frame is shown), convert (a
                     frame to a picture), dolby (what cannot be shown)
      animations     GIF, WebP and PNG by Pillow
    request        what was asked for, checked;  clips: what a clip is, what is wrong with one
    run            the way of a clip: read, draw, write, each in its own threads;  threads
      motion         where each pixel was in the frame before; cuts
      steady         averages the clip, and what was added to it, along its motion
      drawing        draws a frame by the stages of a photo;  planning: its repair, once for the clip
      tracking       follows faces from frame to frame
      outputs        where drawings go: into the file, or first into pieces (a stopped run goes on), then joining
      writing        encodes pictures and times;  kinds: of files;  ending: of animations;  mark: of our own clips
      tracks         brings sound, subtitles and chapters along, each of its streams by streams
    result         what a caller gets
    pipe           raw frames one by one, without files

It needs PyAV: ``pip install 'animegan[video]'``. Importing this is cheap: PyAV, torch and OpenCV come when needed.
"""

from animegan.video.clips import Clip
from animegan.video.kinds import SUFFIXES
from animegan.video.opening import preview, probe
from animegan.video.result import VideoResult
from animegan.video.run import draw_preview, stylize_video

__all__ = ["SUFFIXES", "Clip", "VideoResult", "draw_preview", "preview", "probe", "stylize_video"]
