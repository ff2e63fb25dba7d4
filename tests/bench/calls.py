"""Signed upgrade calls a second and CPU microseconds a call, next to what else could send them."""

import base64
import hashlib
import hmac
import os
import re
import statistics
import urllib.parse
import uuid

import rig

SMALL, LARGE = 10_000, 60_000  # two sizes: their difference is free of what a start costs
ROUNDS = 3


def gatewave_cost(url, tag, env=None, signature="v3"):
    """What one call costs, by the difference of two rollouts; everything is durable, nothing is read back."""
    costs = []
    for devices in (SMALL, LARGE):
        command = rig.prepare(f"{tag}-{devices}", url, devices, signature=signature)
        costs.append(rig.run(command, env=env or rig.environment())[0])
    return costs[1].minus(costs[0]), LARGE - SMALL


def signed_url(url, n):
    """The same call as a pre-signed URL of the older signature: what a script would hand to curl."""
    query = {
        "AccessKeyId": "bench", "Action": "UpdateSmartAccessGatewayVersion", "Format": "JSON",
        "RegionId": "cn-shanghai", "SerialNumber": f"sage{n:010d}", "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": uuid.uuid4().hex, "SignatureVersion": "1.0", "SmartAGId": f"sag-{n:012d}",
        "Timestamp": "2026-01-02T03:04:05Z", "Version": "2018-03-13", "VersionCode": "2.4.0", "VersionType": "Device",
    }
    text = "&".join(f"{name}={urllib.parse.quote(value, safe='~')}" for name, value in sorted(query.items()))
    to_sign = "POST&%2F&" + urllib.parse.quote(text, safe="~")
    signature = base64.b64encode(hmac.new(b"bench&", to_sign.encode(), hashlib.sha1).digest()).decode()
    return f"{url}/?{text}&Signature={urllib.parse.quote(signature, safe='~')}"


def write_curl_files(url):
    """A file of calls for curl -K for each of the two sizes."""
    for calls in (SMALL, LARGE):
        with open(os.path.join(rig.FOLDER, f"curl-{calls}"), "w", encoding="utf-8") as file:
            for n in range(calls):
                file.write(f'url="{signed_url(url, n)}"\nrequest=POST\noutput=/dev/null\n')


def curl_cost():
    costs = []
    for calls in (SMALL, LARGE):
        costs.append(rig.run(["curl", "--silent", "--show-error", "--parallel", "--parallel-max", "100",
                              "--cacert", os.path.join(rig.FOLDER, "ca.pem"),
                              "-K", os.path.join(rig.FOLDER, f"curl-{calls}")])[0])
    return costs[1].minus(costs[0]), LARGE - SMALL


def wrk_cost(url):
    script = os.path.join(rig.FOLDER, "post.lua")
    with open(script, "w", encoding="utf-8") as file:
        file.write('wrk.method = "POST"\n')
    cost, said = rig.run(["wrk", "-t1", "-c64", "-d4s", "-s", script, signed_url(url, 1)])
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    return cost, int(re.search(r"(\d+) requests in", said).group(1))


def measure():
    print("signed upgrade calls over TLS, all intents and outcomes durable, not verified")
    clients = {"gatewave run, signature v3": lambda number: gatewave_cost(url, f"calls-{number}"),
               "gatewave run, signature v1": lambda number: gatewave_cost(url, f"calls-v1-{number}", signature="v1"),
               "wrk, 64 connections": lambda _: wrk_cost(url),
               "curl --parallel, 100 at once": lambda _: curl_cost()}
    per_s, cpu_us = {name: [] for name in clients}, {name: [] for name in clients}
    with rig.server() as url:
        write_curl_files(url)
        for number in range(ROUNDS):
            for name, client in clients.items():
                cost, calls = client(number)
                per_s[name].append(calls / cost.wall_s)
                cpu_us[name].append(cost.cpu_s / calls * 1e6)
    v3, v1, wrk, curl = clients
    rate = {name: statistics.median(values) for name, values in per_s.items()}
    cpu = {name: statistics.median(values) for name, values in cpu_us.items()}
    rig.table(["", "calls/s", "CPU us/call", "calls/s to curl's", "CPU to wrk's"],
              *([name, f"{rate[name]:,.0f}", f"{cpu[name]:.1f}", f"{rate[name] / rate[curl]:.2f}",
                 f"{cpu[name] / cpu[wrk]:.2f}"] for name in clients))
    print("wanted: at least 1.80 times the calls of curl, at most 2.70 times the CPU of wrk.")
    print("curl and wrk send calls that were signed before, in the URL: v1 is like for like, v3 has 600 bytes of headers.")
