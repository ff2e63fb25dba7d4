"""5,000 gateways and every fault that the simulated cloud has, at once: one outcome for each device, and each true."""

import unittest

import agreement
import harness

FAULTS = ["--offline", "2%", "--brick", "0.5%", "--stay", "0.5%", "--switch", "20%", "--refuse", "1%", "--flaky", "3%",
          "--internal", "1%", "--lost-reply", "1%", "--lost-request", "1%"]


class Faults(harness.EndToEnd):
    def test_5000_gateways_agree_device_by_device(self):
        cloud = self.fleet(5000, *FAULTS, "--regions", "cn-shanghai,cn-hongkong", "--update-rate", "180/s",
                           "--read-rate", "180/s", "--upgrade-ms", "500-1500", "--seed", "7", pairs="10%")
        self.desk.configure(cloud, limits={"rate": "200/s", "read_rate": "200/s"})
        done = self.ends(self.desk.run(), 1, "some devices did not get there")
        report, ledger, truth = self.desk.report(), cloud.ledger(), cloud.truth()
        self.assertGreater(len(truth), 5400)
        self.assertEqual(agreement.check_outcomes(report, ledger, truth)
                         + agreement.check_law(ledger, truth, fence_ms=harness.FENCE_MS, agree_ms=harness.AGREE_MS)
                         + agreement.check_rate(ledger, 200, "update")
                         + agreement.check_rate(ledger, 200, "read"), [])
        self.every_fault_was_met(report, ledger)
        self.status_agrees(report)
        self.assertIn("finished", done.err)

    def every_fault_was_met(self, report, ledger):
        """A test of faults that did not happen would prove nothing."""
        codes = {line["code"] for line in ledger}
        for code in ("Throttling.User", "InternalError", "GetSmartAccessGatewayStateError", "NotBoundCCN"):
            self.assertIn(code, codes)
        dropped = [line for line in ledger if not line["replied"]]
        self.assertEqual({line["effect"] for line in dropped}, {True, False})
        told = {(row["outcome"], row["code"]) for row in report}
        for one in (("succeeded", None), ("succeeded", "at_version"), ("failed", "stuck"), ("failed", "NotBoundCCN"),
                    ("deferred", "offline"), ("deferred", "mate")):
            self.assertIn(one, told)

    def status_agrees(self, report):
        """I28: each view of the database tells the same."""
        counts = agreement.outcomes(report)
        status = self.desk.status()
        self.assertEqual(status["state"], "finished")
        self.assertEqual(status["targets"].pop("total"), len(report))
        for state, n in status["targets"].items():
            self.assertEqual(n, counts.get(state, 0), state)
        self.assertEqual(dict(self.desk.rows("SELECT state, count(*) FROM v_target GROUP BY state")), counts)


if __name__ == "__main__":
    unittest.main()
