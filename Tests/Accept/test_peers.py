import json
import os
import stat
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import support  # noqa: F401
from accept.lines.peers import verdict_on
from accept.model import Word
from peerbench import comparison, interpreters, ours, running
from peerbench.catalogue import PEERS, WORKLOADS, UnknownPeer, peer_named
from peerbench.comparison import Comparison, climb
from peerbench.environments import State, install
from peerbench.running import RunFailed
from peerbench.workloads import WorkloadError, check_size, checksum, consumed, expected_outputs, mix


class Workloads(unittest.TestCase):
    def test_mix_is_the_published_generators(self):
        # The first outputs of splitmix64 from the state 1234567, as published with the generator.
        wanted = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
        step = 0x9E3779B97F4A7C15
        self.assertEqual([mix((1234567 + step * (i + 1)) % 2**64) for i in range(4)], wanted)

    def test_outputs_are_those_worked_out_by_hand(self):
        self.assertEqual(list(expected_outputs("map", 3)), [(0, 2), (1, 5), (2, 8)])
        self.assertEqual(list(expected_outputs("chain", 2)), [(0, 11), (1, 14)])
        self.assertEqual(list(expected_outputs("fanout", 1)), [(0, value) for value in range(2, 12)])
        self.assertEqual(list(expected_outputs("join", 3)), [(0, 3), (1, 11), (2, 19)])
        # 25 values from 1 to 73, then 25 from 76 to 148, three apart.
        self.assertEqual(list(expected_outputs("batch", 50)), [(0, 925), (25, 2800)])

    def test_the_checksum_sees_every_output_and_not_their_order(self):
        outputs = [(0, 2), (1, 5), (2, 8)]
        self.assertEqual(checksum(outputs), checksum(outputs[::-1]))
        self.assertEqual(len({checksum(outputs), checksum(outputs[:2]), checksum([*outputs[:2], (2, 9)])}), 3)
        self.assertEqual(checksum([]), "0" * 16)

    def test_the_work_is_what_is_consumed(self):
        works = {workload: consumed(workload, 100) for workload in WORKLOADS}
        self.assertEqual(
            works, {"map": 100, "chain": 1000, "fanout": 1000, "join": 200, "batch": 100, "map_sqlite": 100}
        )

    def test_sizes_and_names_without_an_answer_are_refused(self):
        for workload, n in (("map", 0), ("map", 10_000_001), ("batch", 30)):
            with self.assertRaises(WorkloadError):
                check_size(workload, n)
        with self.assertRaises(WorkloadError):
            expected_outputs("absent", 1)


class Climbing(unittest.TestCase):
    def sizes(self, makespan, **options):
        return [run["n"] for run in climb(lambda n: {"n": n, "makespan_s": makespan(n)}, **options)]

    def test_a_quick_peer_gets_to_the_top(self):
        self.assertEqual(self.sizes(lambda n: n / 1000), [100, 1000, 10000])

    def test_a_size_that_would_take_too_long_is_not_tried(self):
        tried = []
        self.assertEqual(self.sizes(lambda n: tried.append(n) or n / 100), [100, 1000])
        self.assertEqual(tried, [100, 1000])
        # 0.01 s and 1 s: in proportion it would be 10 s, as it grows it is 100 s.
        self.assertEqual(self.sizes(lambda n: (n / 1000) ** 2), [100, 1000])

    def test_a_run_that_turned_out_too_slow_is_left_out_unless_it_is_the_only_one(self):
        self.assertEqual(self.sizes(lambda n: 1 if n < 1000 else 99), [100])
        self.assertEqual(self.sizes(lambda n: 99), [100])


class Checking(unittest.TestCase):
    right = {"peer": "p", "work": 3, "done": 3, "checksum": checksum([(0, 2), (1, 5), (2, 8)])}

    def test_a_right_result_passes_and_each_wrong_field_is_named(self):
        running.check_result(self.right, "map", 3)
        for field, value in (("work", 4), ("done", 2), ("checksum", "0" * 16)):
            with self.assertRaisesRegex(RunFailed, f"{field} is"):
                running.check_result({**self.right, field: value}, "map", 3)

    def test_a_driver_without_a_result_has_failed(self):
        for finished in ((1, '@@result {"done": 1}', "boom"), (0, "nothing", "boom")):
            with self.assertRaisesRegex(RunFailed, "boom"):
                running.parse(finished, PEERS[0])
        self.assertEqual(running.parse((0, 'x\n@@result {"done": 1}\n', ""), PEERS[0]), {"done": 1})

    def test_a_driver_that_takes_too_long_is_ended(self):
        with self.assertRaisesRegex(RunFailed, "longer than 0.2 s"):
            running.spawn(["sleep", "600"], limit_s=0.2)


class Ours(unittest.TestCase):
    """Our program is played by a script that prints a result."""

    def program(self, result):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        script = Path(folder.name, "flock-bench")
        script.write_text(f"#!{sys.executable}\nprint('@@result ' + {json.dumps(result)!r})\n", encoding="utf-8")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return mock.patch.multiple(ours, PROGRAM=script, ROOT=Path(folder.name))

    result = {"consumed": 1000, "outputs": 100, "checksum": "c", "cpu_s": 0.002, "wall_s": 1, "peak_rss_mb": 9}

    def test_a_result_with_all_of_the_work_is_taken(self):
        with self.program(self.result):
            taken = ours.run_ours("chain", 100)
        self.assertEqual(ours.cost_us(taken), 2.0)

    def test_less_work_absent_fields_and_no_program_are_failures(self):
        for change in ({"consumed": 999}, {"outputs": 99}):
            with self.program({**self.result, **change}), self.assertRaisesRegex(RunFailed, "it should be 1000 and 100"):
                ours.run_ours("chain", 100)
        with self.program({"consumed": 1}), self.assertRaisesRegex(RunFailed, "has no outputs"):
            ours.run_ours("chain", 100)
        absent = Path("/absent")
        with mock.patch.multiple(ours, PROGRAM=absent / "flock-bench", ROOT=absent):
            with self.assertRaisesRegex(RunFailed, "not built"):
                ours.run_ours("chain", 100)


