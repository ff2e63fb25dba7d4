"""Every way to a key, each as a person would set it up: it is obtained, signs what the cloud accepts, and is renewed
while a run is under way, at no cost to any device."""

import json
import os
import sys
import unittest

import agreement
import harness

ROLE = "acs:ram::1:role/ops"
OTHER_ROLE = "acs:ram::1:role/desk"
PROVIDER = "acs:ram::1:oidc-provider/cluster"
TOKEN = "Marker7Token.of.a.cluster"
LIFE_S = 2

# What a company's own program may look like: it asks somebody and prints the key in the vendor's form.
PROGRAM = """
import json, sys, urllib.request
with urllib.request.urlopen(sys.argv[1]) as reply:
    key = json.load(reply)
said = {"mode": "StsToken", "access_key_id": key["AccessKeyId"], "access_key_secret": key["AccessKeySecret"],
        "sts_token": key["SecurityToken"]}
if len(sys.argv) > 2:
    said["expiration"] = key["Expiration"]
print(json.dumps(said))
"""


class Credentials(harness.EndToEnd):
    """A fleet whose cloud gives out keys that live for two seconds, and a run that takes five."""

    def setUp(self):
        super().setUp()
        self.desk.key = {}

    def open(self, *options, **config):
        self.world = self.fleet(40, "--sts-life", f"{LIFE_S}s", "--metadata-port", "0", *options,
                                env={"ALIBABA_CLOUD_ECS_METADATA_DISABLED": ""})
        self.desk.configure(self.world, limits={"rate": "8/s"}, testing={"metadata": self.world.metadata}, **config)
        return self.world

    def profiles(self, *profiles, file=".aliyun/config.json"):
        path = self.desk.path(file)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        self.desk.write(file, {"current": profiles[0]["name"], "profiles": profiles})
        os.chmod(path, 0o600)

    def profile(self, mode, **keys):
        self.profiles({"name": "default", "mode": mode, **keys})

    def runs(self, keys, *options):
        """The run ends well, signed with so many different keys at least; returns their ids."""
        done = self.ends(self.desk.run(*options), 0)
        report, ledger = self.desk.report(), self.world.ledger()
        self.assertEqual({row["outcome"] for row in report}, {"succeeded"})
        signed = {line["key_id"] for line in ledger if line["action"] == agreement.UPDATE and line["effect"]}
        self.assertGreaterEqual(len(signed), keys, str(done))
        # A call whose key ends while it waits for its turn is taken back, and signed anew.
        self.assertEqual(agreement.check_outcomes(report, ledger, self.world.truth(), uninterrupted=False), [])
        self.assertNotIn("Marker7", done.err + done.out)
        return signed

    def renews(self, *options):
        self.assertTrue(all(key.startswith("STS.") for key in self.runs(3, *options)))

    # ---- keys that are written down ----

    def test_an_access_key(self):
        self.open()
        self.profile("AK", access_key_id="testid", access_key_secret="testsecret")
        self.assertEqual(self.runs(1), {"testid"})

    def test_a_temporary_key(self):
        self.open("--key", "STS.mine:testsecret:Marker7@main")
        self.profile("StsToken", access_key_id="STS.mine", access_key_secret="testsecret", sts_token="Marker7")
        self.assertEqual(self.runs(1), {"STS.mine"})

    def test_a_key_that_systemd_loads(self):
        self.open("--key", "loaded:Marker7Secret@main")
        directory = self.desk.path("loaded")
        os.mkdir(directory, 0o700)
        for name, value in (("access_key_id", "loaded\n"), ("access_key_secret", "Marker7Secret\n")):
            os.chmod(self.desk.write(f"loaded/{name}", value), 0o400)
        self.desk.key = {"CREDENTIALS_DIRECTORY": directory, **harness.KEY}
        self.assertEqual(self.runs(1), {"loaded"})

    # ---- keys that somebody gives out ----

    def test_a_role(self):
        self.open("--role", f"{ROLE},x7@main")
        self.profile("RamRoleArn", access_key_id="testid", access_key_secret="testsecret", ram_role_arn=ROLE,
                     ram_session_name="night", external_id="x7", expired_seconds=900)
        self.renews()

    def test_a_role_of_an_ini_file(self):
        self.open("--role", f"{ROLE}@main")
        os.mkdir(self.desk.path(".alibabacloud"), 0o700)
        os.chmod(self.desk.write(".alibabacloud/credentials",
                                 "[default]\ntype = ram_role_arn\naccess_key_id = testid\n"
                                 f"access_key_secret = testsecret\nrole_arn = {ROLE}\nrole_session_name = night\n"),
                 0o600)
        self.renews()

    def test_a_role_behind_a_role(self):
        self.open("--role", f"{ROLE}@desk", "--role", f"{OTHER_ROLE}@main:desk")
        self.profiles({"name": "top", "mode": "ChainableRamRoleArn", "source_profile": "middle",
                       "ram_role_arn": OTHER_ROLE},
                      {"name": "middle", "mode": "RamRoleArn", "access_key_id": "testid",
                       "access_key_secret": "testsecret", "ram_role_arn": ROLE})
        self.renews()

    def test_the_machines_role(self):
        self.open("--metadata-role", "ops@main")
        self.profile("EcsRamRole")
        self.renews()

    def test_the_machines_role_by_its_name_and_version_2_alone(self):
        self.open("--metadata-role", "ops@main", "--imdsv2-only")
        self.profile("EcsRamRole", ram_role_name="ops")
        self.desk.key = {"ALIBABA_CLOUD_IMDSV1_DISABLED": "true"}
        self.renews()

    def test_a_role_behind_the_machines(self):
        self.open("--metadata-role", "ops@desk", "--role", f"{ROLE}@main:desk")
        self.profile("RamRoleArnWithRoleName", ram_role_name="ops", ram_role_arn=ROLE)
        self.renews()

    def test_the_machines_role_when_nothing_is_set_up(self):
        self.open("--metadata-role", "ops@main")
        self.renews()

    def test_a_token_of_oidc(self):
        self.open("--oidc", f"{TOKEN}@main")
        self.desk.write("token", TOKEN + "\n")
        self.profile("OIDC", oidc_provider_arn=PROVIDER, oidc_token_file=self.desk.path("token"), ram_role_arn=ROLE)
        self.renews()

    def test_a_token_of_oidc_in_the_environment(self):
        self.open("--oidc", f"{TOKEN}@main")
        self.desk.key = {"ALIBABA_CLOUD_ROLE_ARN": ROLE, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": PROVIDER,
                         "ALIBABA_CLOUD_OIDC_TOKEN_FILE": self.desk.write("token", TOKEN)}
        self.renews()

    def test_a_credentials_uri(self):
        world = self.open("--metadata-role", "ops@main")
        self.profile("CredentialsURI", credentials_uri=f"{world.metadata}/credentials-uri")
        self.renews()

    def test_a_credentials_uri_in_the_environment(self):
        world = self.open("--metadata-role", "ops@main")
        self.desk.key = {"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
                         "ALIBABA_CLOUD_CREDENTIALS_URI": f"{world.metadata}/credentials-uri"}
        self.renews()

    def external(self, *arguments):
        world = self.open("--metadata-role", "ops@main")
        program = self.desk.write("a program.py", PROGRAM)
        self.profile("External", process_command=f"{sys.executable} '{program}' {world.metadata}/credentials-uri "
                     + " ".join(arguments))

    def test_a_program(self):
        self.external("with-end")
        self.renews()

    def test_a_program_that_does_not_say_how_long(self):
        """The cloud says when: what it refuses for that costs no device anything."""
        self.external()
        done = self.ends(self.desk.run(), 0)
        refused = [line for line in self.world.ledger() if line["code"] == "InvalidSecurityToken.Expired"]
        self.assertGreater(len(refused), 0, str(done))
        self.assertEqual({row["outcome"] for row in self.desk.report()}, {"succeeded"})
        self.assertEqual(self.desk.rows("SELECT max(attempts) FROM targets"), [(1,)])

    # ---- several at once ----

    def test_accounts_with_a_key_each(self):
        inventory = self.desk.path("inventory.csv")
        world = self.cloud("--generate", "60", "--accounts", "retail,clinics,depots", "--write-inventory", inventory,
                           "--pairs", "0%", "--sts-life", f"{LIFE_S}s", "--key", "testid:testsecret@retail",
                           "--role", f"{ROLE}@clinics", "--metadata-port", "0", "--metadata-role", "ops@depots")
        accounts = [{"name": name, "profile": name} for name in ("retail", "clinics", "depots")]
        self.desk.configure(world, limits={"rate": "4/s"}, testing={"metadata": world.metadata}, accounts=accounts)
        self.desk.plan()
        self.profiles({"name": "retail", "mode": "AK", "access_key_id": "testid", "access_key_secret": "testsecret"},
                      {"name": "clinics", "mode": "RamRoleArn", "access_key_id": "testid",
                       "access_key_secret": "testsecret", "ram_role_arn": ROLE},
                      {"name": "depots", "mode": "EcsRamRole"})
        self.load()
        self.ends(self.desk.run(), 0)
        self.assertEqual({row["outcome"] for row in self.desk.report()}, {"succeeded"})
        self.ends(self.desk.run("--profile", "retail"), 0)  # over: nobody is asked for a key any more
        self.desk.plan(rollout="r2", version="2.5.0")
        self.ends(self.desk.run("--profile", "retail"), 2, "--profile is for one account")


if __name__ == "__main__":
    unittest.main()
