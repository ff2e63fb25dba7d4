"""A cloud whose reads answer as a test wants: rows that are doubled, devices that contradict the list, garbage.

Plain HTTP on loopback, and no signature is looked at. A reply that a test puts in is bytes, or JSON that gets its
RequestId here; everything else follows from the rows of the list.
"""

import http.server
import json
import threading
import time
import urllib.parse

LIST = "DescribeSmartAccessGateways"
ATTRIBUTE = "DescribeSmartAccessGatewayAttribute"
HA = "DescribeSmartAccessGatewayHa"
POLICY = "DescribeDeviceAutoUpgradePolicy"
DEVICE_SECRET = "DeviceKeyThatNobodyMaySee"


def row(gateway_id, *serials, version="2.3.0", model="sag-1000", **more):
    return {"SmartAGId": gateway_id, "Name": f"shop of {gateway_id}", "Status": "Active", "HardwareVersion": model,
            "SoftwareVersion": version, "BackupSoftwareVersion": version if len(serials) > 1 else "",
            "SerialNumber": ",".join(serials), **more}


def refusal(code):
    return {"Code": code, "Message": "no"}


def subject(query):
    """The gateway that is asked about, the only one that is listed, or the page of all."""
    return query.get("SmartAGId") or query.get("SmartAGIds.1") or query.get("PageNumber")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        odd = self.server.odd
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        action = self.headers["x-acs-action"]
        with odd.lock:
            odd.asked.append((action, subject(query)))
            said = odd.answer(action, query)
        time.sleep(odd.takes_s)
        status = 403 if isinstance(said, dict) and "Code" in said else 200
        body = said if isinstance(said, bytes) else json.dumps({"RequestId": "r", **said}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


class Odd:
    def __init__(self, rows):
        self.rows = rows
        self.said = {}  # action, or (action, gateway or page) -> a reply, or a list of replies, one for each question
        self.asked = []
        self.takes_s = 0  # for each answer
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.odd = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def count(self, action):
        with self.lock:
            return sum(asked == action for asked, _about in self.asked)

    def answer(self, action, query):
        about = subject(query)
        said = self.said.get((action, about), self.said.get(action))
        if isinstance(said, list):
            said = said.pop(0) if said else None
        if said is not None:
            return said
        if action == LIST:
            size, page = int(query["PageSize"]), int(query["PageNumber"])
            wanted = {value for name, value in query.items() if name.startswith("SmartAGIds.")}
            rows = [row for row in self.rows if not wanted or row["SmartAGId"] in wanted]
            return {"TotalCount": len(rows), "PageNumber": page, "PageSize": size,
                    "SmartAccessGateways": {"SmartAccessGateway": rows[(page - 1) * size:page * size]}}
        found = next((row for row in self.rows if row["SmartAGId"] == about), None)
        if found is None:
            return refusal("InvalidId.SMARTAG")
        serials = [serial for serial in found["SerialNumber"].split(",") if serial]
        if action == ATTRIBUTE:
            return {**found, "Devices": {"Device": [
                {"SerialNumber": serial, "SoftwareVersion": found["SoftwareVersion"], "DpiSignatureDbVersion": "d1",
                 "HcState": "online", "HaState": ["Active", "Standby"][i], "SecretKey": DEVICE_SECRET}
                for i, serial in enumerate(serials)]}}
        if action == HA:
            return {"DeviceLevelBackupType": "cold_backup", "MainDeviceId": serials[0], "BackupDeviceId": serials[-1]}
        return {"UpgradeType": "manual"}
