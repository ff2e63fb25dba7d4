"""The simulated cloud by itself: whole fleets of several accounts and regions, their limits, and keys for a while.

The client here signs with code of its own, and knows nothing of gatewave.
"""

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import os
import time
import unittest
import urllib.parse

import harness

LIST = "DescribeSmartAccessGateways"
ACCOUNTS = ["main", "second", "third"]
REGIONS = ["cn-shanghai", "cn-hongkong", "eu-central-1", "ap-southeast-1"]
GATEWAYS = 12000
PAGE = 50
# A page takes less than one; sanitizers take their share, and a cloud that takes more is no use to a test of a sync.
PAGE_CPU_MS = 5
ROLE = "acs:ram::1:role/night"
METADATA = "/latest/meta-data/ram/security-credentials/"


def encoded(text):
    return urllib.parse.quote(text, safe="-_.~")


class Client:
    """One connection, one key. A reply is its status, its JSON and its headers."""

    nonces = itertools.count(1)

    def __init__(self, url, key, secret, token=None):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=harness.PATIENCE_S)
        self.key, self.secret, self.token = key, secret, token

    def ask(self, action, version="2018-03-13", signed=True, **params):
        params.update(Action=action, Version=version, Format="JSON",
                      Timestamp=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        if signed:
            params.update(AccessKeyId=self.key, SignatureMethod="HMAC-SHA1", SignatureVersion="1.0",
                          SignatureNonce=f"{os.getpid()}-{next(Client.nonces)}")
            if self.token:
                params["SecurityToken"] = self.token
            canonical = "&".join(f"{encoded(name)}={encoded(str(params[name]))}" for name in sorted(params))
            digest = hmac.new((self.secret + "&").encode(), f"POST&%2F&{encoded(canonical)}".encode(), hashlib.sha1)
            params["Signature"] = base64.b64encode(digest.digest()).decode()
        self.connection.request("POST", "/", urllib.parse.urlencode(params),
                                {"Content-Type": "application/x-www-form-urlencoded"})
        reply = self.connection.getresponse()
        return reply.status, json.loads(reply.read()), reply.headers

    def page(self, region, number):
        status, reply, _ = self.ask(LIST, RegionId=region, PageNumber=number, PageSize=PAGE)
        if status != 200:
            raise AssertionError(f"page {number} of {region}: {reply}")
        return reply["TotalCount"], [row["SmartAGId"] for row in reply["SmartAccessGateways"]["SmartAccessGateway"]]

    def close(self):
        self.connection.close()


def cpu_ms(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


class CloudTest(harness.EndToEnd):
    def client(self, cloud, *args):
        client = Client(cloud.url, *args)
        self.addCleanup(client.close)
        return client

    def keys(self):
        return itertools.chain(*(("--key", f"id-{account}:secret-{account}@{account}") for account in ACCOUNTS))

    def of(self, cloud, account):
        return self.client(cloud, f"id-{account}", f"secret-{account}")

    def fleet_of_three(self, *options):
        return self.cloud("--accounts", ",".join(ACCOUNTS), "--regions", ",".join(REGIONS), *self.keys(), *options,
                          plain=True)

    def test_a_big_fleet_is_told_quickly(self):
        cloud = self.fleet_of_three("--generate", str(GATEWAYS))
        share = GATEWAYS // len(ACCOUNTS) // len(REGIONS)
        found, pages, before = {}, 0, cpu_ms(cloud.process.pid)
        for account in ACCOUNTS:
            client = self.of(cloud, account)
            for region in REGIONS:
                for number in range(1, share // PAGE + 1):
                    total, ids = client.page(region, number)
                    pages += 1
                    self.assertEqual(total, share)
                    self.assertEqual(len(ids), PAGE)
                    found.update((gateway_id, (account, region)) for gateway_id in ids)
                self.assertEqual(client.page(region, share // PAGE + 1), (share, []))
        spent = cpu_ms(cloud.process.pid) - before
        self.assertEqual(len(found), GATEWAYS)
        self.assertLess(spent / pages, PAGE_CPU_MS)
        truth = {line["gateway_id"]: (line["account"], line["region"]) for line in cloud.truth()}
        self.assertEqual(found, truth)

    def test_limits_are_of_an_account_in_a_region(self):
        cloud = self.fleet_of_three("--generate", "60", "--read-rate", "3/h")
        first, second = self.of(cloud, "main"), self.of(cloud, "second")
        for _ in range(3):
            self.assertEqual(first.ask(LIST, RegionId=REGIONS[0])[0], 200)
        status, reply, headers = first.ask(LIST, RegionId=REGIONS[0])
        self.assertEqual((status, reply["Code"]), (400, "Throttling.User"))
        self.assertGreater(int(headers["x-acs-retry-after"]), 3500000)
        for client, region in ((first, REGIONS[1]), (second, REGIONS[0])):
            for _ in range(3):
                self.assertEqual(client.ask(LIST, RegionId=region)[0], 200)
            self.assertEqual(client.ask(LIST, RegionId=region)[1]["Code"], "Throttling.User")

    def test_rows_that_move_are_found_by_who_looks_again(self):
        cloud = self.cloud("--generate", "1000", "--shuffle", "60%", plain=True)
        client = self.client(cloud, "testid", "testsecret")
        found, rows, passes, lacked = set(), 0, 0, False
        while len(found) < 1000:
            self.assertLess(passes, 50)
            for number in range(1, 21):
                total, ids = client.page("cn-shanghai", number)
                self.assertEqual(total, 1000)
                rows += len(ids)
                found.update(ids)
            passes += 1
            lacked = lacked or len(found) < 1000
        self.assertTrue(lacked)
        self.assertEqual(rows, 1000 * passes)
        told = [line["params"] for line in cloud.ledger()]
        self.assertEqual(told[1], {"PageNumber": "2", "PageSize": "50"})

    def test_faults_of_single_gateways(self):
        faults = os.path.join(self.folder, "faults")
        with open(faults, "w", encoding="ascii") as file:
            file.write("sag-000001 appear:1h\nsag-000002 leave:0s\nsag-000003,sage000003a auto\n")
        cloud = self.cloud("--generate", "4", "--pairs", "0%", "--faults", faults, "--closed", "mars", plain=True)
        client = self.client(cloud, "testid", "testsecret")
        self.assertEqual(client.page("cn-shanghai", 1), (2, ["sag-000003", "sag-000004"]))
        device = {"RegionId": "cn-shanghai", "SmartAGId": "sag-000003", "SerialNumber": "sage000003a"}
        status, policy, _ = client.ask("DescribeDeviceAutoUpgradePolicy", **device)
        self.assertEqual((status, policy["UpgradeType"]), (200, "scheduled"))
        asked = {"UpgradeType": "manual", **{name: policy[name] for name in ("CronExpression", "Duration", "TimeZone")}}
        self.assertEqual(client.ask("ModifyDeviceAutoUpgradePolicy", **device, **asked)[0], 200)
        self.assertEqual(client.ask(LIST, RegionId="mars")[1]["Code"], "InvalidRegionID")
        change = [line for line in cloud.ledger() if line["action"] == "ModifyDeviceAutoUpgradePolicy"]
        self.assertEqual([line["params"] for line in change], [{name: str(value) for name, value in asked.items()}])
        self.assertEqual([line["serial"] for line in change], ["sage000003a"])
        self.assertEqual([(line["gone"], line["policy"]) for line in cloud.truth()],
                         [(True, "manual"), (True, "manual"), (False, "manual"), (False, "manual")])

    def test_keys_for_a_while(self):
        cloud = self.cloud("--generate", "8", "--accounts", "main,second", "--role", ROLE + ",ext@second",
                           "--oidc", "tok@second", "--sts-life", "6s", "--metadata-port", "0",
                           "--metadata-role", "machine@main", plain=True)
        self.assertTrue(cloud.metadata.startswith("http://127.0.0.1:"), cloud.metadata)
        asked = {"RoleArn": ROLE, "RoleSessionName": "s", "ExternalId": "ext"}
        ways = {
            "AssumeRole": self.client(cloud, "testid", "testsecret").ask("AssumeRole", "2015-04-01", **asked),
            "AssumeRoleWithOIDC": self.client(cloud, None, None).ask(
                "AssumeRoleWithOIDC", "2015-04-01", signed=False, RoleArn=ROLE, RoleSessionName="s",
                OIDCProviderArn="p", OIDCToken="tok"),
        }
        keys = {way: reply["Credentials"] for way, (_, reply, _) in ways.items()}
        keys["MetadataCredentials"] = self.get(cloud.metadata, METADATA + "machine")
        keys["CredentialsURI"] = self.get(cloud.metadata, "/credentials-uri")
        clients = {way: self.client(cloud, key["AccessKeyId"], key["AccessKeySecret"], key["SecurityToken"])
                   for way, key in keys.items()}
        for way, client in clients.items():
            self.assertEqual(client.page("cn-shanghai", 1)[0], 4, way)
        ends = max(key["Expiration"] for key in keys.values())
        harness.wait_until("the keys' end", lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) > ends)
        harness.wait_until("the last second", lambda: {client.ask(LIST, RegionId="cn-shanghai")[1].get("Code")
                                                       for client in clients.values()}
                           == {"InvalidSecurityToken.Expired"})
        granted = {line["action"]: line["granted"] for line in cloud.ledger() if "granted" in line}
        self.assertEqual(granted, {way: key["AccessKeyId"] for way, key in keys.items()})
        with open(cloud.name + ".ledger", encoding="utf-8") as file:
            ledger = file.read()
        for key in keys.values():
            self.assertNotIn(key["AccessKeySecret"], ledger)
            self.assertNotIn(key["SecurityToken"], ledger)

    def get(self, url, path):
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=harness.PATIENCE_S)
        self.addCleanup(connection.close)
        connection.request("GET", path)
        reply = connection.getresponse()
        self.assertEqual(reply.status, 200)
        return json.loads(reply.read())


if __name__ == "__main__":
    unittest.main()
