"""Syncs from a cloud that says what no real one would: doubled rows, contradictions, garbage."""

import json
import os
import unittest

import harness
import odd


class Odd(harness.EndToEnd):
    def strange(self, *rows):
        """A cloud that answers as the test wants, in one region; everybody's rows are the same there."""
        strange = odd.Odd(list(rows))
        self.addCleanup(strange.close)
        self.desk.configure(url=strange.url)
        return strange

    def sync(self, *options, code=0, words=()):
        return self.ends(self.desk.gatewave("inventory", "sync", "--region", "cn-shanghai", *options), code, *words)

    def changes(self):
        return [(row["gateway_id"], row["what"], row["before"], row["after"], row["by"])
                for row in json.loads(self.sync("--output", "json").out)]

    def test_garbage_in_the_middle(self):
        strange = self.strange(odd.row("sag-a", "s1"), odd.row("sag-b", "s2"), odd.row("sag-c", "s3"))
        self.changes()
        strange.said[odd.ATTRIBUTE, "sag-b"] = b'{"RequestId": "r", "Devices": ['
        strange.rows[1]["SoftwareVersion"] = "9.9.9"
        done = self.sync(code=1,
                         words=["gateway sag-b could not be read: truncated", "0 of 1 regions", "0 disappeared"])
        self.assertEqual(done.out, "")
        self.assertEqual(self.desk.rows("SELECT version FROM devices ORDER BY serial"), [("2.3.0",)] * 3)
        del strange.said[odd.ATTRIBUTE, "sag-b"]
        self.assertEqual([row[:2] for row in self.changes()], [("sag-b", "version")])

    def test_a_page_of_garbage_leaves_the_inventory(self):
        strange = self.strange(odd.row("sag-a", "s1"), odd.row("sag-b", "s2"))
        self.changes()
        for page in (b"<html>", {"TotalCount": 2, "SmartAccessGateways": "none"}):
            strange.said[odd.LIST] = page
            done = self.desk.gatewave("inventory", "sync", "--region", "cn-shanghai", "--quiet")
            self.assertIn(done.code, (1, 8), str(done))
            self.assertEqual(self.desk.rows("SELECT count(*) FROM gateways_seen WHERE gone_unix_ms IS NULL"), [(2,)])

    def test_a_row_that_comes_twice_is_looked_for_again(self):
        strange = self.strange(*(odd.row(f"sag-{i}", f"s{i}") for i in range(60)))
        rows = strange.rows
        strange.said[odd.LIST, "2"] = [{"TotalCount": 60, "PageNumber": 2, "PageSize": 50, "SmartAccessGateways": {
            "SmartAccessGateway": rows[49:59]}}]
        self.assertEqual(len(self.changes()), 60)
        self.assertEqual(strange.count(odd.LIST), 4)

    def test_an_empty_list_that_says_it_is_none_marks_nothing(self):
        strange = self.strange(odd.row("sag-a", "s1"))
        self.changes()
        strange.said[odd.LIST] = {"TotalCount": 1, "SmartAccessGateways": {}}
        self.sync(code=1, words=["the list did not come out even", "0 disappeared"])

    def test_software_has_no_device(self):
        self.strange(odd.row("sag-a", "s1"), odd.row("sag-app", model="sag-software"))
        self.sync(words=["2 gateways with 1 devices", "1 of them are software"])
        self.assertEqual(self.desk.rows("SELECT g.gateway_id FROM devices d JOIN gateways g ON g.id = d.gateway"),
                         [("sag-a",)])
        show = self.ends(self.desk.gatewave("inventory", "show", "sag-app"), 0)
        self.assertIn("sag-software", show.out)
        self.desk.plan()
        self.assertEqual(sum(wave["devices"] for wave in self.desk.ask("plan", "rollout.yaml")["waves"]), 1)

    def test_what_this_key_may_not_read_is_not_asked_again(self):
        strange = self.strange(*(odd.row(f"sag-{i}", f"a{i}", f"b{i}") for i in range(40)))
        strange.said[odd.HA] = refused = odd.refusal("Forbidden.RAM")
        strange.said[odd.POLICY] = refused
        self.assertEqual(len(self.changes()), 40)
        self.assertLess(strange.count(odd.HA), 20)
        self.assertLess(strange.count(odd.POLICY), 20)

    def test_throttles_use_up_no_tries(self):
        strange = self.strange(odd.row("sag-a", "s1"))
        strange.said[odd.ATTRIBUTE] = [odd.refusal("Throttling.User")] * 5 + [odd.refusal("InternalError")]
        self.assertEqual(len(self.changes()), 1)
        self.assertEqual(strange.count(odd.ATTRIBUTE), 7)

    def test_keys_that_are_refused_one_after_the_other_come_to_an_end(self):
        strange = self.strange(odd.row("sag-a", "s1"))
        strange.takes_s = 1.2  # long enough for each key to have lived before it is refused
        strange.said[odd.LIST] = odd.refusal("InvalidAccessKeyId.NotFound")
        key = json.dumps({"mode": "StsToken", "access_key_id": "STS.k", "access_key_secret": "s", "sts_token": "t"})
        os.makedirs(self.desk.path(".aliyun"), mode=0o700)
        self.desk.write(".aliyun/config.json", {"current": "ops", "profiles": [
            {"name": "ops", "mode": "External", "process_command": f"/bin/echo '{key}'"}]})
        os.chmod(self.desk.path(".aliyun/config.json"), 0o600)
        self.desk.key = {}
        self.sync(code=7, words=["InvalidAccessKeyId"])
        self.assertEqual(strange.count(odd.LIST), 4)

    def test_a_pair_exchanged_moved_and_single(self):
        strange = self.strange(odd.row("sag-a", "s1", "s2"), odd.row("sag-b", "s3"))
        self.changes()
        strange.rows[:] = [odd.row("sag-a", "s1"), odd.row("sag-b", "s2")]
        changes = self.changes()
        self.assertIn(("sag-b", "serial", "s3", "s2", ""), changes)
        # Which of the two gateways is read first decides whether the box is seen to leave or to be taken.
        self.assertTrue({("sag-a", "disappeared", "", "", ""), ("sag-a", "serial", "s2", "", "")} & set(changes))
        self.assertEqual(self.desk.rows("SELECT g.gateway_id, d.serial FROM devices d JOIN gateways g"
                                        " ON g.id = d.gateway LEFT JOIN devices_seen s ON s.device = d.id"
                                        " WHERE s.gone_unix_ms IS NULL ORDER BY 1"), [("sag-a", "s1"), ("sag-b", "s2")])

    def test_device_secrets_go_nowhere(self):
        self.strange(odd.row("sag-a", "s1", "s2"))
        done = self.ends(self.desk.gatewave("--log=debug", "inventory", "sync", "--region", "cn-shanghai"), 0)
        self.assertNotIn(odd.DEVICE_SECRET, done.out + done.err)
        for name in os.listdir(self.folder):
            if os.path.isfile(self.desk.path(name)):
                with open(self.desk.path(name), "rb") as file:
                    self.assertNotIn(odd.DEVICE_SECRET.encode(), file.read(), name)


if __name__ == "__main__":
    unittest.main()
