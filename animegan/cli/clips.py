"""Which clips are drawn, and where each drawing goes. All of it is checked before the first one is drawn."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from animegan.cli.found import natural_key
from animegan.cli.targets import check_target
from animegan.errors import AnimeganError, BadOptionError, OutputNotWritableError, VideoNotFoundError, shown
from animegan.images.files import unreadable_folder
from animegan.images.naming import drawings_of, free
from animegan.video.kinds import READ_SUFFIXES, kind_of


@dataclass
class ClipPlan:
    """All that is to be done."""

    jobs: list[tuple[Path, Path]] = field(default_factory=list)
    """Clips, each with the file to write."""
    problems: list[AnimeganError] = field(default_factory=list)
    """What cannot be drawn: the others are drawn all the same."""
    skipped: int = 0
    """Clips whose drawing is there already."""
    no_clips: int = 0
    """Files in folders that are no clips, or drawings of this program."""
    many: bool = False
    """Whether drawings go to a folder."""


def plan(sources: Sequence[str], out: str, slug: str, skip_existing: bool = False, overwrite: bool = False) -> ClipPlan:
    """Plan what to draw, and where to. Nothing is made or written.

    Args:
        sources: clips, or folders of clips; they are drawn in natural order.
        out: a file for one clip, or a folder.
        slug: what the style is called in the names of files in a folder.
        skip_existing: leave out clips whose drawing is there.
        overwrite: also replace files that this program did not write.

    Raises:
        BadOptionError: there are several clips for one file.
        OutputNotWritableError: no clip can have that name.
    """
    from animegan.video.mark import is_ours

    done = ClipPlan(many=os.path.isdir(out) or out.endswith(("/", os.sep)) or not Path(out).suffix)
    clips: list[Path] = []
    for source in sources:
        clips += _clips_in(Path(source), done) if os.path.isdir(source) else [Path(source)]
    clips = sorted(dict.fromkeys(clips), key=natural_key)
    if not done.many:
        kind_of(Path(out))
        if len(clips) + len(done.problems) > 1:
            raise BadOptionError(
                "{count} clips do not fit in the one file '{out}': name a folder with -o.",
                count=len(clips) + len(done.problems),
                out=shown(out),
            )
    targets = _targets(clips, Path(out), slug) if done.many else [Path(out)] * len(clips)
    for clip, target in zip(clips, targets, strict=True):
        if skip_existing and os.path.exists(target):
            done.skipped += 1
            continue
        try:
            check_target(target, overwrite, is_ours)
            done.jobs.append((clip, target))
        except OutputNotWritableError as error:
            if not done.many:
                raise
            done.problems.append(error)
    return done


def _targets(clips: Sequence[Path], folder: Path, slug: str) -> list[Path]:
    """The file for each clip's drawing; the next run finds the same ones."""
    from animegan.video.mark import is_ours

    groups: dict[str, list[Path]] = {}
    for clip in clips:
        groups.setdefault(clip.stem.casefold(), []).append(clip)
    named: dict[Path, Path] = {}
    for group in groups.values():
        files = drawings_of(group, lambda name: folder / f"{name}-{slug}.mp4", is_ours, dot="-")
        named |= zip(group, files, strict=True)
    taken: set[str] = set()
    return [free(named[clip], taken) for clip in clips]


def _clips_in(folder: Path, done: ClipPlan) -> list[Path]:
    """Return the clips in a folder, but for hidden ones and drawings of this program."""
    from animegan.video.mark import is_ours

    try:
        files = [path for path in folder.iterdir() if not path.name.startswith(".") and path.is_file()]
    except OSError as error:
        done.problems.append(unreadable_folder(str(folder), error))
        return []
    clips = [path for path in files if path.suffix.lower() in READ_SUFFIXES and not is_ours(path)]
    done.no_clips += len(files) - len(clips)
    if not clips:
        done.problems.append(
            VideoNotFoundError("There is no clip in the folder '{folder}': name another.", folder=shown(folder))
        )
    return clips
