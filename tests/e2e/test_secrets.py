"""Keys and tokens appear nowhere: with everything switched on and everything written searched byte by byte."""

import contextlib
import json
import os
import resource
import signal
import unittest

import harness

SECRET = "Marker7Secret8that9is0nowhere1"
TOKEN = "Marker7Token8that9is0nowhere1+/="
ROLE = "acs:ram::1:role/ops"


class Secrets(harness.EndToEnd):
    def setUp(self):
        super().setUp()
        # The cloud's own environment and arguments are the test's, not the program's.
        self.world = self.fleet(60, "--key", f"testid:{SECRET}:{TOKEN}@main", "--key", f"plain:{SECRET}2@main", "--role",
                                f"{ROLE}@main", "--oidc", f"{TOKEN}@main", "--metadata-port", "0", "--metadata-role",
                                "ops@main", "--sts-life", "3s", "--flaky", "5%", "--internal", "5%",
                                "--lost-reply", "5%", "--refuse", "5%", "--upgrade-ms", "500-1500")
        self.desk.key = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "testid"}

    def in_environment(self):
        self.desk.key.update(ALIBABA_CLOUD_ACCESS_KEY_SECRET=SECRET, ALIBABA_CLOUD_SECURITY_TOKEN=TOKEN)

    def in_profile(self, **keys):
        self.desk.key = {}
        os.mkdir(self.desk.path(".aliyun"), 0o700)
        profile = {"name": "default", "mode": "StsToken", "access_key_id": "testid", "access_key_secret": SECRET,
                   "sts_token": TOKEN, **keys}
        self.desk.write(".aliyun/config.json", json.dumps({"current": "default", "profiles": [profile]}))
        os.chmod(self.desk.path(".aliyun/config.json"), 0o600)

    def nowhere(self, what, data):
        data = data if isinstance(data, bytes) else data.encode()
        for word in (SECRET, TOKEN, SECRET[::-1], "Marker7"):
            self.assertNotIn(word.encode(), data, f"{word} is in {what}")

    def search_process(self, pid):
        """What other processes can see of it; a process that hides its memory shows its environment to root only."""
        for name in ("cmdline", "environ"):
            with contextlib.suppress(PermissionError), open(f"/proc/{pid}/{name}", "rb") as file:
                self.nowhere(name, file.read())

    def search_files(self):
        """Whatever the program wrote into the folder: the database, its log, its lock."""
        searched = set()
        for name in os.listdir(self.folder):
            path = self.desk.path(name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    self.nowhere(name, file.read())
                searched.add(name)
        self.assertLessEqual({"fleet.db", "fleet.db.lock"}, searched)

    def search_everything(self):
        running = self.desk.start("--log=debug", "run", "rollout.yaml")
        harness.wait_until("the first calls", lambda: len(self.world.updates()) > 5)
        self.search_process(running.pid)
        self.search_files()
        done = running.wait()
        self.assertIn(done.code, (0, 1), str(done))
        self.nowhere("stdout", done.out)
        self.nowhere("stderr", done.err)
        self.assertIn("run started", done.err, "the log was not on")
        for format in ("table", "json", "jsonl", "csv"):
            for command in (["report", "r1"], ["status", "r1"], ["inventory", "list"]):
                said = self.desk.gatewave(*command, "--log=debug", "--output", format)
                self.nowhere(" ".join(command), said.out + said.err)
        for row in self.desk.report():
            if row["outcome"] != "succeeded" or row["attempts"] > 1:
                story = self.desk.gatewave("explain", "r1", row["gateway_id"])
                self.nowhere("explain", story.out + story.err)
        self.search_files()
        return done

    def test_from_the_environment(self):
        self.in_environment()
        self.search_everything()

    def test_from_the_environment_v1(self):
        self.desk.configure(self.world, cloud={"signature": "v1", "format": "xml"})
        self.in_environment()
        self.search_everything()

    def test_from_a_profile(self):
        self.in_profile()
        self.search_everything()

    def test_when_the_cloud_refuses_them(self):
        """The vendor answers a wrong signature with the string that it signed."""
        self.in_environment()
        self.desk.key["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = SECRET + "x"
        done = self.ends(self.desk.gatewave("--log=debug", "run", "rollout.yaml"), 7, "SignatureDoesNotMatch")
        self.nowhere("stderr", done.err)
        self.search_files()

    def test_in_a_broken_profile(self):
        self.in_profile()
        self.desk.write(".aliyun/config.json", '{"current":"default","profiles":[{"name":"default","mode":"StsToken",'
                        f'"access_key_id":"testid","access_key_secret":"{SECRET}","sts_token":"{TOKEN}",]}}')
        done = self.ends(self.desk.gatewave("--log=debug", "run", "rollout.yaml"), 7)
        self.nowhere("stderr", done.err)

    def test_from_a_role(self):
        self.in_profile(mode="RamRoleArn", access_key_id="plain", access_key_secret=SECRET + "2", ram_role_arn=ROLE)
        self.search_everything()

    def test_from_a_token_of_oidc(self):
        os.mkdir(self.desk.path("tokens"))
        self.in_profile(mode="OIDC", oidc_provider_arn="acs:ram::1:oidc-provider/p", ram_role_arn=ROLE,
                        oidc_token_file=self.desk.write("tokens/token", TOKEN))
        self.search_everything()

    def test_from_a_uri_with_a_password(self):
        self.in_profile(mode="CredentialsURI", credentials_uri=f"{self.world.metadata}/credentials-uri?for={SECRET}")
        self.search_everything()

    def test_no_core_is_left(self):
        """A crash must not put the keys on a disk, whatever the shell allows."""
        self.in_environment()
        allowed = lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
        running = self.desk.start("run", "rollout.yaml", preexec=allowed)
        harness.wait_until("the first calls", lambda: len(self.world.updates()) > 5)
        with open(f"/proc/{running.pid}/limits", encoding="ascii") as file:
            core = [line.split() for line in file if line.startswith("Max core file size")][0]
        self.assertEqual(core[4:6], ["0", "0"])
        running.signal(signal.SIGSEGV)
        _pid, status = os.waitpid(running.pid, 0)
        running.process.returncode = os.waitstatus_to_exitcode(status)
        self.assertNotEqual(status, 0)
        self.assertFalse(os.WCOREDUMP(status))


if __name__ == "__main__":
    unittest.main()
