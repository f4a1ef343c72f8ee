import contextlib
import io
import json
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import support  # noqa: F401
from accept import runner
from accept.context import CommandFailed
from accept.model import FULL_PASS_S, Line, Table, TableError, Verdict, Word, worst
from accept.store import CHANGED, Store, current_commit


def line(name, answer, deadline_s=10.0, long=False, bar="at most 1 s"):
    """A line whose check returns the answer, raises it, or calls it with its context."""

    def check(context):
        if isinstance(answer, Exception):
            raise answer
        return answer(context) if callable(answer) else answer

    return Line(name, f"{name} holds.", bar, f"make {name}", check, deadline_s, long)


def verdict(word):
    return Verdict(word, f"{word.value} figure", {"samples": [1, 2]})


class InARepository(unittest.TestCase):
    """Every test has a repository with one commit."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.git("init", "-q")
        self.commit(".gitignore", ".accept/\n")

    def git(self, *words):
        identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.invalid"]
        subprocess.run(["git", *identity, *words], cwd=self.root, check=True)

    def commit(self, name, text):
        (self.root / name).write_text(text, encoding="utf-8")
        self.git("add", name)
        self.git("commit", "-q", "-m", name)

    def run_lines(self, *lines, fresh=False):
        """The exit code and the printed lines."""
        table = Table("sample", lines)
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = runner.run_table(table, lines, self.root, fresh=fresh)
        return code, output.getvalue().splitlines()


class Printing(InARepository):
    def test_each_line_begins_with_its_verdict_and_the_last_one_counts(self):
        code, printed = self.run_lines(*(line(word.value, verdict(word)) for word in Word))
        self.assertEqual(
            printed,
            [
                "met met: met figure; bar: at most 1 s; command: make met",
                "missed missed: missed figure; bar: at most 1 s; command: make missed",
                "undecided undecided: undecided figure; bar: at most 1 s; command: make undecided",
                "unproven unproven: unproven figure; bar: at most 1 s; command: make unproven",
                "accept-sample: 1 met, 1 missed, 1 undecided, 1 unproven",
            ],
        )
        self.assertEqual(code, 1)

    def test_only_missed_and_undecided_fail(self):
        codes = {word: self.run_lines(line("a", verdict(word)))[0] for word in Word}
        self.assertEqual(codes, {Word.MET: 0, Word.MISSED: 1, Word.UNDECIDED: 1, Word.UNPROVEN: 0})

    def test_a_figure_of_several_lines_is_printed_on_one(self):
        _, printed = self.run_lines(line("a", Verdict(Word.MET, "one\n  two")))
        self.assertEqual(len(printed), 2)
        self.assertIn("one two", printed[0])


class Failing(InARepository):
    def test_a_command_that_fails_is_a_miss(self):
        _, printed = self.run_lines(line("a", CommandFailed("bench ended with 1")))
        self.assertTrue(printed[0].startswith("missed a: bench ended with 1;"))

    def test_a_mistake_in_a_check_does_not_pass_and_does_not_stop_the_others(self):
        code, printed = self.run_lines(line("a", ZeroDivisionError("oh")), line("b", verdict(Word.MET)))
        self.assertTrue(printed[0].startswith("undecided a: the check broke: ZeroDivisionError: oh;"))
        self.assertEqual((code, printed[-1]), (1, "accept-sample: 1 met, 0 missed, 1 undecided, 0 unproven"))

    def test_a_check_that_runs_over_its_deadline_is_undecided(self):
        def endless(context):
            while True:
                pass

        def waiting(context):
            context.run("sleep", "600")

        code, printed = self.run_lines(line("a", endless, deadline_s=0.3), line("b", waiting, deadline_s=0.3))
        self.assertTrue(printed[0].startswith("undecided a: not finished within 0.3 s;"))
        self.assertTrue(printed[1].startswith("undecided b: not finished within 0.3 s;"))
        self.assertEqual(code, 1)


class Storing(InARepository):
    def test_a_result_is_kept_with_commit_date_and_load(self):
        self.run_lines(line("a", verdict(Word.MET)))
        kept = json.loads((self.root / ".accept" / "sample" / "a.json").read_text(encoding="utf-8"))
        self.assertEqual((kept["word"], kept["figure"], kept["details"]), ("met", "met figure", {"samples": [1, 2]}))
        self.assertRegex(kept["commit"], r"^[0-9a-f]{40}$")
        self.assertRegex(kept["date"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertGreaterEqual(kept["load"], 0)

    def counting(self, word=Word.MET, name="a", **options):
        calls = []

        def check(context):
            calls.append(context)
            return verdict(word)

        return line(name, check, **options), calls

    def test_a_long_line_is_shown_again_until_the_commit_changes(self):
        long, calls = self.counting(long=True)
        self.run_lines(long)
        code, printed = self.run_lines(long)
        self.assertEqual((code, len(calls)), (0, 1))
        commit = current_commit(self.root)[:12]
        self.assertRegex(printed[0], rf"^met a: .* \(stored: commit {commit}, \d{{4}}-.*Z, load [0-9.]+\)$")
        self.assertEqual(printed[1], "accept-sample: 1 met, 0 missed, 0 undecided, 0 unproven")
        self.commit("other", "text")
        self.run_lines(long)
        self.assertEqual(len(calls), 2)

    def test_a_stored_miss_still_fails(self):
        long, calls = self.counting(Word.MISSED, long=True)
        self.run_lines(long)
        self.assertEqual((self.run_lines(long)[0], len(calls)), (1, 1))

    def test_short_fresh_and_undecided_lines_run_anew(self):
        for name, options, fresh in (
            ("short", {"long": False}, False),
            ("fresh", {"long": True}, True),
            ("undecided", {"word": Word.UNDECIDED, "long": True}, False),
        ):
            one, calls = self.counting(name=name, **options)
            self.run_lines(one)
            self.run_lines(one, fresh=fresh)
            self.assertEqual(len(calls), 2, name)

    def test_uncommitted_changes_and_another_bar_make_it_run_anew(self):
        long, calls = self.counting(long=True)
        self.run_lines(long)
        stricter = line("a", verdict(Word.MISSED), long=True, bar="at most 0.5 s")
        self.assertEqual(self.run_lines(stricter)[0], 1)
        (self.root / "uncommitted").write_text("text", encoding="utf-8")
        self.assertTrue(current_commit(self.root).endswith(CHANGED))
        self.run_lines(long)
        self.run_lines(long)
        self.assertEqual(len(calls), 3)

    def test_a_damaged_file_is_no_result(self):
        long, _ = self.counting(long=True)
        store = Store(self.root, "sample")
        for text in ("", "[]", "{}", '{"line": 1}'):
            store.path(long).parent.mkdir(parents=True, exist_ok=True)
            store.path(long).write_text(text, encoding="utf-8")
            self.assertIsNone(store.load(long))


class Tables(unittest.TestCase):
    def test_tables_that_cannot_hold_are_refused(self):
        met = verdict(Word.MET)
        for lines in (
            (line("a", met), line("a", met)),
            (line("a", met, deadline_s=FULL_PASS_S), line("b", met, deadline_s=1)),
            (line("a", met, deadline_s=0),),
            (line("../a", met),),
            (line("", met),),
            (line("a b", met),),
        ):
            with self.assertRaises(TableError):
                Table("sample", lines)

    def test_lines_are_chosen_by_name_in_the_order_of_the_table(self):
        table = Table("sample", tuple(line(name, verdict(Word.MET)) for name in "abc"))
        names = runner.chosen_names(["c,b"], "a")
        self.assertEqual([chosen.name for chosen in table.choose(names)], ["a", "b", "c"])
        self.assertEqual([chosen.name for chosen in table.choose(["c"])], ["c"])
        self.assertEqual(len(table.choose([])), 3)
        with self.assertRaisesRegex(TableError, "no line d"):
            table.choose(["d"])

    def test_the_worst_verdict_stands_for_several(self):
        self.assertEqual(worst([Word.MET, Word.MISSED, Word.UNDECIDED]), Word.MISSED)
        self.assertEqual(worst([Word.MET, Word.UNPROVEN, Word.UNDECIDED]), Word.UNDECIDED)
        self.assertEqual(worst([Word.MET, Word.MET]), Word.MET)
        self.assertEqual(worst([]), Word.UNDECIDED)

    def test_every_table_that_ships_can_be_loaded_and_fits_into_a_full_pass(self):
        names = [path.stem for path in (support.ROOT / "scripts/accept/tables").glob("*.py") if path.stem != "__init__"]
        self.assertIn("blackboard", names)
        for name in names:
            table = runner.load_table(name)
            self.assertEqual(table.name, name)
            self.assertGreater(len(table.lines), 0)

    def test_unknown_tables_and_lines_are_misuse(self):
        with contextlib.redirect_stderr(io.StringIO()) as errors:
            self.assertEqual(runner.main(["absent"]), 2)
            with mock.patch.dict("os.environ", {"LINE": "absent"}):
                self.assertEqual(runner.main(["blackboard"]), 2)
        self.assertIn("no table is called 'absent'", errors.getvalue())
        self.assertIn("has no line absent", errors.getvalue())


if __name__ == "__main__":
    unittest.main()
