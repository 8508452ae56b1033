"""The tests. With COVERAGE_PROCESS_START in the environment they measure coverage, in each process of a parallel run."""

import os

if "COVERAGE_PROCESS_START" in os.environ:  # before the first import of the program
    import coverage

    coverage.process_startup()
