"""A small Hub on loopback: HEAD with ETag and commit, GET with ranges, and every way to go wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CONTENT = b"these are weights" * 50_000
"""What the Hub of most tests has at "owner/repo/weights.bin"."""


class Hub:
    """Files by "owner/repo/name"; what the server does to a request is set by its attributes."""

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self.commit = COMMIT
        self.statuses: list[int] = []
        """Answered first, one after the other, before the Hub behaves."""
        self.token: str | None = None
        self.cut_at: int | None = None
        """Bytes after which the body of every GET breaks off."""
        self.wait = 0.0
        """Seconds before each answer."""
        self.chunk_wait = 0.0
        """Seconds between pieces of a body."""
        self.asked: Counter[str] = Counter()
        """Method → requests that came."""
        self.answered = 0
        """Requests that got an answer."""
        self.repos: dict[str, str] = {}
        """Repositories that were made, with their visibility."""
        self.large_files = True
        """Whether uploads go through Git LFS, as weights do on the real Hub."""
        self._uploads: dict[str, bytes] = {}
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self):
                hub.answer(self, body=False)

            def do_GET(self):
                hub.answer(self, body=True)

            def do_POST(self):
                hub.receive(self)

            def do_PUT(self):
                hub.receive(self)

            def log_message(self, format, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, body: bool) -> None:
        self.asked[request.command] += 1
        time.sleep(self.wait)
        self.answered += 1
        repo, _, rest = request.path.lstrip("/").partition("/resolve/")
        revision, _, name = rest.partition("/")
        content = self.files.get(f"{repo}/{name}")
        if self.statuses:
            return self._fail(request, self.statuses.pop(0))
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return self._fail(request, 401)
        if not any(key.startswith(repo + "/") for key in self.files):
            return self._fail(request, 404, "RepoNotFound")
        if revision not in ("main", self.commit):
            return self._fail(request, 404, "RevisionNotFound")
        if content is None:
            return self._fail(request, 404, "EntryNotFound")
        start = 0
        wanted = request.headers.get("Range", "")
        if body and wanted.startswith("bytes="):
            start = int(wanted[6:].partition("-")[0])
        request.send_response(206 if start else 200)
        request.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        request.send_header("X-Repo-Commit", self.commit)
        request.send_header("Accept-Ranges", "bytes")
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        if not body:
            return None
        end = len(content) if self.cut_at is None else min(len(content), self.cut_at)
        try:
            for at in range(start, end, 65536):
                request.wfile.write(content[at : min(end, at + 65536)])
                time.sleep(self.chunk_wait)
        except OSError:
            pass
        if end < len(content):
            request.close_connection = True
        return None

    def receive(self, request: BaseHTTPRequestHandler) -> None:
        """Take part in an upload: make the repository, take large files by Git LFS, and the commit with the rest."""
        self.asked[request.command] += 1
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        if self.statuses:
            return self._fail(request, self.statuses.pop(0))
        if request.command == "PUT":
            self._uploads[request.path.rpartition("/")[2]] = body
            return self._reply(request, {})
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return self._fail(request, 401)
        path = request.path.partition("?")[0]
        if path.endswith("/commit/main"):
            return self._commit(request, path, body)
        asked = json.loads(body or b"{}")
        if path == "/api/repos/create":
            name = f"{asked['organization']}/{asked['name']}"
            if name in self.repos:
                return self._reply(request, {"url": f"{self.address}/{name}"}, 409)
            self.repos[name] = asked.get("visibility", "public")
            return self._reply(request, {"url": f"{self.address}/{name}"})
        if path.endswith("/preupload/main"):
            files = [{"path": file["path"], "shouldIgnore": False} for file in asked["files"]]
            for file in files:
                is_large = self.large_files and file["path"].endswith(".safetensors")
                file["uploadMode"] = "lfs" if is_large else "regular"
            return self._reply(request, {"files": files})
        if path.endswith("/info/lfs/objects/batch"):
            objects = [
                {"oid": o["oid"], "size": o["size"], "actions": {"upload": {"href": f"{self.address}/lfs/{o['oid']}"}}}
                for o in asked["objects"]
            ]
            return self._reply(request, {"transfer": "basic", "objects": objects})
        return self._reply(request, {})

    def _commit(self, request: BaseHTTPRequestHandler, path: str, body: bytes) -> None:
        """Files that came with the commit, or before it by Git LFS."""
        repo = path.removeprefix("/api/models/").removesuffix("/commit/main")
        for line in body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "file":
                self.files[f"{repo}/{value['path']}"] = base64.b64decode(value["content"])
            elif entry["key"] == "lfsFile":
                self.files[f"{repo}/{value['path']}"] = self._uploads[value["oid"]]
        url = f"{self.address}/{repo}/commit/{self.commit}"
        self._reply(request, {"success": True, "commitOid": self.commit, "commitUrl": url})

    @staticmethod
    def _reply(request: BaseHTTPRequestHandler, values: dict, status: int = 200) -> None:
        body = json.dumps(values).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    @staticmethod
    def _fail(request: BaseHTTPRequestHandler, status: int, code: str | None = None) -> None:
        request.send_response(status)
        if code:
            request.send_header("X-Error-Code", code)
        request.send_header("Content-Length", "0")
        request.end_headers()


class HeldHub(Hub):
    """A Hub that holds back what comes after the first piece of a body until ``go`` is set."""

    def __init__(self):
        self.go = threading.Event()
        self.go.set()
        super().__init__()

    @property
    def chunk_wait(self) -> float:
        self.go.wait(60)
        return 0.0

    @chunk_wait.setter
    def chunk_wait(self, seconds: float) -> None:
        pass
