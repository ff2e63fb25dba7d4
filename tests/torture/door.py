"""The way to the cloud, and what may happen on it: a TCP forwarder that cuts, resets, stalls and drips.

What it does is drawn for each connection; the bytes that pass are the cloud's and the program's own.
"""

import contextlib
import os
import random
import socket
import threading
import urllib.parse

import fake

# Kind -> weight. Sizes are of a TLS handshake, a request and some replies, so that cuts fall into each.
WEATHER = {"fine": 10, "refused": 1, "silent": 1, "garbage": 1, "drip": 1, "fin_up": 2, "fin_down": 2,
           "rst_up": 2, "rst_down": 2, "stall_up": 1, "stall_down": 1}
BYTES = 6000
DRIP_S = 0.005


class Door:
    def __init__(self, url, seed):
        self.to = urllib.parse.urlsplit(url)
        self.chance = random.Random(seed)
        self.always = None  # a kind that each connection is of
        self.met = set()
        self.open = set()
        self.ended = threading.Event()
        self.swallows = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"{self.to.scheme}://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def lead_to(self, url):
        """From now on to another server; what is open ends."""
        self.to = urllib.parse.urlsplit(url)
        for client in list(self.open):
            self.shut(client)

    def swallow(self):
        """From now on no byte passes either way, and nobody is told."""
        self.always = "silent"
        self.swallows.set()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _address = self.listener.accept()
                kind = self.always or self.chance.choices(list(WEATHER), list(WEATHER.values()))[0]
                self.met.add(kind)
                threading.Thread(target=self.serve, args=(client, kind, self.chance.randrange(BYTES)),
                                 daemon=True).start()

    def serve(self, client, kind, at):
        """One connection; `at`: after so many bytes it happens."""
        with client, contextlib.suppress(OSError):
            if kind == "refused":
                fake.reset(client)
            elif kind == "silent":
                self.ended.wait(30)
            elif kind == "garbage":
                client.sendall(os.urandom(1 + at))
            else:
                self.forward(client, kind, at)

    def forward(self, client, kind, at):
        with socket.create_connection((self.to.hostname, self.to.port)) as cloud:
            self.open.add(client)
            what, _mark, way = kind.partition("_")
            up, down = (what, "fine") if way == "up" else ("fine", what)
            back = threading.Thread(target=self.copy, args=(cloud, client, down, at), daemon=True)
            back.start()
            self.copy(client, cloud, up, at)
            back.join()
            self.open.discard(client)

    def copy(self, source, target, what, at):
        """Bytes one way, until it happens to them."""
        left = at if what in ("fin", "rst", "stall") else None
        with contextlib.suppress(OSError):
            while data := source.recv(64 if what == "drip" else 65536):
                if what == "drip" and self.ended.wait(DRIP_S):
                    return
                if self.swallows.is_set():
                    self.ended.wait(30)
                    return
                target.sendall(data if left is None else data[:left])
                left = None if left is None else left - len(data)
                if left is not None and left <= 0:
                    self.happen(source, target, what)
                    return
        self.shut(target)

    def happen(self, source, target, what):
        if what == "stall":
            self.ended.wait(30)
        if what == "rst":
            fake.reset(source)
            fake.reset(target)
            source.close()
            target.close()
            return
        self.shut(source)
        self.shut(target)

    @staticmethod
    def shut(connection):
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.ended.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
