"""A small reverse proxy on loopback that serves another server under a path, as nginx would."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"}


class Proxy:
    """Serves what is at ``target`` under ``path`` on a port of its own; whatever is not under it is not there."""

    def __init__(self, target: str, path: str):
        self._target, self.path = urlsplit(target), path
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"  # the end of an answer is the end of its connection

            def do_GET(self):
                proxy._pass_on(self)

            do_POST = do_HEAD = do_GET  # noqa: N815

            def log_message(self, format, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{self.path}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _pass_on(self, request: BaseHTTPRequestHandler) -> None:
        if not request.path.startswith(f"{self.path}/"):
            request.send_error(404)
            return
        connection = http.client.HTTPConnection(str(self._target.hostname), self._target.port, timeout=60)
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP}
        connection.request(request.command, request.path.removeprefix(self.path), body or None, headers)
        answer = connection.getresponse()
        request.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP:
                request.send_header(name, value)
        request.end_headers()
        try:
            while chunk := answer.read1(65536):  # as it comes: progress is a stream
                request.wfile.write(chunk)
                request.wfile.flush()
        except OSError:
            pass  # the browser has gone
        finally:
            connection.close()
