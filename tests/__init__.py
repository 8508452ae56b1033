"""The tests. Where COVERAGE_PROCESS_START is set, each process of a parallel run measures its coverage."""

import os

if "COVERAGE_PROCESS_START" in os.environ:  # before the first import of the program
    import coverage

    coverage.process_startup()
