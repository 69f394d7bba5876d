"""A bucket on loopback: as much of S3 as pyarrow's client asks for. It checks no signatures."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4
from xml.sax.saxutils import escape

import pytest

BUCKET = "bucket"


class Store:
    """Its files, and its server."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        store = self

        class Handler(_Handler):
            """Of this store."""

        Handler.store = store
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def address(self, folder: str) -> str:
        """The address of a folder in the bucket, for pyarrow."""
        port = self._server.server_address[1]
        return f"s3://key:secret@{BUCKET}/{folder}?endpoint_override=127.0.0.1:{port}&scheme=http&region=us-east-1"

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which an address without parameters leads here."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._server.server_address[1]}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }

    @property
    def names(self) -> list[str]:
        """Its files, without the marks that pyarrow makes for folders."""
        return sorted(name for name in self.files if not name.endswith("/"))

    def close(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store

    def _asked(self) -> tuple[str, dict[str, str], bytes]:
        address = urlsplit(self.path)
        bucket, _, key = unquote(address.path).lstrip("/").partition("/")
        assert bucket == BUCKET
        query = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = self._chunks()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "aws-chunked" in (self.headers.get("Content-Encoding") or ""):
            body = _unchunked(body)
        return key, query, body

    def _chunks(self) -> bytes:
        body = b""
        while length := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(length)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, status: int, body: bytes | str = b"", **headers: Any) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        if "Content_Length" not in headers and status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _say(self, what: str, **values: str) -> None:
        inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
        self._answer(200, f'<?xml version="1.0" encoding="UTF-8"?>\n<{what}>{inside}</{what}>', Content_Type="text/xml")

    def do_HEAD(self) -> None:
        key, _, _ = self._asked()
        if key and key not in self.store.files:
            self._answer(404)
        else:
            size = len(self.store.files.get(key, b""))
            self._answer(200, Content_Length=size, Last_Modified="Thu, 01 Jan 2026 00:00:00 GMT", ETag='"1"')

    def do_GET(self) -> None:
        key, query, _ = self._asked()
        if not key:
            self._list(query)
        elif key not in self.store.files:
            self._answer(404, "<Error><Code>NoSuchKey</Code><Message>There is none.</Message></Error>")
        else:
            data, span = self.store.files[key], self.headers.get("Range")
            if span:
                first, _, last = span.removeprefix("bytes=").partition("-")
                end = min(len(data) - 1, int(last or len(data)))
                part = data[int(first) : end + 1]
                self._answer(206, part, Content_Range=f"bytes {first}-{end}/{len(data)}", ETag='"1"')
            else:
                self._answer(200, data, ETag='"1"')

    def _list(self, query: dict[str, str]) -> None:
        prefix, mark = query.get("prefix", ""), query.get("delimiter", "")
        folders, files = set(), []
        for key in sorted(self.store.files):
            if not key.startswith(prefix):
                continue
            rest = key[len(prefix) :]
            if mark and mark in rest:
                folders.add(prefix + rest.partition(mark)[0] + mark)
            else:
                files.append(key)
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.store.files[key])}</Size>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>1</ETag></Contents>"
            for key in files
        )
        common = "".join(
            f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>" for name in sorted(folders)
        )
        count = f"<KeyCount>{len(files) + len(folders)}</KeyCount><IsTruncated>false</IsTruncated>"
        self._answer(200, f"<ListBucketResult><Name>{BUCKET}</Name>{count}{contents}{common}</ListBucketResult>")

    def do_PUT(self) -> None:
        key, query, body = self._asked()
        if "uploadId" in query:
            self.store.uploads[query["uploadId"]][int(query["partNumber"])] = body
        elif key:
            self.store.files[key] = body
        self._answer(200, ETag='"1"')

    def do_POST(self) -> None:
        key, query, body = self._asked()
        if "uploads" in query:
            name = uuid4().hex
            self.store.uploads[name] = {}
            self._say("InitiateMultipartUploadResult", Bucket=BUCKET, Key=key, UploadId=name)
        elif "uploadId" in query:
            parts = self.store.uploads.pop(query["uploadId"])
            self.store.files[key] = b"".join(parts[number] for number in sorted(parts))
            self._say("CompleteMultipartUploadResult", Bucket=BUCKET, Key=key, ETag='"1"')
        else:
            for gone in body.decode().split("<Key>")[1:]:
                self.store.files.pop(gone.partition("</Key>")[0], None)
            self._say("DeleteResult")

    def do_DELETE(self) -> None:
        key, query, _ = self._asked()
        if "uploadId" in query:
            self.store.uploads.pop(query["uploadId"], None)
        else:
            self.store.files.pop(key, None)
        self._answer(204)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _unchunked(body: bytes) -> bytes:
    """The content of what the client sent in chunks with signatures of their own."""
    content = b""
    while body:
        line, _, body = body.partition(b"\r\n")
        length = int(line.split(b";")[0] or b"0", 16)
        if not length:
            break
        content, body = content + body[:length], body[length + 2 :]
    return content


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty bucket."""
    store = Store()
    yield store
    store.close()
