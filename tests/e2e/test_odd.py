"""Syncs from a cloud that says what no real one would: doubled rows, contradictions, garbage."""

import collections
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
        self.desk.configure(url=strange.url, limits={"read_rate": "200/s"})
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
        done = self.sync("--output", "json", code=1,
                         words=["gateway sag-b could not be read: truncated", "0 of 1 regions", "0 disappeared"])
        self.assertEqual([(row["gateway_id"], row["what"], row["after"]) for row in json.loads(done.out)],
                         [("sag-b", "not_read", "devices")])
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

    def test_pages_that_are_all_the_same_come_to_an_end(self):
        strange = self.strange(*(odd.row(f"sag-{i}", f"s{i}") for i in range(50)))
        strange.said[odd.LIST] = {"TotalCount": 1000000, "SmartAccessGateways": {"SmartAccessGateway": strange.rows}}
        self.sync(code=1, words=["the list did not come out even", "50 appeared"])
        self.assertEqual(strange.count(odd.LIST), 6)

    def test_an_empty_list_that_says_it_is_none_marks_nothing(self):
        strange = self.strange(odd.row("sag-a", "s1"))
        self.changes()
        strange.said[odd.LIST] = {"TotalCount": 1, "SmartAccessGateways": {}}
        self.sync(code=1, words=["the list did not come out even", "0 disappeared"])

    def gone(self):
        return self.desk.rows("SELECT gateway_id FROM gateways g JOIN gateways_seen s ON s.gateway = g.id"
                              " WHERE gone_unix_ms IS NOT NULL ORDER BY 1")

    def test_a_list_that_comes_up_empty_or_short_is_not_believed(self):
        strange = self.strange(*(odd.row(f"sag-{i:02}", f"s{i}") for i in range(60)))
        self.changes()
        for left in (0, 30, 53):
            strange.rows[left:] = []
            if left:
                strange.rows.append(odd.row("sag-new", "sn"))
            self.sync(code=8, words=[f"{60 - left} of the 60 gateways", "nothing was taken over",
                                     "inventory sync --region cn-shanghai --accept-gone", "0 disappeared"])
            self.assertEqual(self.gone(), [])
            self.assertEqual(self.desk.rows("SELECT count(*) FROM gateways"), [(60,)])
            strange.rows[left:] = [odd.row(f"sag-{i:02}", f"s{i}") for i in range(left, 60)]
        strange.rows[40:] = []
        self.sync("--accept-gone", words=["40 gateways", "20 disappeared"])
        self.assertEqual(len(self.gone()), 20)

    def test_a_tenth_may_leave_and_a_handful_may(self):
        strange = self.strange(*(odd.row(f"sag-{i:02}", f"s{i}") for i in range(80)))
        self.changes()
        strange.rows[72:] = []
        self.sync(words=["8 disappeared"])
        strange.rows[12:] = []
        self.sync("--accept-gone", words=["60 disappeared"])
        strange.rows[7:] = []
        self.sync(words=["5 disappeared"])

    def test_the_last_one_may_leave(self):
        strange = self.strange(odd.row("sag-a", "s1"))
        self.changes()
        strange.rows.clear()
        self.sync(words=["1 disappeared"])

    def test_a_row_that_slipped_through_is_looked_for_by_its_own_id(self):
        strange = self.strange(*(odd.row(f"sag-{i}", f"s{i}") for i in range(4)))
        self.changes()
        del strange.rows[1]
        seen = {"TotalCount": 3, "SmartAccessGateways": {"SmartAccessGateway": [strange.rows[0], strange.rows[1],
                                                                               odd.row("sag-new", "sn")]}}
        strange.rows.append(odd.row("sag-new", "sn", version="9.9.9"))
        strange.said[odd.LIST, "1"] = seen
        self.sync(words=["1 appeared, 1 disappeared"])
        self.assertEqual(self.gone(), [("sag-1",)])
        self.assertEqual(self.desk.rows("SELECT version FROM devices WHERE serial = 'sn'"), [("9.9.9",)])
        asked = [about for action, about in strange.asked if action == odd.LIST]
        self.assertEqual(sorted(asked), ["1", "1", "sag-1", "sag-3"])

    def test_one_whose_fate_cannot_be_learned_is_not_gone(self):
        strange = self.strange(odd.row("sag-a", "s1"), odd.row("sag-b", "s2"))
        self.changes()
        del strange.rows[1]
        strange.said[odd.LIST, "sag-b"] = b"{"
        self.sync(code=1, words=["whether gateway sag-b is still there could not be learned", "0 disappeared"])
        self.assertEqual(self.gone(), [])
        strange.said[odd.LIST, "sag-b"] = odd.refusal("InvalidId.SMARTAG")
        self.sync(words=["1 disappeared"])

    def test_software_has_no_device(self):
        self.strange(odd.row("sag-a", "s1"), odd.row("sag-app", model="sag-software"))
        self.sync(words=["2 gateways with 1 devices", "1 of them are software"])
        self.assertEqual(self.desk.rows("SELECT g.gateway_id FROM devices d JOIN gateways g ON g.id = d.gateway"),
                         [("sag-a",)])
        show = self.ends(self.desk.gatewave("inventory", "show", "sag-app"), 0)
        self.assertIn("sag-software", show.out)
        self.desk.plan()
        self.assertEqual(sum(wave["devices"] for wave in self.desk.ask("plan", "rollout.yaml")["waves"]), 1)

    def not_read(self):
        """What a sync says that it could not read; it ends with 1 for that."""
        done = self.sync("--output", "json", code=1)
        return collections.Counter((row["after"], row["serial"] != "") for row in json.loads(done.out)
                                   if row["what"] == "not_read"), done.err

    def test_what_this_key_may_not_read_is_not_asked_again_and_told(self):
        strange = self.strange(*(odd.row(f"sag-{i}", f"a{i}", f"b{i}") for i in range(40)))
        strange.said[odd.HA] = refused = odd.refusal("Forbidden.RAM")
        strange.said[odd.POLICY] = refused
        lacking, said = self.not_read()
        self.assertEqual(lacking, {("ha_role", False): 40, ("auto_upgrade", True): 80})
        self.assertIn("the HA roles of 40 gateways, the vendor's own upgrade policies of 80 devices: Forbidden", said)
        self.assertIn("1 of 1 regions: 40 appeared", said)
        self.assertLess(strange.count(odd.HA), 20)
        self.assertLess(strange.count(odd.POLICY), 20)

    def test_what_could_not_be_read_stays_as_it_was_known(self):
        strange = self.strange(odd.row("sag-a", "s1", "s2"), odd.row("sag-b", "s3"))
        strange.said[odd.POLICY] = {"UpgradeType": "scheduled"}
        self.changes()
        known = ("SELECT ha_mode, ha_role, auto_upgrade FROM devices d JOIN gateways_seen g USING (gateway)"
                 " JOIN devices_seen s ON s.device = d.id ORDER BY d.serial")
        before = self.desk.rows(known)
        self.assertEqual(before, [("cold", "active", "scheduled"), ("cold", "standby", "scheduled"),
                                  ("none", "", "scheduled")])
        for ha, policy in ((b"{", b"{"), ({}, {"UpgradeType": "whenever"})):
            strange.said[odd.HA], strange.said[odd.POLICY] = ha, policy
            self.assertEqual(self.not_read()[0], {("ha_role", False): 1, ("auto_upgrade", True): 3})
            self.assertEqual(self.desk.rows(known), before)
        strange.rows.pop()
        self.sync(code=1, words=["1 disappeared", "not read, and left as they were known"])

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
