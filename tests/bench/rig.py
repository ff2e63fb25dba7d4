"""The rig: an nginx that answers every call, gatewave set up against it, and processes that are pinned and timed."""

import contextlib
import csv
import os
import signal
import socket
import subprocess
import time
from typing import NamedTuple

GATEWAVE = os.path.abspath("build/gcc/src/cli/gatewave")
FOLDER = os.path.abspath("build/bench")
CLIENT_CORE, SERVER_CORE = "0", "1"

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
    log_format times '$msec';
    access_log {log};
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    default_type application/json;
    keepalive_requests 1000000000;
    keepalive_timeout 300s;
    large_client_header_buffers 4 16k;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    ssl_session_cache shared:s:1m;
    server {{
        listen 127.0.0.1:{port} ssl backlog=4096;
        location / {{ return 200 '{{"RequestId":"$request_id"}}'; }}
    }}
}}
"""


class Cost(NamedTuple):
    wall_s: float
    cpu_s: float

    def minus(self, other):
        return Cost(self.wall_s - other.wall_s, self.cpu_s - other.cpu_s)


def run(argv, core=CLIENT_CORE, env=None, may_fail=False):
    """Runs argv to its end on one core; returns what it cost and what it said on stdout and stderr."""
    out = os.path.join(FOLDER, "output")
    with open(out, "wb") as file:
        started = time.monotonic()
        child = subprocess.Popen(["taskset", "-c", core, *argv], env=env, stdin=subprocess.DEVNULL, stdout=file,
                                 stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
        wall_s = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    with open(out, encoding="utf-8", errors="replace") as file:
        said = file.read()
    if child.returncode != 0 and not may_fail:
        raise SystemExit(f"{' '.join(argv)} ended with {child.returncode}:\n{said[-2000:]}")
    return Cost(wall_s, used.ru_utime + used.ru_stime), said


def make_certificates():
    """A throw-away authority and a certificate of its own for 127.0.0.1."""
    def openssl(*argv):
        subprocess.run(["openssl", *argv], cwd=FOLDER, check=True, capture_output=True)

    if os.path.exists(os.path.join(FOLDER, "server.pem")):
        return
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=bench authority")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr",
            "-subj", "/CN=127.0.0.1")
    with open(os.path.join(FOLDER, "server.ext"), "w", encoding="utf-8") as file:
        file.write("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", "server.pem", "-days", "2", "-extfile", "server.ext")


@contextlib.contextmanager
def server(log="off"):
    """An nginx on its own core; gives its URL, and takes it down at the end. With a log, each call's time is in it."""
    make_certificates()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    conf = os.path.join(FOLDER, "nginx.conf")
    with open(conf, "w", encoding="utf-8") as file:
        file.write(NGINX.format(folder=FOLDER, port=port, log=log))
    nginx = subprocess.Popen(["taskset", "-c", SERVER_CORE, "nginx", "-p", FOLDER, "-c", conf,
                              "-e", os.path.join(FOLDER, "nginx-error.log")],
                             stdin=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        else:
            raise SystemExit("nginx does not listen; build/bench/nginx-error.log may say why")
        yield f"https://127.0.0.1:{port}"
    finally:
        nginx.send_signal(signal.SIGTERM)
        nginx.wait()


def environment(**more):
    """What gatewave sees of the environment: keys that open nothing, and a home without files."""
    return {"PATH": os.environ["PATH"], "HOME": FOLDER, "ALIBABA_CLOUD_ACCESS_KEY_ID": "bench",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "bench", **more}


def write_inventory(path, devices):
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["gateway_id", "region", "serial", "model", "version", "site"])
        rows.writerows([f"sag-{n:012d}", "cn-shanghai", f"sage{n:010d}", "sag-1000", "2.3.1", f"site-{n % 500}"]
                       for n in range(devices))


def prepare(name, url, devices, rate="unlimited", signature="v3"):
    """A database with an inventory, and a rollout over all of it; returns the command that runs it."""
    home = os.path.join(FOLDER, name)
    os.makedirs(home)
    with open(os.path.join(home, "gatewave.yaml"), "w", encoding="utf-8") as file:
        file.write(f"database: fleet.db\n"
                   f"cloud: {{endpoint: \"{url}\", ca_file: {FOLDER}/ca.pem, signature: {signature}}}\n"
                   f"limits: {{rate: {rate}, read_rate: unlimited, in_flight: 1024, connections: 64}}\n"
                   f"testing: {{pre_read: false}}\n")
    with open(os.path.join(home, "rollout.yaml"), "w", encoding="utf-8") as file:
        file.write("rollout: bench\nversion: 2.4.0\nselect: all\n"
                   "waves: [{name: all, size: rest}]\n"
                   f"pace: {{rate: {rate}, in_flight: 1024, upgrading: 100000}}\n"
                   "verify: off\n")
    gatewave = [GATEWAVE, "--config", os.path.join(home, "gatewave.yaml")]
    write_inventory(os.path.join(home, "inventory.csv"), devices)
    run([*gatewave, "inventory", "import", os.path.join(home, "inventory.csv")], env=environment())
    return [*gatewave, "run", os.path.join(home, "rollout.yaml")]


def table(*rows):
    """Prints rows of texts as columns, the first to the left and the rest to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join([row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]))
