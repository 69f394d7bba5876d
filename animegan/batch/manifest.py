"""What was made of each photo: a folder of Parquet files, one row a photo."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

from animegan.batch.places import Place
from animegan.errors import OutputNotWritableError, shown
from animegan.storage import not_writable, why

MANIFEST = "manifest"
"""The folder of all manifests, below that of the drawings."""
QUALITY = ("sharpness", "noise", "grain", "contrast", "detail", "exposure", "highlights", "blockiness")
"""The measures of `animegan.repair.plan.Quality`."""
SCHEMA = pa.schema(
    [
        pa.field("input", pa.string(), nullable=False),
        ("output", pa.string()),
        ("hash", pa.string()),
        pa.field("bytes", pa.int64(), nullable=False),
        ("style", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("faces", pa.int32()),
        ("frames", pa.int32()),
        ("quality", pa.struct([(name, pa.float32()) for name in QUALITY])),
        ("seconds", pa.float32()),
        ("error", pa.string()),
        ("notes", pa.string()),
        pa.field("finished", pa.timestamp("ms", tz="UTC"), nullable=False),
    ]
)
"""``input`` and ``output`` are relative to IN and OUT; ``hash`` is the SHA-256 of the photo's file and ``bytes`` its
length; ``width`` and ``height`` are the drawing's, in pixels; ``faces`` is how many were painted on their own;
``frames`` is how many a clip has, None for a photo; ``seconds`` is the time from reading the photo to writing its
drawing; ``error`` is None where all went well; ``notes`` says what a person should know of a drawing, such as that its
photo's file is cut off. A row with neither an output nor an error is that of a drawing of this program, which is left
out."""

Row = dict[str, Any]
"""The values of `SCHEMA` by name."""


class Manifest:
    """The rows of one run. Workers add parts to it; the process that began the run tidies them up.

    A part is written again while it grows, under one name, so that a worker which dies leaves what it has done, and the
    one that takes its place goes on behind it. All raise `OutputNotWritableError` where the place does not allow it, or
    a file of the manifest is broken.
    """

    def __init__(self, out: Place, run: str):
        """``run`` is the run's name in the place ``out``."""
        self.out = out
        self.folder = f"{MANIFEST}/{run}"

    def table(self, columns: list[str] | None = None) -> pa.Table:
        """All rows, one a photo: where a photo has several, the last."""
        return _one_each(self._all(columns and [*{*columns, "input", "finished"}])).select(columns or SCHEMA.names)

    def add(self, part: str, rows: Iterable[Row]) -> None:
        """Write a part, or write it again with more rows."""
        self._write(part, pa.Table.from_pylist(list(rows), SCHEMA))

    def part(self, part: str) -> list[Row]:
        """The rows of a part; none: nobody has written it."""
        path = f"{self.folder}/{part}.parquet"
        if self.out.kind(path) is not fs.FileType.File:
            return []
        return pq.read_table(io.BytesIO(self.out.read(path)), schema=SCHEMA).to_pylist()

    def tidy(self, name: str, without: Iterable[str] = ()) -> None:
        """Join all parts to one file of this name, with one row a photo, but none of the photos ``without``."""
        parts = self._files()
        gone = pa.array(list(without), pa.string())
        if len(parts) < 2 and not len(gone):
            return
        table = _one_each(self._all())
        missing = pc.call_function("invert", [pc.call_function("is_in", [table["input"]], pc.SetLookupOptions(gone))])
        table = table.filter(missing).sort_by("input")
        if table.num_rows:
            self._write(name, table)
        for path in parts:
            if path != self.out.path(f"{self.folder}/{name}.parquet") or not table.num_rows:
                self.out.delete(path.removeprefix(f"{self.out.root}/"))

    def _write(self, name: str, table: pa.Table) -> None:
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd")
        try:
            self.out.write(f"{self.folder}/{name}.parquet", buffer.getbuffer())
        except OSError as error:
            raise not_writable(self.out.address, error) from error

    def _files(self) -> list[str]:
        selector = fs.FileSelector(self.out.path(self.folder), allow_not_found=True)
        try:
            infos = self.out.system.get_file_info(selector)
        except OSError as error:
            raise self._unreadable(error) from error
        files = (info for info in infos if info.type is fs.FileType.File and not info.base_name.startswith("."))
        return [info.path for info in files if info.extension == "parquet"]

    def _unreadable(self, error: Exception) -> OutputNotWritableError:
        return OutputNotWritableError(
            "The manifest in '{folder}' cannot be read ({why}): "
            "remove its broken file, or name another place for the drawings.",
            folder=shown(self.out.path(self.folder)),
            why=why(error),
        )

    def _all(self, columns: list[str] | None = None) -> pa.Table:
        files = self._files()
        if not files:
            return SCHEMA.empty_table().select(columns or SCHEMA.names)
        try:
            found = ds.dataset(files, schema=SCHEMA, filesystem=self.out.system, format="parquet")
            return found.to_table(columns=columns)
        except (OSError, pa.ArrowException) as error:
            raise self._unreadable(error) from error


def _one_each(table: pa.Table) -> pa.Table:
    """The last row of each photo."""
    ordered = table.sort_by("finished")
    numbered = ordered.append_column("number", pa.array(range(ordered.num_rows), pa.int64()))
    last = numbered.select(["input", "number"]).group_by("input").aggregate([("number", "max")])["number_max"]
    return ordered.take(last)
