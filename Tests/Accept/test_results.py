import unittest

import support  # noqa: F401
from accept.results import ResultError, only_result, parse_results


class Results(unittest.TestCase):
    def test_marked_lines_are_read_among_others(self):
        output = 'noise\n@@result {"n": 1}\nmore @@result {"n": 2}\n@@result {"n": 3}\n'
        self.assertEqual(parse_results(output), [{"n": 1}, {"n": 3}])

    def test_marked_lines_that_are_no_object_are_errors_with_their_number(self):
        for text in ("{", "[1]", "1", ""):
            with self.assertRaisesRegex(ResultError, "line 2"):
                parse_results(f"noise\n@@result {text}\n")

    def test_the_one_result_has_to_be_there_once_and_with_its_fields(self):
        self.assertEqual(only_result('@@result {"n": 1, "cpu_s": 2}', "n", "cpu_s"), {"n": 1, "cpu_s": 2})
        for output in ("", '@@result {"n": 1}\n@@result {"n": 1}', '@@result {"m": 1}'):
            with self.assertRaises(ResultError):
                only_result(output, "n")


if __name__ == "__main__":
    unittest.main()
