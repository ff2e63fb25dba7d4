"""Without a key: what is said before anything is touched, and what a run does that loses its own on the way."""

import os
import unittest

import harness

ROLE = "acs:ram::1:role/ops"
PROVIDER = "acs:ram::1:oidc-provider/cluster"
AK = {"access_key_id": "testid", "access_key_secret": "testsecret"}


class Keyless(harness.EndToEnd):
    def setUp(self):
        super().setUp()
        self.desk.key = {}

    def open(self, *options, gateways=20, **config):
        world = self.fleet(gateways, "--metadata-port", "0", *options)
        self.desk.configure(world, testing={"metadata": world.metadata}, **config)
        return world

    def profiles(self, *profiles):
        os.makedirs(self.desk.path(".aliyun"), mode=0o700, exist_ok=True)
        self.desk.write(".aliyun/config.json", {"current": profiles[0]["name"], "profiles": profiles})
        os.chmod(self.desk.path(".aliyun/config.json"), 0o600)

    def profile(self, mode, **keys):
        self.profiles({"name": "default", "mode": mode, **keys})

    def refuses(self, *words, code=7):
        """It ends before it takes its lease, says why once, and names no secret."""
        done = self.ends(self.desk.run(), code, *words)
        self.assertEqual(self.desk.rows("SELECT count(*) FROM v_attempt"), [(0,)])
        self.assertEqual(self.desk.rows("SELECT phase FROM rollouts"), [("waiting",)])
        self.assertNotIn("testsecret", done.err)
        self.assertNotIn("Marker7", done.err)
        return done

    # ---- at the start ----

    def test_nothing_anywhere(self):
        self.open()
        self.refuses("no credentials: set alibaba_cloud_access_key_id", "knows no role")

    def test_a_role_that_nobody_may_assume(self):
        self.open("--role", f"{ROLE}@main:desk")
        self.profile("RamRoleArn", ram_role_arn=ROLE, **AK)
        self.refuses(f"does not let the role {ROLE} be assumed: NoPermission: let this key call sts:AssumeRole")

    def test_who_is_asked_for_a_role(self):
        """The profile's word comes before the configuration's, and that before the environment's."""
        world = self.open("--role", f"{ROLE}@main")
        self.profile("RamRoleArn", ram_role_arn=ROLE, **AK)
        self.desk.key = {"ALIBABA_CLOUD_STS_ENDPOINT": "http://127.0.0.1:1"}
        self.refuses("STS at 127.0.0.1:1: cannot be connected to")
        self.desk.configure(world, testing={"metadata": world.metadata},
                            credentials={"sts_endpoint": "http://127.0.0.1:2"})
        self.refuses("STS at 127.0.0.1:2: cannot be connected to")
        self.profile("RamRoleArn", ram_role_arn=ROLE, sts_endpoint=world.url, **AK)
        self.ends(self.desk.run(), 0)

    def test_a_role_that_is_not_there(self):
        self.open()
        self.profile("RamRoleArn", ram_role_arn=ROLE, **AK)
        self.refuses("EntityNotExist.Role: there is no such role")

    def test_a_wrong_secret(self):
        self.open("--role", f"{ROLE}@main")
        self.profile("RamRoleArn", ram_role_arn=ROLE, access_key_id="testid", access_key_secret="Marker7")
        self.refuses("SignatureDoesNotMatch: the access key's secret is wrong")

    def test_garbage_from_sts(self):
        self.open("--role", f"{ROLE}@main", "--sts-garbage", "99")
        self.profile("RamRoleArn", ram_role_arn=ROLE, **AK)
        self.refuses("profile default of", "the answer of STS at 127.0.0.1")

    def test_a_little_garbage_is_asked_for_again(self):
        self.open("--role", f"{ROLE}@main", "--sts-garbage", "2")
        self.profile("RamRoleArn", ram_role_arn=ROLE, **AK)
        self.ends(self.desk.run(), 0)

    def test_an_oidc_token_that_has_expired(self):
        self.open()
        self.profile("OIDC", oidc_provider_arn=PROVIDER, oidc_token_file=self.desk.write("token", "expired"),
                     ram_role_arn=ROLE)
        self.refuses("AuthenticationFail.OIDCToken.Expired: the token in the OIDC token file has expired")

    def test_an_oidc_token_file_that_is_empty_or_gone(self):
        self.open()
        self.profile("OIDC", oidc_provider_arn=PROVIDER, oidc_token_file=self.desk.write("token", "\n"),
                     ram_role_arn=ROLE)
        self.refuses("the OIDC token file", "is empty: see to whatever writes it")
        os.unlink(self.desk.path("token"))
        self.refuses("the OIDC token file", "it is not there")

    def test_a_machine_without_a_role(self):
        self.open()
        self.profile("EcsRamRole")
        self.refuses("the metadata service at 127.0.0.1", "knows no role: attach a RAM role")

    def test_a_machine_with_another_role(self):
        self.open("--metadata-role", "ops@main")
        self.profile("EcsRamRole", ram_role_name="desk")
        self.refuses("does not know the role desk: attach it")

    def test_roles_that_loop(self):
        self.open()
        self.profiles(*({"name": name, "mode": "ChainableRamRoleArn", "source_profile": source, "ram_role_arn": ROLE}
                        for name, source in (("day", "night"), ("night", "day"))))
        self.refuses("the source profiles go in a loop, day, night, and day again")

    def test_a_login_that_needs_a_person(self):
        self.open()
        self.profile("CloudSSO", access_token="Marker7")
        self.refuses('profile default has mode "CloudSSO", which needs a person to log in: use RamRoleArn')

    def test_programs_that_fail(self):
        self.open()
        self.profile("External", process_command="/no/such/program Marker7")
        self.refuses("the program of process_command cannot be started")
        self.profile("External", process_command="/bin/sh -c 'exit 3'")
        self.refuses("ended with 3: run it by hand")
        self.profile("External", process_command="/bin/echo Marker7")
        self.refuses("the answer of the program of process_command is no JSON")

    def test_an_account_that_the_configuration_does_not_have(self):
        self.open(accounts=[{"name": "retail", "profile": "default"}])
        self.profile("AK", **AK)
        self.refuses("account main has 20 gateways in this rollout", "add - {name: main, profile: PROFILE}", code=3)

    def test_an_account_whose_profile_is_not_there(self):
        self.open(accounts=[{"name": "main", "profile": "lost"}])
        self.profile("AK", **AK)
        self.refuses("account main: ", "no profile lost")

    # ---- on the way ----

    def lives(self, *options):
        """A run of ten seconds whose keys live for two, and whose first key is had before five are over."""
        world = self.open("--sts-life", "2s", "--role", f"{ROLE}@main", *options, gateways=40,
                          limits={"rate": "4/s"})
        self.profile("RamRoleArn", ram_role_arn=ROLE, **AK)
        return world

    def test_nobody_gives_out_keys_for_a_while(self):
        """The run waits as long as it must; no device is called twice, failed, or charged for it."""
        world = self.lives("--sts-down-after", "5s", "--sts-down", "6s")
        done = self.ends(self.desk.run("--log=warn"), 0, "no key")
        self.assertEqual({row["outcome"] for row in self.desk.report()}, {"succeeded"})
        self.assertEqual(self.desk.rows("SELECT max(attempts) FROM targets"), [(1,)])
        effects = [line["gateway_id"] for line in world.updates() if line["effect"]]
        self.assertEqual(len(effects), len(set(effects)), str(done))

    def test_a_run_that_waits_for_a_key_can_be_ended(self):
        world = self.lives("--sts-down-after", "5s", "--sts-down", "10m")
        running = self.desk.start("--log=warn", "run", "rollout.yaml")
        harness.wait_until("the key is gone", lambda: "no_key" in str(self.proofs()) or running.ended())
        running.signal(15)
        self.ends(running.wait(), 143)
        self.assertEqual({row["outcome"] for row in self.desk.report()} - {None}, {"succeeded"})
        self.assertLess(len(world.updates()), 40)

    def proofs(self):
        return self.desk.rows("SELECT DISTINCT code FROM v_attempt")

    def test_a_written_key_that_ends_stops_the_run(self):
        """Nobody renews it: the run ends, loses nothing, and goes on with the next one."""
        world = self.open("--key", "STS.mine:testsecret:Marker7@main", "--token-life", "3s", "--key",
                          "testid:testsecret@main", gateways=40, limits={"rate": "8/s"})
        self.profile("StsToken", access_key_id="STS.mine", access_key_secret="testsecret", sts_token="Marker7")
        done = self.ends(self.desk.run(), 7, "the credentials were refused", "InvalidSecurityToken.Expired")
        self.assertNotIn("Marker7", done.err)
        self.assertLess(len({line["gateway_id"] for line in world.updates() if line["effect"]}), 40)
        self.profile("AK", **AK)
        self.ends(self.desk.run(), 0)
        self.assertEqual({row["outcome"] for row in self.desk.report()}, {"succeeded"})


if __name__ == "__main__":
    unittest.main()
