/// A server whose behaviour the path names. It prints its ports and ends when its standard input closes.
let loopbackServerScript = #"""
  import http.server, os, select, shutil, socket, ssl, struct, subprocess, sys, tempfile, threading

  state = threading.Condition()
  counts, gone, blocked, opened = {}, set(), {}, set()
  PATTERN = bytes(i % 251 for i in range(251 * 256))

  def note(change):
      with state:
          change()
          state.notify_all()

  class Handler(http.server.BaseHTTPRequestHandler):
      protocol_version = "HTTP/1.1"
      disable_nagle_algorithm = True

      def log_message(self, *arguments):
          pass

      def answer(self, body, status=200, headers=()):
          body = body if isinstance(body, bytes) else body.encode()
          self.send_response(status)
          for name, value in headers:
              self.send_header(name, value)
          self.send_header("Content-Length", str(len(body)))
          self.end_headers()
          if self.command != "HEAD":
              self.wfile.write(body)

      def when(self, condition):
          with state:
              reached = state.wait_for(condition, timeout=20)
          return reached

      def count(self, token):
          note(lambda: counts.__setitem__(token, counts.get(token, 0) + 1))

      def watch(self, token):
          try:
              while self.connection.recv(1024):
                  pass
          except OSError:
              pass
          note(lambda: gone.add(token))
          self.close_connection = True

      def chunk(self, data):
          self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

      def run(self):
          body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
          path, _, query = self.path.partition("?")
          words = path.strip("/").split("/")
          kind, token = words[0], words[-1]
          getattr(self, "on_" + kind.replace("-", "_"))(token, query, body)

      do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = run

      def on_echo(self, token, query, body):
          self.answer(body, headers=[("X-Method", self.command), ("X-Two", "a"), ("X-Two", " b ")])

      def on_headers(self, token, query, body):
          lines = [self.requestline] + ["%s: %s" % field for field in self.headers.items()]
          self.answer("\n".join(lines))

      def on_status(self, token, query, body):
          self.answer("status " + token, status=int(token))

      def on_hang(self, token, query, body):
          self.count(token)
          self.watch(token)

      def on_hang_body(self, token, query, body):
          self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
          self.count(token)
          self.watch(token)

      def on_gated(self, token, query, body):
          self.count(token)
          self.when(lambda: token in opened)
          self.answer("through")

      def on_gated_events(self, token, query, body):
          self.send_response(200)
          self.send_header("Content-Type", "text/event-stream; charset=utf-8")
          self.send_header("Transfer-Encoding", "chunked")
          self.end_headers()
          self.chunk(b"data: first\n\n")
          self.when(lambda: token in opened)
          self.chunk(b"data: second\n\n")
          self.chunk(b"")

      def on_go(self, token, query, body):
          note(lambda: opened.add(token))
          self.answer("")

      def on_arrived(self, token, query, body):
          self.answer("", status=200 if self.when(lambda: token in counts) else 504)

      def on_gone(self, token, query, body):
          self.answer("", status=200 if self.when(lambda: token in gone) else 504)

      def on_count(self, token, query, body):
          self.answer(str(counts.get(token, 0)))

      def on_once(self, token, query, body):
          self.count(token)
          if counts[token] == 1:
              self.answer("first")
          else:
              self.close_connection = True

      def on_flood(self, token, query, body):
          total = int(query)
          self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
          self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % total)
          sent = 0
          self.connection.setblocking(False)
          while sent < total:
              if not select.select([], [self.connection], [], 0.5)[1]:
                  note(lambda: blocked.setdefault(token, sent))
                  select.select([], [self.connection], [])
              start = sent % len(PATTERN)
              sent += self.connection.send(PATTERN[start:start + total - sent])
          self.connection.setblocking(True)

      def on_blocked(self, token, query, body):
          self.answer(str(blocked[token]) if self.when(lambda: token in blocked) else "-1")

      def on_cut(self, token, query, body):
          self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
          self.close_connection = True

      def on_cut_head(self, token, query, body):
          self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")
          self.close_connection = True

      def on_close(self, token, query, body):
          self.close_connection = True

      def on_reset(self, token, query, body):
          self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
          self.connection.close()
          self.close_connection = True

      def on_garbage(self, token, query, body):
          self.wfile.write(b"220 mail.example.org ready\r\n")
          self.close_connection = True

      def on_redirect(self, token, query, body):
          self.answer("moved", status=int(token), headers=[("Location", query)])

      def on_wide(self, token, query, body):
          self.answer("", headers=[("X-Wide", "w" * 1000)] * int(token))

      def on_interim(self, token, query, body):
          self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
          self.answer("final")

      def on_trailer(self, token, query, body):
          self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
          self.wfile.write(b"4\r\nbody\r\n0\r\nX-Late: yes\r\n\r\n")

      def on_unmeasured(self, token, query, body):
          self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
          try:
              while True:
                  self.chunk(PATTERN)
          except OSError:
              note(lambda: gone.add(token))
              self.close_connection = True

      def on_pieces(self, token, query, body):
          size = int(token)
          self.send_response(200)
          self.send_header("Content-Type", "text/event-stream")
          self.send_header("Transfer-Encoding", "chunked")
          self.end_headers()
          for start in range(0, len(body), size):
              self.chunk(body[start:start + size])
          self.chunk(b"")

  class Server(http.server.ThreadingHTTPServer):
      request_queue_size = 512
      daemon_threads = True

      def handle_error(self, request, address):
          pass

  def serve(context=None):
      server = Server(("127.0.0.1", 0), Handler)
      if context:
          server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
      threading.Thread(target=server.serve_forever, daemon=True).start()
      return server.server_address[1]

  def silent(listens):
      bound = socket.socket()
      bound.bind(("127.0.0.1", 0))
      if listens:
          bound.listen(0)
          for _ in range(4):
              filler = socket.socket()
              filler.setblocking(False)
              filler.connect_ex(bound.getsockname())
              kept.append(filler)
      kept.append(bound)
      return bound.getsockname()[1]

  kept = []
  folder = tempfile.mkdtemp()
  certificate, secure = os.path.join(folder, "certificate.pem"), 0
  if shutil.which("openssl"):
      key = os.path.join(folder, "key.pem")
      subprocess.run(
          ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
           "-subj", "/CN=loopback", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
          check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
      context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
      context.load_cert_chain(certificate, key)
      secure = serve(context)
  print(serve(), serve(), silent(False), silent(True), secure, certificate, flush=True)
  sys.stdin.buffer.read()
  shutil.rmtree(folder)
  """#
