"""A user's server for tests: answers like one, and runs the Python text that is posted to it."""

import contextlib
import io
import os
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlparse


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.reply("here")

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            try:
                exec(text, {})
            except BaseException:
                print(traceback.format_exc())
        self.reply(out.getvalue())

    def reply(self, words):
        body = words.encode()
        self.send_response(200)
        self.send_header("X-JupyterHub-Version", "6.1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


address = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
ThreadingHTTPServer((address.hostname, address.port), Handler).serve_forever()
