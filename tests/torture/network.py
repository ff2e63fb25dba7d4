"""A way to the cloud that breaks at any byte or ends in nothing, and certificates that do not hold.

On such a way a run copes, or holds; on a good one it comes to its end. To a server that is not believed no
request goes.
"""

import contextlib
import os
import random
import signal
import subprocess
import tempfile
import time

import harness
from clock import Clock
from door import Door
from stand import OVER, Stand
from tally import AT_ONCE

WAYS, HOLES = 60, 12
DAY_MS = 24 * 3600000
TIMES = {"connect_timeout": "2s", "call_timeout": "4s"}
# Name -> the openssl words for a server's certificate, and what its clock is off by.
SIGNED = ["-CA", "ca.pem", "-CAkey", "ca.key"]
CERTIFICATES = {
    "expired": (SIGNED, "subjectAltName=IP:127.0.0.1", -40 * DAY_MS),
    "not yet valid": (SIGNED, "subjectAltName=IP:127.0.0.1", 2 * DAY_MS),
    "of another name": (SIGNED, "subjectAltName=DNS:smartag.example.com", 0),
    "self-signed": (["-signkey", "server.key"], "subjectAltName=IP:127.0.0.1", 0),
    "for clients": (SIGNED, "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=clientAuth", 0),
}
SERVER = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth"


def way(tally, seed):
    """A rollout over a way that breaks, and to its end over one that does not."""
    stand = Stand(24, "--seed", str(seed % 100000), config={"cloud": TIMES}, pace={"rate": "30/s"},
                  waves=[{"name": "all", "size": "rest"}])
    with stand, contextlib.closing(Door(stand.cloud.url, seed)) as door:
        stand.desk.configure(stand.cloud, url=door.url, **stand.config)
        done = stand.expect("a run over a way that breaks", stand.run().wait(), {*OVER, 8})
        tally.add("network", **{"ways": 1, f"ended with {done.code}": 1})
        tally.add("network", **{f"met {kind}": 1 for kind in door.met})
        stand.look()
        door.always = "fine"
        stand.finish()
        stand.judge(reads_once=False)
    tally.judged("network", seed, stand)


def hole(tally, seed):
    """In the middle of a rollout the way ends in nothing, until somebody drains the run."""
    chance = random.Random(seed)
    stand = Stand(24, "--seed", str(seed % 100000), config={"cloud": TIMES},
                  pace={"rate": "15/s", "in_flight": "8"}, waves=[{"name": "all", "size": "rest"}])
    with stand, contextlib.closing(Door(stand.cloud.url, seed)) as door:
        door.always = "fine"
        stand.desk.configure(stand.cloud, url=door.url, **stand.config)
        running = stand.run()
        harness.wait_until("the first calls", lambda: len(stand.cloud.updates()) > 2 or running.ended())
        time.sleep(chance.uniform(0, 0.3))
        door.swallow()
        time.sleep(chance.uniform(1, 6))
        running.signal(signal.SIGINT)
        stand.expect("a run whose way ends in nothing", running.wait(20), {130})
        tally.add("network", holes=1)
        stand.look()
        stand.desk.configure(stand.cloud, **stand.config)
        stand.finish()
        stand.judge(reads_once=False)
    tally.judged("network", f"{seed}-hole", stand)


def openssl(folder, *words, env=None):
    subprocess.run(["openssl", *words], cwd=folder, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **(env or {})})


def certify(folder, signer, extensions, off_ms=0):
    """server.pem in the folder, with server.key; made by a clock that is off by so much."""
    with open(os.path.join(folder, "extensions"), "w", encoding="ascii") as file:
        file.write(extensions + "\n")
    openssl(folder, "x509", "-req", "-in", "server.csr", "-out", "server.pem", "-days", "30",
            "-extfile", "extensions", *signer, env=Clock(os.path.join(folder, "their-clock"), off_ms).env())


def authority(folder):
    """An authority of its own, and a server that asks for a certificate."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(folder, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=torture",
            "-days", "30")
    openssl(folder, "req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server")


def trust(tally, folder, name):
    """A rollout in the middle of which, or before, the server becomes one with such a certificate."""
    signer, extensions, off_ms = CERTIFICATES[name]
    chance = random.Random(f"{tally.seed} {name}")
    server = ["--tls-cert", os.path.join(folder, "server.pem"),
              "--tls-key", os.path.join(folder, "server.key")]
    certify(folder, SIGNED, SERVER)
    stand = Stand(24, *server, cloud={"ca": False}, pace={"rate": "12/s"},
                  waves=[{"name": "all", "size": "rest"}],
                  config={"cloud": {**TIMES, "ca_file": os.path.join(folder, "ca.pem")}})
    certify(folder, signer, extensions, off_ms)
    with stand, contextlib.closing(Door(stand.cloud.url, 0)) as door:
        door.always = "fine"
        stand.desk.configure(stand.cloud, url=door.url, **stand.config)
        strange = harness.Cloud(stand.folder, "--fleet", stand.desk.path("inventory.csv"), *server, ca=False)
        running = stand.run()
        stand.until_it_runs(running)
        time.sleep(chance.choice([0, chance.uniform(0.1, 0.6)]))
        door.lead_to(strange.url)
        done = stand.expect(f"a run to a server {name}", running.wait(), {8})
        if "certificate" not in done.err:
            stand.problems.append(f"no word of the certificate {name}: {done}")
        if strange.ledger():
            stand.problems.append(f"requests went to a server with a certificate {name} (I34)")
        strange.kill()
        tally.add("network", certificates=1)
        stand.look()
        door.lead_to(stand.cloud.url)
        stand.finish()
        stand.judge(reads_once=False)
    tally.judged("network", name.replace(" ", "-"), stand)


def go(tally):
    with tempfile.TemporaryDirectory(prefix="gatewave-certificates-") as folder:
        authority(folder)
        for name in CERTIFICATES:
            if not tally.late():
                trust(tally, folder, name)
    items = [(way, tally.seed + n) for n in range(tally.amount(WAYS, 6))]
    items += [(hole, tally.seed + n) for n in range(tally.amount(HOLES, 2))]
    # The bytes of all doors pass through this process.
    tally.each(lambda item: item[0](tally, item[1]), items, AT_ONCE // 4)
