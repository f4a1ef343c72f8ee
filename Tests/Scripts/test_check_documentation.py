"""Each check must be able to fail: every test breaks a small sound repository in one place."""

import importlib.util
import tempfile
import unittest
from importlib.machinery import SourceFileLoader
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check-documentation"


def load():
    loader = SourceFileLoader("check_documentation", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_documentation", loader))
    loader.exec_module(module)
    return module


checks = load()

SOUND = {
    checks.ERROR_CODES: 'static let fenced = ErrorCode("fenced")\nstatic let trimmed = ErrorCode("trimmed")\n',
    "Documentation/errors/fenced.md": "# fenced\n",
    "Documentation/errors/trimmed.md": "# trimmed\nSee [fenced](fenced.md) and [more](../guide.md#all-the-limits).\n",
    checks.GUIDE: (
        "# Guide\n## All the limits\n| `backlog` | 1 000 000 |\n| `patience` | 5 minutes |\n| `bytes` | 64 MiB |\n"
        "<!-- from Examples/a.swift -->\n```swift\nlet a = 1\n```\n"
    ),
    "Examples/a.swift": "let a = 1\n",
    checks.SETTINGS[0]: (
        "  public var backlog = 1_000_000\n  public var patience: Duration = .seconds(300)\n  public var bytes = 64 << 20\n"
    ),
}


class DocumentationChecks(unittest.TestCase):
    def problems(self, **changes):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name, text in {**SOUND, **changes.get("files", {})}.items():
                if text is None:
                    continue
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            return checks.problems_of(root)

    def one_problem(self, files, *words):
        problems = self.problems(files=files)
        self.assertEqual(len(problems), 1, problems)
        for word in words:
            self.assertIn(word, problems[0])

    def test_a_sound_repository_has_no_problem(self):
        self.assertEqual(self.problems(), [])

    def test_a_code_without_a_page(self):
        code = SOUND[checks.ERROR_CODES] + 'static let queueFull = ErrorCode("queueFull")\n'
        self.one_problem({checks.ERROR_CODES: code}, "queueFull.md is missing")

    def test_a_page_without_a_code(self):
        self.one_problem({"Documentation/errors/gone.md": "# gone\n"}, "gone.md belongs to no code")

    def test_a_link_to_a_file_that_is_not_there(self):
        self.one_problem({"README.md": "[x](Documentation/nothing.md)\n"}, "README.md:1", "leads nowhere")

    def test_a_link_to_a_heading_that_is_not_there(self):
        self.one_problem({"README.md": "\n[x](Documentation/guide.md#some-limits)\n"}, "README.md:2", "names no heading")

    def test_links_in_code_are_not_looked_at(self):
        self.assertEqual(self.problems(files={"README.md": "```\n[x](nothing.md)\n```\n`[y](nothing.md)`\n"}), [])

    def test_a_setting_that_stands_in_no_table(self):
        settings = SOUND[checks.SETTINGS[0]] + "  public var depth = 7\n"
        self.one_problem({checks.SETTINGS[0]: settings}, "depth", "no table")

    def test_a_default_that_differs(self):
        for old, new in (("1_000_000", "2_000_000"), (".seconds(300)", ".seconds(301)"), ("64 << 20", "64 << 10")):
            settings = SOUND[checks.SETTINGS[0]].replace(old, new)
            self.one_problem({checks.SETTINGS[0]: settings}, "not in its row")

    def test_a_block_that_differs_from_its_file(self):
        self.one_problem({"Examples/a.swift": "let a = 2\n"}, "Examples/a.swift", "not what the file holds")

    def test_a_folder_of_the_machine(self):
        self.one_problem({"Sources/b.swift": "// see /" + "work/shared\n"}, "Sources/b.swift:1", "one machine")


if __name__ == "__main__":
    unittest.main()
