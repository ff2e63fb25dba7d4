"""A cloud of a few gateways that answers byte by byte as a test wants: what no real server would ever say.

Plain HTTP on loopback. Reads are answered well; what an update call meets is the script of its gateway: a list of
functions, one for each call, that get the connection and the fake, and say whether the connection lives on.
"""

import collections
import json
import re
import socket
import struct
import threading
import urllib.parse

OLD, NEW = "2.3.0", "2.4.0"
LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)
NONCE = re.compile(rb"^x-acs-signature-nonce:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
ACTION = re.compile(rb"^x-acs-action:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


def response(body, status="200 OK", *headers, kind="application/json"):
    """A whole reply."""
    body = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def reset(connection):
    """Ends the connection with a RST instead of a FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Fake:
    def __init__(self, gateways):
        self.version = {gateway_id: OLD for gateway_id in gateways}
        self.script = collections.defaultdict(list)
        self.updates = collections.defaultdict(list)  # gateway -> nonces, in the order of arrival
        self.nonces = collections.Counter()
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.connections = set()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def inventory(self):
        return "gateway_id,region,serial\n" + "".join(f"{id},cn-shanghai,{self.serial(id)}\n" for id in self.version)

    @staticmethod
    def serial(gateway_id):
        return gateway_id.replace("-", "")

    def close(self):
        self.ended.set()
        self.listener.close()
        with self.lock:
            for connection in self.connections:
                connection.close()

    def accept(self):
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections.add(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        buffered = b""
        try:
            while True:
                request, buffered = self.take(connection, buffered)
                if request is None or not self.answer(connection, request):
                    break
        except OSError:
            pass
        finally:
            with self.lock:
                self.connections.discard(connection)
            connection.close()

    @staticmethod
    def take(connection, buffered):
        """One whole request, and what came behind it."""
        while True:
            head, mark, rest = buffered.partition(b"\r\n\r\n")
            if mark:
                found = LENGTH.search(head)
                length = int(found.group(1)) if found else 0
                if len(rest) >= length:
                    return head + mark + rest[:length], rest[length:]
            more = connection.recv(65536)
            if not more:
                return None, b""
            buffered += more

    def answer(self, connection, request):
        head, _mark, body = request.partition(b"\r\n\r\n")
        query = head.split(b" ", 2)[1].partition(b"?")[2]
        values = dict(urllib.parse.parse_qsl((query + b"&" + body).decode(), keep_blank_values=True))
        action = ACTION.search(head).group(1).decode()
        with self.lock:
            self.nonces[NONCE.search(head).group(1)] += 1
        if action == "UpdateSmartAccessGatewayVersion":
            return self.update(connection, values["SmartAGId"], NONCE.search(head).group(1))
        ids = [value for name, value in values.items() if name.startswith("SmartAGIds.")]
        connection.sendall(self.page(ids) if ids else self.one(values["SmartAGId"]))
        return True

    def update(self, connection, gateway_id, nonce):
        with self.lock:
            self.updates[gateway_id].append(nonce)
            script = self.script[gateway_id]
            play = script.pop(0) if script else good
        return play(self, connection, gateway_id)

    def upgrade(self, gateway_id):
        with self.lock:
            self.version[gateway_id] = NEW

    def describe(self, gateway_id):
        return {"SmartAGId": gateway_id, "Status": "Active", "SerialNumber": self.serial(gateway_id),
                "HardwareVersion": "sag-1000", "SoftwareVersion": self.version[gateway_id]}

    def page(self, ids):
        with self.lock:
            rows = [self.describe(id) for id in ids if id in self.version]
        return response(json.dumps({"RequestId": "READ", "TotalCount": len(rows), "PageNumber": 1, "PageSize": 50,
                                    "SmartAccessGateways": {"SmartAccessGateway": rows}}))

    def one(self, gateway_id):
        with self.lock:
            row = self.describe(gateway_id)
        row["RequestId"] = "READ"
        row["Devices"] = {"Device": [{"SerialNumber": row["SerialNumber"], "HcState": "online", "HaState": "Active",
                                      "SoftwareVersion": row["SoftwareVersion"]}]}
        return response(json.dumps(row))


ACCEPTED = '{"RequestId": "0FF1CE00-0000-4000-8000-000000000001"}'


def good(fake, connection, gateway_id):
    fake.upgrade(gateway_id)
    connection.sendall(response(ACCEPTED))
    return True


def says(data, effect, alive=False, rst=False, hold=False):
    """A script: take effect or not, send these bytes, then close, reset, live on, or hold the line."""
    def play(fake, connection, gateway_id):
        if effect:
            fake.upgrade(gateway_id)
        connection.sendall(data)
        if hold:
            fake.ended.wait(60)
        if rst:
            reset(connection)
        return alive
    return play


def drips(data, effect, pause_s):
    """A script: one byte at a time."""
    def play(fake, connection, gateway_id):
        if effect:
            fake.upgrade(gateway_id)
        for byte in data:
            connection.sendall(bytes([byte]))
            if fake.ended.wait(pause_s):
                break
        return False
    return play
