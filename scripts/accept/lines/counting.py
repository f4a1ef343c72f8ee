"""An HTTP server on loopback that counts effects: the oracle of what was made, and how often."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class CountingServer:
    """Counts requests ``/effect/ORDER/STEP`` and ``/service/STEP``; the latter name their order in the body."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: The idempotency keys of each (order, step), one for each request.
        self._keys: dict[tuple[int, int], list[str]] = defaultdict(list)
        #: Of the next effect of this (order, step) the answer is held back until `release`.
        self._held: tuple[int, int] | None = None
        self.holding = threading.Event()
        self._released = threading.Event()
        counting = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                counting.answer(self, body)

            def log_message(self, *words: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, request, client_address) -> None:
                pass  # a client that was killed

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self) -> CountingServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        kind, *numbers = handler.path.strip("/").split("/")
        if kind == "effect":
            order, step = map(int, numbers)
        else:
            order, step = json.loads(body)["inputs"][0]["payload"]["key"], int(numbers[0])
        with self._lock:
            self._keys[order, step].append(handler.headers["Idempotency-Key"])
            count = len(self._keys[order, step])
            is_held = self._held == (order, step)
        if is_held:
            self.holding.set()
            self._released.wait(20)
        if kind == "effect":
            answer = str(count)
        else:
            kind = "receipt" if step == 5 else f"order-{step}"
            answer = json.dumps({"publish": [{"type": kind, "payload": {"key": order}}]})
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(answer)))
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        handler.wfile.write(answer.encode())

    def hold(self, order: int, step: int) -> None:
        """The effect is made and counted, and its maker does not hear of it."""
        with self._lock:
            self._held = (order, step)
        self.holding.clear()
        self._released.clear()

    def release(self) -> None:
        with self._lock:
            self._held = None
        self._released.set()

    def keys(self, order: int, step: int) -> list[str]:
        with self._lock:
            return list(self._keys[order, step])