def compared(ratio, count=11):
    """A comparison in which ours cost ``ratio`` of the peer's 100 µs."""
    made = Comparison(peer_named("langgraph"), "map", climb=[{"n": 1000}])
    made.ours = [{"cpu_s": ratio * 1e-4 * 10_000, "consumed": 10_000, "checksum": "c"}] * count
    made.theirs = [{"cpu_s": 0.1, "work": 1000}] * count
    return made


class Comparing(unittest.TestCase):
    def test_the_ratio_is_ours_over_theirs_a_consumed_artifact(self):
        self.assertAlmostEqual(compared(0.02).ratios[0], 0.02)

    def test_the_verdict_is_that_of_the_worst_peer(self):
        self.assertEqual(verdict_on([compared(0.02), compared(0.05)], 0.1).word, Word.MET)
        self.assertEqual(verdict_on([compared(0.02), compared(0.5)], 0.1).word, Word.MISSED)

    def test_a_peer_that_is_not_installed_leaves_it_undecided_and_is_named(self):
        absent = Comparison(peer_named("flock-core"), "map", problem="flock-core is not installed")
        answer = verdict_on([compared(0.02), absent], 0.1)
        self.assertEqual(answer.word, Word.UNDECIDED)
        self.assertIn("flock-core is not installed", answer.figure)

    def test_no_comparison_at_all_decides_nothing(self):
        self.assertEqual(verdict_on([], 0.1).word, Word.UNDECIDED)

    def test_pairs_alternate_and_a_changed_checksum_of_ours_is_an_error(self):
        order, sums = [], iter("cc")
        made = Comparison(peer_named("langgraph"), "map", climb=[{"n": 1000}])

        def mine(workload):
            order.append("ours")
            return {"cpu_s": 1, "consumed": 1, "checksum": next(sums, "other")}

        def other(peer, workload, n):
            order.append("theirs")
            return {"cpu_s": 1, "work": 1}

        with mock.patch.multiple(comparison, run_ours=mine, run_once=other):
            comparison.measure([made], 2, lambda text: None)
            self.assertEqual(order, ["ours", "theirs", "theirs", "ours"])
            self.assertEqual(made.ratios, [1.0, 1.0])
            with self.assertRaisesRegex(RunFailed, "different checksums"):
                comparison.measure([made], 1, lambda text: None)


class Installing(unittest.TestCase):
    def test_every_package_is_pinned_and_has_hashes_and_no_host_is_named(self):
        for peer in PEERS:
            text = peer.requirements.read_text(encoding="utf-8")
            self.assertNotIn("://", text)
            entries = [e for e in text.replace(" \\\n", "\0").splitlines() if not e.startswith("#")]
            self.assertGreater(len(entries), 1)
            for entry in entries:
                head, *hashes = entry.split("\0")
                self.assertRegex(head, r"^[a-z0-9-]+==[0-9A-Za-z.]+( ; .*)?$")
                self.assertGreater(len(hashes), 0, head)
                for digest in hashes:
                    self.assertRegex(digest, r"^    --hash=sha256:[0-9a-f]{64}$")
            for package in peer.packages:
                self.assertTrue(any(e.startswith(package) for e in entries), package)

    def test_every_workload_of_a_peer_is_one_and_its_driver_exists(self):
        for peer in PEERS:
            self.assertLessEqual(set(peer.workloads), set(WORKLOADS))
            self.assertIn(peer.best, peer.variants)
            self.assertTrue((support.ROOT / "Benchmarks/Peers/drivers" / peer.driver).is_file())
        with self.assertRaises(UnknownPeer):
            peer_named("absent")

    def test_this_interpreter_is_found_by_its_version_and_no_other_is_made_up(self):
        minor = "{}.{}".format(*sys.version_info[:2])
        found = interpreters.find_interpreter((minor,))
        self.assertEqual(found.minor, minor)
        self.assertIsNone(interpreters.find_interpreter(("2.99",)))

    def test_programs_that_are_no_python_are_passed_over(self):
        for path in ("/bin/false", "/bin/echo", "/absent"):
            self.assertIsNone(interpreters.probe(Path(path)), path)

    def test_a_peer_without_an_interpreter_is_named_and_nothing_is_made(self):
        with tempfile.TemporaryDirectory() as scratch:
            requirements = Path(scratch, "requirements.txt")
            requirements.write_text("absent==1\n", encoding="utf-8")
            environment = Path(scratch, "environment")
            peer = SimpleNamespace(
                requirements=requirements, environment=environment, is_installed=False, pythons=("2.99",)
            )
            done = install(peer)
            self.assertEqual(done.state, State.NO_INTERPRETER)
            self.assertIn("needs Python 2.99", done.detail)
            self.assertFalse(os.path.exists(environment))


if __name__ == "__main__":
    unittest.main()
