"""What tests of nights stand on: policies over the keys of a fast rollout, and what a night was seen to do."""

import harness

# As the rollouts of the other tests, so that a night takes a second.
KEYS = {key: value for key, value in harness.ROLLOUT.items() if key not in ("rollout", "version", "select")}
# Upgrades during which several commands begin and end, on a busy machine, too.
LONG = ("--upgrade-ms", "8000-8500")
PATIENT = {"slow": "20s", "stuck": "40s"}


class Night(harness.EndToEnd):
    def policies(self, *policies, **manners):
        """Writes policies.yaml: each policy over the keys of a fast rollout."""
        whole = {"policies": [harness.merged(KEYS, {"name": "os", "select": "all", "version": "2.4.0", **policy})
                              for policy in policies or ({},)]}
        if manners:
            whole["manners"] = manners
        self.desk.write("policies.yaml", whole)

    def night(self, *options, **how):
        return self.desk.gatewave("reconcile", "policies.yaml", *options, **how)

    def called(self, cloud):
        return sorted({line["gateway_id"] for line in cloud.updates()})

    def drift(self, *options):
        """What the policies find now: gateway -> stance."""
        done = self.ends(self.night("--dry-run", "--output", "json", *options), 0)
        return {row["gateway_id"]: row["stance"] for row in harness.json.loads(done.out)}

    def auto(self, cloud):
        """What each change of an upgrade policy said: (gateway, type), in order."""
        return [(line["gateway_id"], line["params"]["UpgradeType"]) for line in cloud.ledger()
                if line["action"] == "ModifyDeviceAutoUpgradePolicy" and line["http_status"] == 200]
