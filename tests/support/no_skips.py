"""`--no-skips`: a skipped test is an error, but for the few that some machine cannot run.

A missing model or package must not pass as success where everything is meant to be there.
"""

from __future__ import annotations

import re

import pytest

ALLOWED = (
    r"root may read everything",
    r"names are not bytes there|signals and pipes of POSIX|reads /proc|no named pipes here",
    r"num2words is installed",
    r"calls of [\w-]+ are too short to take a token",
    r"nothing in it can be wrong but a name",
    r"not measured yet",
    r"this account may not mount",
    r"the research data is not beside the project",
)
"""Reasons, as regular expressions, that count as a skip and no more."""


def allowed(reason: str) -> bool:
    """Whether a test may be skipped for this reason."""
    return any(re.search(pattern, reason) for pattern in ALLOWED)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    found = report.longrepr
    return str(found[2]) if isinstance(found, tuple) else str(found)


class NoSkips:
    """Turns skips into failures, of tests and of whole files."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._judge(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not hasattr(report, "wasxfail"):
            self._judge(report)

    @staticmethod
    def _judge(report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and not allowed(reason := _reason(report)):
            report.outcome = "failed"
            report.longrepr = f"{report.nodeid}: skipped, and --no-skips is given: {reason}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips", action="store_true", help="a skip is an error; tests/support/no_skips.py has exceptions"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--no-skips"):
        config.pluginmanager.register(NoSkips(), "no-skips")
