from __future__ import annotations

import os
from pathlib import Path

import pytest

HEAD = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\nimport pytest\nfrom client import share\n"
FULL = "scenario: full\nrules:\n  - operation: CreateShare\n    answers: [{ error: 13000311 }, example]\n"
THREE = FULL + "expect:\n  - { operation: CreateShare, calls: 3 }\n"


def played(pytester: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=HEAD + code)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)


def test_a_broken_contract_fails_the_test_that_caused_it(pytester: pytest.Pytester) -> None:
    result = played(
        pytester,
        """
def test_sound(understudy):
    assert share(understudy.url)[0] == 200

def test_broken(understudy):
    share(understudy.url)
    share(understudy.url, days=366)

def test_sound_again(understudy):
    assert share(understudy.url)[0] == 200

def test_that_needs_no_call(understudy):
    pass
""",
    )
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_broken _*",
            "verdict: failed (contract broken)",
            "*broken  exchange 3 CreateShare /body/validDays: expected at most 365, found 366",
            "*- understudy: calls -*",
            "*POST /~test_it.py--test_broken/koodrive/ose/v1/share  400  CreateShare  refusal",
            "FAILED test_it.py::test_broken - *",
        ]
    )


def test_a_marker_plays_a_scenario_and_what_it_expects_decides(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", full=FULL)
    result = played(
        pytester,
        f"""
@pytest.mark.understudy(scenario="full.yaml")
class TestFull:
    def test_file_beside_the_test(self, understudy):
        assert [share(understudy.url)[0], share(understudy.url)[0]] == [400, 200]

    @pytest.mark.understudy(scenario={THREE!r}, time="2026-01-01T00:00:00Z")
    @pytest.mark.parametrize("calls", [3, 2])
    def test_text(self, understudy, calls):
        for _ in range(calls):
            share(understudy.url)
        assert understudy.exchanges()[0]["time"].startswith("2026-01-01T00:00:0")

@pytest.mark.understudy(judge=False)
def test_unjudged(understudy):
    share(understudy.url, days=366)
    assert not understudy.verdict().passed
""",
    )
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        ["verdict: failed (expectation unmet)", "*full, expectation 1: CreateShare: expected 3 calls, found 2 calls*"]
    )


def test_a_mistake_in_a_marker_is_shown_with_its_caret_when_tests_are_collected(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", wrong=FULL.replace("CreateShare", "CreateShares"))
    result = played(
        pytester,
        """
@pytest.mark.understudy(scenario="wrong.yaml")
@pytest.mark.parametrize("number", range(3))
def test_wrong(understudy, number):
    pass

@pytest.mark.understudy(scenarios="full.yaml")
def test_no_such_word(understudy):
    pass

@pytest.mark.understudy(scenario="nowhere.yaml")
def test_no_such_file(understudy):
    pass
""",
    )
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(
        [
            "*_ ERROR collecting test_it.py _*",
            "test_it.py::test_wrong?0? and 2 more: the marker `understudy` is wrong",
            "error: operation `CreateShares` is not in the contract of `gokuai` and `koodrive` and `objects`",
            " --> *wrong.yaml:3:16",
            "3 |   - operation: CreateShares",
            "  |                ^^^^^^^^^^^^ no such operation",
            "*help: did you mean `CreateShare`?",
            "*the marker `understudy` takes scenario=, time= and judge=, not scenarios",
            "*the scenario `nowhere.yaml` cannot be read: *",
            "ERROR test_it.py*",
        ]
    )


def test_a_test_that_fails_by_itself_shows_what_was_called(pytester: pytest.Pytester) -> None:
    result = played(
        pytester,
        """
def test_fails(understudy):
    for _ in range(30):
        share(understudy.url, days=366)
    assert 1 == 2
""",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*assert 1 == 2",
            "*- understudy: verdict -*",
            "verdict: failed (contract broken)",
            "*- understudy: calls -*",
            "... 10 before",
            "*30  POST *",
        ]
    )


def test_options_in_the_settings_reach_the_stand_in(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nunderstudy_options = --time 2026-11-21T08:00:00Z --deny-unknown\n")
    result = played(
        pytester,
        """
import asyncio

def test_time(understudy, understudy_server):
    assert share(understudy_server.url, headers=understudy.headers)[0] == 200
    assert understudy.exchanges()[0]["time"] == "2026-11-21T08:00:00Z"

def test_waits(async_understudy):
    async def story():
        await asyncio.to_thread(share, async_understudy.url, 366)
        assert (await async_understudy.verdict()).reasons == ["contract broken"]
    asyncio.run(story())
""",
    )
    result.assert_outcomes(passed=1, failed=1)
    pytester.makeini("[pytest]\nunderstudy_options = --time yesterday\n")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*the stand-in ended with status 2 before it listened*", "*error: invalid value 'yesterday'*"])


def test_a_missing_program_is_told_by_the_tests_that_need_it(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makeconftest("import pathlib, understudy.binary\nunderstudy.binary._PACKAGED = pathlib.Path('nowhere')\n")
    monkeypatch.setenv("UNDERSTUDY_BINARY", "/nowhere/understudy")
    result = played(pytester, "def test_needs_it(understudy): pass\ndef test_does_not(): pass\n")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["UNDERSTUDY_BINARY names `/nowhere/understudy`, which is not there"])


def test_a_stand_in_that_ends_too_early_is_told_once_for_each_test(pytester: pytest.Pytester) -> None:
    result = played(
        pytester,
        """
import os, signal

def test_ends(understudy, understudy_server):
    os.kill(understudy_server._process._child.pid, signal.SIGKILL)

def test_after(understudy):
    pass
""",
    )
    result.assert_outcomes(failed=1, errors=2)
    # At the end of the first test, when it is cleaned up, and at the start of the second one.
    told = [text for text in result.outlines if text.startswith("the stand-in was ended by signal 9 while it was needed")]
    assert len(told) == 3 and "During handling" not in str(result.stdout)


def test_sixteen_workers_start_at_once_and_leave_nothing_behind(pytester: pytest.Pytester) -> None:
    result = played(
        pytester,
        f"""
@pytest.mark.understudy(scenario={FULL!r})
@pytest.mark.parametrize("number", range(32))
def test_shared(understudy, understudy_server, number):
    open(f"url-{{number}}", "w").write(understudy_server.url)
    assert [share(understudy.url)[0], share(understudy.url)[0]] == [400, 200]
    share(understudy.url, days=366 if number == 17 else 7)
""",
        "-n16",
    )
    result.assert_outcomes(passed=31, failed=1)
    result.stdout.fnmatch_lines(["*_ test_shared?17? _*", "*/body/validDays: expected at most 365, found 366"])
    from test_server import is_gone

    urls = {file.read_text() for file in pytester.path.glob("url-*")}
    assert len(urls) > 1 and all(is_gone(url) for url in urls)


def test_it_is_quiet_where_nobody_needs_it(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.fspath(pytester.path))
    monkeypatch.setenv("UNDERSTUDY_BINARY", "/nowhere/understudy")
    played(pytester, "def test_nothing(): pass\n").assert_outcomes(passed=1)
