"""config/demo/run as a newcomer sees it, with programs in the place of the real ones that only say what they were asked."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = os.environ["GATEWAVE_SOURCE"]
SIM = """#!/bin/sh
for word; do
    [ "${last-}" != --ledger ] || : >"$word"
    last=$word
done
echo "listening on http://127.0.0.1:4711"
exec sleep 60
"""
GATEWAVE = """#!/bin/sh
case "$*" in
*" run "*) exit 1 ;;
*" report "*) echo "sag-000007,cn-shanghai,failed," ;;
esac
"""


class Demo(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="gatewave-demo-")
        self.addCleanup(shutil.rmtree, self.root)
        shutil.copytree(os.path.join(SOURCE, "config/demo"), os.path.join(self.root, "config/demo"))
        self.program("config/build", "#!/bin/sh\n")
        self.program("build/gcc/src/cli/gatewave", GATEWAVE)
        self.program("build/gcc/src/simserver/gatewave-sim", SIM)

    def program(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def run_it(self):
        return subprocess.run([os.path.join(self.root, "config/demo/run")], cwd="/", check=False, capture_output=True,
                              text=True, timeout=60)

    def test_a_fresh_clone_says_nothing_of_errors(self):
        for _ in range(3):  # its parts race
            shutil.rmtree(os.path.join(self.root, "build/demo"), ignore_errors=True)
            done = self.run_it()
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_its_hints_hold_in_any_folder(self):
        done = self.run_it()
        hints = done.stdout.split("Look further:\n")[1]
        self.assertIn("gatewave explain os-2.4.0 sag-000007", hints)
        paths = re.findall(r'[^\s"\']*build/[^\s"\']*', done.stdout)
        self.assertGreaterEqual(len(paths), 5)
        for path in paths:
            self.assertTrue(path.startswith(self.root + "/build/"), path)


if __name__ == "__main__":
    unittest.main()
