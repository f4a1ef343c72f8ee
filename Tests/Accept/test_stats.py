import math
import unittest

import support  # noqa: F401
from accept.model import Word
from accept.stats import FEWEST_PAIRS, Interval, Pair, at_least, at_most, bootstrap_median, growth, measure_pairs


def median_at_most(size: int, rank: int) -> float:
    """The exact chance that an odd sample's bootstrap median is at most its value of this rank, counted from 1.

    It is when more than half of the draws are: a binomial tail with chance rank / size.
    """
    half, chance = size // 2 + 1, rank / size
    return sum(math.comb(size, k) * chance**k * (1 - chance) ** (size - k) for k in range(half, size + 1))


class Bootstrap(unittest.TestCase):
    def test_the_interval_is_that_of_the_exact_distribution(self):
        # Four standard errors of a share of 0.05 among 10 000 resamples.
        error = 4 * math.sqrt(0.05 * 0.95 / 10_000)
        for size in (11, 15, 21):
            values = [float(value * value) for value in range(1, size + 1)]
            interval = bootstrap_median(values)
            self.assertEqual(interval.middle, values[size // 2])
            for end, probability in ((interval.low, 0.05), (interval.high, 0.95)):
                rank = values.index(end) + 1
                self.assertGreater(median_at_most(size, rank), probability - error, (size, probability))
                self.assertLess(median_at_most(size, rank - 1), probability + error, (size, probability))

    def test_the_order_of_the_values_does_not_move_the_median_and_the_seed_fixes_the_rest(self):
        values = [1.0, 5.0, 2.0, 9.0, 4.0, 4.5, 3.0, 8.0, 7.0, 6.0, 2.5]
        self.assertEqual(bootstrap_median(values), bootstrap_median(values))
        self.assertEqual(bootstrap_median(values).middle, 4.5)

    def test_equal_values_leave_no_doubt(self):
        self.assertEqual(bootstrap_median([2.0] * 11), Interval(2.0, 2.0, 2.0))

    def test_no_values_and_values_that_are_not_finite_are_refused(self):
        for values in ([], [1.0, math.nan], [math.inf]):
            with self.assertRaises(ValueError):
                bootstrap_median(values)


class Bars(unittest.TestCase):
    def test_an_interval_on_one_side_decides_and_one_across_the_bar_does_not(self):
        below, above, across = Interval(2, 1, 3), Interval(6, 5, 7), Interval(4, 3, 5)
        self.assertEqual([at_most(i, 4) for i in (below, above, across)], [Word.MET, Word.MISSED, Word.UNDECIDED])
        self.assertEqual([at_least(i, 4) for i in (below, above, across)], [Word.MISSED, Word.MET, Word.UNDECIDED])

    def test_the_bar_itself_is_met_from_both_sides(self):
        self.assertEqual(at_most(Interval(4, 3, 5), 5), Word.MET)
        self.assertEqual(at_least(Interval(4, 3, 5), 3), Word.MET)


class Pairs(unittest.TestCase):
    def test_both_are_measured_in_turn_and_the_order_alternates(self):
        calls = []

        def measured(name, value):
            calls.append(name)
            return value

        pairs = measure_pairs(lambda: measured("a", 6.0), lambda: measured("b", 3.0))
        self.assertEqual(pairs, [Pair(6.0, 3.0)] * FEWEST_PAIRS)
        self.assertEqual(pairs[0].ratio, 2.0)
        self.assertEqual("".join(calls[:8]), "abbaabba")

    def test_fewer_than_eleven_pairs_are_refused(self):
        with self.assertRaises(ValueError):
            measure_pairs(lambda: 1.0, lambda: 1.0, pairs=10)


class Growth(unittest.TestCase):
    def test_powers_give_their_exponent(self):
        for exponent in (0.0, 1.0, 2.0):
            self.assertAlmostEqual(growth([(n, 7 * n**exponent) for n in (10, 100, 1000)]), exponent)

    def test_three_uneven_points_give_the_slope_worked_out_by_hand(self):
        # In decimal logs the points are (1, 0), (2, 2), (3, 1): the slope is (-1 * -1 + 0 * 1 + 1 * 0) / 2.
        self.assertAlmostEqual(growth([(10, 1), (100, 100), (1000, 10)]), 0.5)

    def test_one_size_and_costs_of_zero_are_refused(self):
        for points in ([(10, 1)], [(10, 1), (10, 2)], [(10, 0), (20, 1)], []):
            with self.assertRaises(ValueError):
                growth(points)


if __name__ == "__main__":
    unittest.main()
