"""Fixtures for pytest: a session of its own for each test, and a verdict at its end.

    @pytest.mark.understudy(scenario="space-is-full.yaml")
    def test_tells_that_the_space_is_full(understudy):
        my_client(understudy.url).share()

A broken contract or an expectation that was not met fails the test that caused it.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Generator, Iterator, List, Sequence, Union

import pytest

from .aio import AsyncSession
from .errors import UnderstudyError
from .exchange import line
from .scenario import Scenario, Text, read
from .server import Understudy
from .session import Session, Time

_MARKER = (
    "understudy(scenario=..., time=..., judge=True): the scenario, or a list of them, that the fixture `understudy` plays; "
    "where its clock begins; whether the verdict decides about the test"
)
_LAST_CALLS = 20

class _Shared:
    """The stand-in that all tests of this process share. Workers of xdist are processes, so each has its own."""

    def __init__(self, options: Sequence[str]) -> None:
        # A test that needs no call is none of our business.
        self._server = Understudy(options=options, allow_empty=True)
        self._sound: set[Text] = set()

    def started(self) -> Understudy:
        return self._server.start()

    def check(self, text: Text) -> None:
        """Raises `WrongScenario`."""
        if text not in self._sound:
            session = self.started().session("collected")
            session._play(text.name, text.text)
            session.forget()
            self._sound.add(text)

    def stop(self) -> None:
        self._server.stop()

class _Marked:
    """What the marker of a test says."""

    def __init__(self, item: pytest.Item) -> None:
        given: dict[str, Any] = {}
        for mark in item.iter_markers("understudy"):
            _refuse_unknown(mark)
            for name, value in mark.kwargs.items():
                given.setdefault(name, value)
        scenario: Union[Scenario, Sequence[Scenario]] = given.get("scenario", ())
        scenarios: Sequence[Scenario] = [scenario] if isinstance(scenario, (str, os.PathLike)) else scenario
        folder = Path(item.path).parent
        self.texts: List[Text] = [read(one, f"the scenario of {item.nodeid}", folder) for one in scenarios]
        self.time: Time | None = given.get("time")
        self.judge: bool = given.get("judge", True)

def _refuse_unknown(mark: pytest.Mark) -> None:
    unknown = [repr(value) for value in mark.args] + [name for name in mark.kwargs if name not in ("scenario", "time", "judge")]
    if unknown:
        raise UnderstudyError(f"the marker `understudy` takes scenario=, time= and judge=, not {', '.join(unknown)}")

_SHARED = pytest.StashKey[_Shared]()
_SESSION = pytest.StashKey[Session]()

def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("understudy_options", "options of `understudy serve` for the stand-in of the tests", type="args", default=[])

def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)
    config.stash[_SHARED] = _Shared(config.getini("understudy_options"))

def pytest_unconfigure(config: pytest.Config) -> None:
    if shared := config.stash.get(_SHARED, None):
        shared.stop()

@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A mistake in the scenario of a marker is a mistake in the file of the test: it is told where pytest tells those."""
    report = yield
    mistakes: dict[str, List[str]] = {}
    for item in report.result or []:
        if isinstance(item, pytest.Item) and item.get_closest_marker("understudy"):
            try:
                for text in _Marked(item).texts:
                    collector.config.stash[_SHARED].check(text)
            except UnderstudyError as error:
                mistakes.setdefault(str(error), []).append(item.nodeid)
    if mistakes:
        report.outcome = "failed"
        report.longrepr = "\n\n".join(_wrong_marker(tests, mistake) for mistake, tests in mistakes.items())
        report.result = []
    return report

def _wrong_marker(tests: Sequence[str], mistake: str) -> str:
    more = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
    return f"{tests[0]}{more}: the marker `understudy` is wrong\n\n{mistake}"


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What is wrong with the stand-in is told as it is: where in this file it was noticed helps nobody."""
    try:
        yield
    except UnderstudyError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture(scope="session")
def understudy_server(pytestconfig: pytest.Config) -> Understudy:
    """The stand-in that the tests share. Clients that are set up once call its `url`, and send `understudy.headers` in each test."""
    server = pytestconfig.stash[_SHARED]
    with _told():
        server.started()
    return server.started()

@pytest.fixture
def understudy(request: pytest.FixtureRequest, understudy_server: Understudy) -> Iterator[Session]:
    """A session of the shared stand-in for this test alone."""
    item: pytest.Item = request.node
    session = understudy_server.session(item.nodeid)
    with _told():
        marked = _Marked(item)
        session.forget()
        if marked.time is not None:
            session.set_time(marked.time)
        for text in marked.texts:
            session._play(text.name, text.text)
    item.stash[_SESSION] = session
    yield session
    del item.stash[_SESSION]
    with _told():
        session.forget()

@pytest.fixture
def async_understudy(understudy: Session) -> AsyncSession:
    """The same session, with methods to be awaited."""
    return AsyncSession(understudy)

@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    result = yield
    session = item.stash.get(_SESSION, None)
    if session is not None and _Marked(item).judge:
        with _told():
            verdict = session.verdict()
        if not verdict.passed:
            pytest.fail(verdict.text, pytrace=False)
    return result

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the stand-in saw belongs to the report of a test that failed, whatever it failed by."""
    report = yield
    session = item.stash.get(_SESSION, None)
    if session is not None and report.when == "call" and report.failed:
        try:
            report.sections.extend(_sections(session, report.longreprtext))
        except UnderstudyError as error:
            if str(error) not in report.longreprtext:
                report.sections.append(("understudy", str(error)))
    return report

def _sections(session: Session, told: str) -> Iterator[tuple[str, str]]:
    verdict = session.verdict()
    if not verdict.passed and verdict.text not in told:
        yield "understudy: verdict", verdict.text
    exchanges = session.exchanges()
    if exchanges:
        left_out = len(exchanges) - _LAST_CALLS
        lines = [line(exchange) for exchange in exchanges[-_LAST_CALLS:]]
        yield "understudy: calls", "\n".join([f"... {left_out} before", *lines] if left_out > 0 else lines)
