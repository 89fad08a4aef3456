"""docs/scenarios.md: each scenario in it lints clean, and each recipe runs as it stands."""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from server import SAFETY_SECONDS, Server, clean_environment, run_binary

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scenarios.md"
BLOCK = re.compile(r"^```(\w+) (scenario|recipe)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Documentation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        page = PAGE.read_text(encoding="utf-8")
        blocks = BLOCK.findall(page)
        cls.scenarios = [text for language, sort, text in blocks if (language, sort) == ("json", "scenario")]
        cls.recipes = [text for language, sort, text in blocks if (language, sort) == ("python", "recipe")]
        fences = page.count("\n```json") + page.count("\n```python")
        assert len(cls.scenarios) + len(cls.recipes) == len(blocks) == fences, "a block is marked as neither"
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        for text in cls.scenarios:
            (cls.folder / (json.loads(text)["name"] + ".json")).write_text(text, encoding="utf-8")

    def test_each_scenario_lints_clean(self):
        files = sorted(map(str, self.folder.glob("*.json")))
        self.assertEqual(len(files), len(self.scenarios))
        self.assertGreater(len(files), 7)
        run = run_binary("lint", *files)
        self.assertEqual((run.returncode, run.stdout), (0, "".join(f"{file}: ok\n" for file in files)))

    def test_each_recipe_runs_as_it_stands(self):
        client, *recipes = self.recipes
        self.assertGreater(len(recipes), 9)
        with Server("--speed", "60", "--scenarios", str(self.folder)) as server:
            for recipe in recipes:
                with self.subTest(recipe=recipe.splitlines()[0]):
                    run = subprocess.run([sys.executable, "-c", client + recipe], capture_output=True, text=True,
                                         env=clean_environment({"QAMERA_URL": server.url}), timeout=SAFETY_SECONDS,
                                         check=False)
                    self.assertEqual((run.returncode, run.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
