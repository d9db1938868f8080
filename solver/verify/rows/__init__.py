"""Every pair of the market judged in arrays, one offer against all needs of its grade at a time (sections 1 to 3.4).

Written apart from :mod:`solver.verify.admission`, which judges one pair exactly; a test compares the two.
"""

from solver.verify.rows.grade_rows import TESTS, GradeRows, Row

__all__ = ["TESTS", "GradeRows", "Row"]
