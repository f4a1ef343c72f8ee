import http.client
import json
import sqlite3
import tempfile
import unittest
from contextlib import closing
from pathlib import Path

import support  # noqa: F401
from accept.lines.counting import CountingServer
from accept.lines.crashbox import Broken, Reader, identifier, twice
from accept.lines.kill_random import Board
from accept.lines.kill_steps import ENGINES, WINDOWS, plan
from accept.lines.power_cut import place
from accept.model import FULL_PASS_S, TableError
from accept.tables.blackboard import TABLE


class Choosing(unittest.TestCase):
    def test_a_group_names_all_of_its_lines(self):
        names = [line.name for line in TABLE.choose(["patterns-vs-peers", "trap"])]
        self.assertEqual(names, [*(f"patterns-vs-peers.{each}" for each in ("map", "chain", "fanout", "join", "batch")), "trap"])
        with self.assertRaises(TableError):
            TABLE.choose(["patterns"])

    def test_quick_forms_have_a_minute_at_most_and_names_of_their_own(self):
        quick = [line.quick for line in TABLE.lines if line.quick]
        self.assertGreaterEqual(len(quick), 6)
        for line in quick:
            self.assertLessEqual(line.deadline_s, 60)
            self.assertTrue(line.name.endswith(".quick"))
        self.assertLess(sum(line.deadline_s for line in TABLE.lines), FULL_PASS_S)


class Killing(unittest.TestCase):
    def test_the_plan_kills_each_engine_in_each_window_as_often_as_promised_and_both_ways(self):
        kills = plan(12)
        self.assertEqual(len({kill.order for kill in kills}), len(kills))
        for engine in ENGINES:
            for window in WINDOWS:
                chosen = [kill for kill in kills if (kill.engine, kill.window) == (engine, window)]
                self.assertEqual(len(chosen), 12)
                self.assertEqual(sum(kill.idempotency == "once" for kill in chosen), 6)

    def test_cuts_fall_all_over_the_work(self):
        places = [place(seed, 1000) for seed in range(1, 201)]
        self.assertTrue(all(1 <= each <= 1000 for each in places))
        self.assertGreater(len({each // 100 for each in places}), 9)


class Oracles(unittest.TestCase):
    """What the checks stand on must see what is wrong."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name, "board.db")
        with closing(sqlite3.connect(self.file)) as board:
            board.executescript(
                """
                CREATE TABLE streams(id INTEGER PRIMARY KEY, type TEXT);
                CREATE TABLE artifacts(position INTEGER PRIMARY KEY, stream INTEGER, id BLOB, payload BLOB);
                CREATE TABLE outcomes(id INTEGER PRIMARY KEY, run BLOB, replay INTEGER, agent TEXT, kind INTEGER, cause INTEGER);
                INSERT INTO streams VALUES (1, 'item'), (2, 'mapped');
                """
            )
            rows = [(1, 1, bytes(16), json.dumps({"key": 7})), (2, 2, bytes(15) + b"\x01", json.dumps({"key": 7}))]
            board.executemany("INSERT INTO artifacts VALUES (?, ?, ?, ?)", rows)
            board.execute("INSERT INTO outcomes VALUES (1, ?, 0, 'mapper', 1, NULL)", (b"\x05" * 16,))
            board.commit()

    def board(self, *told):
        board = Board(self.file)
        board.note(list(told))
        return board

    def test_what_is_there_passes(self):
        run = "05" * 16
        board = self.board({"published": ["00" * 16]}, {"outcomes": [[run, 0, "mapper", 1, ""]]})
        self.assertEqual(board.check(), 0)

    def test_a_lost_publication_a_lost_outcome_and_a_changed_one_are_seen(self):
        for told, words in (
            ({"published": ["ff" * 16]}, "publications are lost"),
            ({"outcomes": [["06" * 16, 0, "mapper", 1, ""]]}, "outcomes are lost"),
            ({"outcomes": [["05" * 16, 0, "mapper", 2, ""]]}, "outcomes are lost"),
        ):
            with self.assertRaisesRegex(Broken, words):
                self.board(told).check()

    def test_an_outcome_that_is_there_or_told_twice_is_seen(self):
        outcome = {"outcomes": [["05" * 16, 0, "mapper", 1, ""]]}
        with self.assertRaisesRegex(Broken, "told as committed twice"):
            self.board(outcome, outcome)
        with closing(sqlite3.connect(self.file)) as board:
            board.execute("INSERT INTO outcomes VALUES (2, ?, 0, 'mapper', 1, NULL)", (b"\x05" * 16,))
            board.commit()
        with self.assertRaisesRegex(Broken, "more than one outcome"):
            self.board().check()

    def test_unfinished_and_repeated_work_is_seen(self):
        with self.assertRaisesRegex(Broken, "never batched"):
            self.board().check_finished()
        with closing(sqlite3.connect(self.file)) as board:
            board.execute("INSERT INTO artifacts VALUES (3, 2, ?, ?)", (b"\x09" * 16, json.dumps({"key": 7})))
            board.commit()
        with self.assertRaisesRegex(Broken, "mapped more than once"):
            self.board().check_finished()

    def test_a_file_that_is_no_database_is_broken_and_one_that_is_not_there_is_no_board(self):
        self.file.write_bytes(b"not a database" * 100)
        with self.assertRaises(Broken):
            Reader(self.file).problems()
        self.file.unlink()
        self.assertFalse(Reader(self.file).is_board())

    def test_ids_and_doubles(self):
        self.assertEqual(identifier("00112233-4455-6677-8899-aabbccddeeff").hex(), "00112233445566778899aabbccddeeff")
        self.assertEqual(twice([1, 2, 1, 3, 1]), [1, 1])


class Counting(unittest.TestCase):
    def ask(self, server, path, body=""):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("POST", path, body=body, headers={"Idempotency-Key": "k"})
        answer = connection.getresponse().read().decode()
        connection.close()
        return answer

    def test_each_request_is_counted_under_its_order_and_step(self):
        with CountingServer() as server:
            self.assertEqual([self.ask(server, "/effect/3/1"), self.ask(server, "/effect/3/1")], ["1", "2"])
            body = json.dumps({"inputs": [{"payload": {"key": 3}}]})
            published = json.loads(self.ask(server, "/service/5", body))["publish"]
            self.assertEqual(published, [{"type": "receipt", "payload": {"key": 3}}])
            self.assertEqual((server.keys(3, 1), server.keys(3, 5), server.keys(4, 1)), (["k", "k"], ["k"], []))


if __name__ == "__main__":
    unittest.main()
