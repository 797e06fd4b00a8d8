"""`python -m tests.oracle --cases 20000`: random cases against the oracle, outside of pytest."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor

from .campaign import DEFAULT_CASES, DEFAULT_SEED, ProjectReport, check_cases, check_project, project_numbers, summary
from .draw import draw_case


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--cases", type=int, default=DEFAULT_CASES, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="which (default: %(default)s)")
    parser.add_argument("--case", type=int, metavar="NUMBER", help="this case alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (default: %(default)s)")
    options = parser.parse_args(arguments)
    if options.case is not None:
        reports = [check_cases(options.seed, [draw_case(options.seed, options.case)])]
        print(reports[0].text, end="\n" if reports[0].text else "")
    else:
        reports = run_projects(options.seed, options.cases, options.jobs)
    print(summary(options.seed, [(report.cases, report.differences) for report in reports]))
    return 1 if any(report.differences for report in reports) else 0


def run_projects(seed: int, cases: int, jobs: int) -> list[ProjectReport]:
    """Every project of the campaign, several at a time; what goes wrong is printed as it comes in."""
    reports = []
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(check_project, seed, number, count) for number, count in project_numbers(cases)]
        for future in futures:
            report = future.result()
            reports.append(report)
            if report.differences:
                print(report.text, flush=True)
            _progress(f"{sum(each.cases for each in reports):,} of {cases:,} cases")
    return reports


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
