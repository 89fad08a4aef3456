"""ajv beside our own judgement of request bodies: generated and changed ones, by the thousand, for each operation.

What `contract_bodies` writes (tests/contract/bodies_main.cpp) is judged by ajv from the same schemas. Skipped (exit
code 77), saying why, where the npm registry cannot be reached.
"""

import json
import os
import subprocess
from pathlib import Path

from npm_packages import PackageCase, main
from server import SAFETY_SECONDS

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
BODIES = 35_000  # more than half of them distinct
# Lines "1 BODY" (accepted) and "0 BODY" (refused); prints how many ajv agrees with, then those that it does not.
JUDGE = """
const fs = require("fs");
const Ajv = require("ajv");
const schema = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const accepts = new Ajv({ strict: false, validateFormats: false }).compile(schema);
const verdicts = { accepted: 0, refused: 0 };
const disputed = [];
for (const line of fs.readFileSync(0, "utf8").split("\\n")) {
  if (!line) continue;
  const accepted = accepts(JSON.parse(line.slice(2)));
  verdicts[accepted ? "accepted" : "refused"] += 1;
  if (accepted !== (line[0] === "1")) disputed.push(line);
}
console.log(JSON.stringify({ ...verdicts, disputed: disputed.slice(0, 10) }));
"""


class Bodies(PackageCase):
    PACKAGES = ("ajv@8.17.1",)

    def judge(self, operation, lines):
        return json.loads(self.run_node(JUDGE, str(SCHEMAS / f"{operation}.request.json"), text=lines))

    def test_ajv_agrees_about_every_body(self):
        operations = [path.name.split(".")[0] for path in sorted(SCHEMAS.glob("*.request.json"))]
        self.assertEqual(len(operations), 8)
        for operation in operations:
            with self.subTest(operation=operation):
                run = subprocess.run([os.environ["CONTRACT_BODIES"], operation, str(BODIES)], capture_output=True,
                                     text=True, encoding="utf-8", timeout=SAFETY_SECONDS, check=True)
                verdicts = self.judge(operation, run.stdout)
                self.assertEqual(verdicts["disputed"], [])
                self.assertEqual(verdicts["accepted"] + verdicts["refused"], BODIES)
                self.assertGreater(min(verdicts["accepted"], verdicts["refused"]), BODIES // 5)

    def test_a_disagreement_is_seen(self):
        verdicts = self.judge("registerReel", '0 {"imagesIds": ["a"]}\n1 {}\n1 {"imagesIds": ["b"]}\n')
        self.assertEqual(verdicts, {"accepted": 2, "refused": 1, "disputed": ['0 {"imagesIds": ["a"]}', "1 {}"]})


if __name__ == "__main__":
    main()
