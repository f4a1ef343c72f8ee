import os
import shutil
import sys
import tempfile
import time
import unittest
from pathlib import Path

import support  # noqa: F401
from accept.context import CommandFailed, Context, DeadlineExceeded, deadline
from accept.measure import CountingFailed, count_instructions, parse_callgrind, parse_perf, run_command

HERE = Path(__file__).resolve().parent


def python(program: str, **options):
    return run_command([sys.executable, "-c", program], folder=HERE, **options)


def is_running(process: int) -> bool:
    """Whether a process exists and is more than a zombie that waits to be reaped."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def wait_until_gone(process: int, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while is_running(process):
        if time.monotonic() > end:
            return False
    return True


class RunCommand(unittest.TestCase):
    def test_output_errors_and_exit_code_are_those_of_the_command(self):
        done = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
        self.assertEqual((done.output, done.errors, done.code), ("out\n", "err\n", 3))

    def test_a_signal_is_a_negative_code(self):
        self.assertEqual(python("import os; os.kill(os.getpid(), 15)").code, -15)

    def test_cpu_time_is_counted_and_waiting_is_not(self):
        burn = "import time\nwhile time.process_time() < 0.3: pass"
        burnt = python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}], check=True)")
        waited = python("import time; time.sleep(0.3)")
        self.assertGreaterEqual(burnt.cpu_s, 0.3)  # by a child of the command
        self.assertGreaterEqual(waited.wall_s, 0.3)
        self.assertLess(waited.cpu_s, burnt.cpu_s)

    def test_the_peak_of_memory_is_in_mebibytes(self):
        touched = python("x = bytearray(200 * 2**20)\nfor i in range(0, len(x), 4096): x[i] = 1")
        self.assertGreaterEqual(touched.peak_rss_mb, 200)
        self.assertLess(touched.peak_rss_mb, 400)

    def test_the_environment_is_added_to(self):
        done = python("import os; print(os.environ['ADDED'], 'PATH' in os.environ)", environment={"ADDED": "yes"})
        self.assertEqual(done.output, "yes True\n")

    def test_what_a_command_leaves_behind_is_ended(self):
        done = python("import subprocess; print(subprocess.Popen(['sleep', '600']).pid)")
        self.assertTrue(wait_until_gone(int(done.output)))

    def test_a_deadline_ends_the_command_and_its_children(self):
        with tempfile.TemporaryDirectory() as scratch:
            note = Path(scratch, "pids")
            program = (
                "import os, subprocess, time\n"
                "child = subprocess.Popen(['sleep', '600'])\n"
                f"open({str(note)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
                "time.sleep(600)"
            )
            with self.assertRaises(DeadlineExceeded), deadline(1.5):
                python(program)
            processes = [int(word) for word in note.read_text(encoding="ascii").split()]
        self.assertEqual(len(processes), 2)
        self.assertTrue(all(wait_until_gone(process) for process in processes))


class InAContext(unittest.TestCase):
    def test_commands_run_in_the_root_and_have_to_succeed(self):
        with tempfile.TemporaryDirectory() as scratch:
            context = Context(Path(scratch), deadline_s=60)
            self.assertEqual(context.run("pwd").output.strip(), os.path.realpath(scratch))
            self.assertEqual(context.run("false", must_succeed=False).code, 1)
            with self.assertRaisesRegex(CommandFailed, "false ended with 1"):
                context.run("false")
            with self.assertRaisesRegex(CommandFailed, "could not be started"):
                context.run("./absent")
            self.assertTrue(0 < context.remaining_s <= 60)


class Instructions(unittest.TestCase):
    def test_the_total_of_a_callgrind_file_is_read(self):
        self.assertEqual(parse_callgrind("version: 1\nevents: Ir\nfn=(1) main\n3 12\nsummary: 90\ntotals: 120\n"), 90)
        self.assertEqual(parse_callgrind("events: Ir\ntotals: 12345\n"), 12345)
        self.assertIsNone(parse_callgrind("events: Ir\n"))

    def test_perf_counts_are_read_and_its_refusals_are_not(self):
        self.assertEqual(parse_perf("# started\n\n9876543,,instructions:u,400,100.00,,\n"), 9876543)
        self.assertIsNone(parse_perf("<not supported>,,instructions:u,0,100.00,,\n"))
        self.assertIsNone(parse_perf("12,,cycles:u,0,100.00,,\n"))

    @unittest.skipUnless(shutil.which("valgrind"), "SKIPPED: valgrind is not installed")
    def test_callgrind_counts_a_longer_loop_as_more(self):
        def counted(rounds: int) -> int:
            command = ["sh", "-c", f"i=0; while [ $i -lt {rounds} ]; do i=$((i+1)); done"]
            return count_instructions(command, HERE, tool="callgrind").count

        empty, short, long = counted(0), counted(1000), counted(3000)
        # The start-up falls out of the differences, and the loop's body costs the same each time.
        self.assertGreater(short, empty)
        self.assertAlmostEqual((long - empty) / (short - empty), 3, delta=0.2)

    @unittest.skipUnless(shutil.which("valgrind"), "SKIPPED: valgrind is not installed")
    def test_a_command_that_fails_is_not_counted(self):
        with self.assertRaisesRegex(CountingFailed, "exit code 1"):
            count_instructions(["false"], HERE, tool="callgrind")


if __name__ == "__main__":
    unittest.main()
