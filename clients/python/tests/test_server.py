from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from client import TOKEN, share

import understudy.binary
from understudy import NotFound, NotStarted, Refused, Understudy, UnderstudyError, VerdictFailed, WrongScenario

FULL = """
    scenario: full
    rules:
      - operation: CreateShare
        answers:
          - { error: 13000311 }
          - example
"""
WRONG = "scenario: wrong\nrules:\n  - operation: CreateShares\n    answers: [example]\n"
CARET = "  - operation: CreateShares\n  |                ^^^^^^^^^^^^ no such operation"


def is_gone(url: str) -> bool:
    try:
        share(url)
    except (urllib.error.URLError, ConnectionError):
        return True
    return False


def test_a_block_has_a_stand_in_and_leaves_none_behind() -> None:
    with Understudy() as api:
        assert share(api.url)[0] == 200
        [exchange] = api.exchanges("CreateShare")
        assert exchange["response"]["status"] == 200 and exchange["violations"] == []
        assert api.verdict().passed
        url = api.url
    assert is_gone(url)


def test_a_broken_contract_fails_at_the_end_of_the_block() -> None:
    with pytest.raises(VerdictFailed, match="/body/validDays: expected at most 365, found 366") as failed:
        with Understudy() as api:
            share(api.url, days=366)
    assert failed.value.verdict.reasons == ["contract broken"]


def test_a_block_that_fails_by_itself_fails_for_its_own_reason() -> None:
    with pytest.raises(ZeroDivisionError):
        with Understudy() as api:
            share(api.url, days=366 // 0)


def test_nobody_called_and_unjudged() -> None:
    with pytest.raises(VerdictFailed, match="no calls"):
        with Understudy():
            pass
    with Understudy(allow_empty=True):
        pass
    with Understudy(judge=False) as api:
        share(api.url, days=366)


def test_scenarios_are_texts_or_files(tmp_path: Path) -> None:
    file = tmp_path / "busy.yaml"
    file.write_text("scenario: busy\nrules: [{ operation: GetShareInfo, answers: [503] }]\n")
    forms: list[str | list[str | Path]] = [FULL, [FULL, file], [os.fspath(file), FULL]]
    for scenario in forms:
        with Understudy(scenario=scenario) as api:
            assert share(api.url)[1]["code"] == 13000311
            assert share(api.url)[0] == 200
            # All sessions play it, each from its beginning.
            assert share(api.session("other").url)[1]["code"] == 13000311


def test_mistakes_in_scenarios_come_with_their_carets(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG)
    for scenario, place in ((WRONG, "--> scenario:3:16"), (file, f"--> {file}:3:16")):
        with pytest.raises(WrongScenario) as wrong:
            Understudy(scenario=scenario).start()
        assert CARET in str(wrong.value) and place in str(wrong.value)
    with Understudy(allow_empty=True) as api:
        with pytest.raises(WrongScenario) as wrong:
            api.session("mine").play(WRONG)
        assert CARET in str(wrong.value)
        with pytest.raises(UnderstudyError, match="the scenario `nowhere.yaml` cannot be read: .*No such file"):
            api.play("nowhere.yaml")


def test_sessions_do_not_see_one_another() -> None:
    with Understudy(judge=False) as api:
        mine, other = api.session("mine"), api.session("tests/a.py::test[ä]")
        mine.play(FULL)
        assert share(mine.url)[1]["code"] == 13000311
        assert share(other.url, days=366)[0] == 400
        assert share(api.url, headers=mine.headers)[0] == 200
        assert mine.verdict().passed and not other.verdict().passed
        with pytest.raises(VerdictFailed):
            other.check()
        assert other.name == "tests-a.py--test---" and len(api.session("x" * 300).name) == 100
        mine.set_states({"upload": "done"})
        assert mine.states() == {"upload": "done"} and other.states() == {}
        mine.forget()
        assert mine.exchanges() == [] and share(mine.url)[0] == 200


def test_the_clock_is_moved_by_whoever_asks() -> None:
    with Understudy(options=["--time", "2026-11-21T08:00:00Z"], judge=False) as api:
        assert share(api.url)[0] == 200
        for by in ("10m", timedelta(minutes=5), 301.5):
            api.advance(by)
        assert api.exchanges()[-1]["time"] == "2026-11-21T08:00:00Z"
        # A token lives 20 minutes from its last call.
        assert share(api.url)[0] == 401
        assert api.exchanges()[-1]["time"] == "2026-11-21T08:20:01.5Z"
        api.set_time(datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))))
        share(api.url)
        assert api.exchanges()[-1]["time"] == "2026-01-01T00:00:00Z"
        api.resume()
        api.freeze()
        with pytest.raises(ValueError, match="has no time zone"):
            api.set_time(datetime(2026, 1, 1))
        with pytest.raises(Refused, match="400") as refused:
            api.advance("soon")
        assert refused.value.status == 400


def test_a_world_remembers_and_credentials_are_told() -> None:
    with Understudy(world=True, allow_empty=True) as api:
        mine = api.session("mine")
        put = mine.put_file("lin/notes/new todo.txt", "sail to Crete")
        assert mine.file("lin/notes/new todo.txt") == put and put["fileName"] == "new todo.txt"
        assert mine.read_file("lin/notes/new todo.txt") == b"sail to Crete"
        mine.put_file("lin/ä+b.bin", bytes(range(256)))
        assert mine.read_file("lin/ä+b.bin") == bytes(range(256))
        with pytest.raises(Refused, match="404"):
            api.session("other").file("lin/notes/new todo.txt")
        assert api.credentials()["UNDERSTUDY_KOODRIVE_TOKEN"] == TOKEN
        assert "Huawei Cloud KooDrive" in api.log()


def test_the_same_for_code_that_waits() -> None:
    async def story() -> None:
        async with Understudy(scenario=FULL, world=True) as api:
            there = api.session("there")
            assert await there.put_file("lin/a.txt", "a") == await there.file("lin/a.txt")
            assert await there.read_file("lin/a.txt") == b"a"
            mine = api.session("mine")
            found = await asyncio.gather(*(asyncio.to_thread(share, url) for url in (api.url, mine.url)))
            assert [body["code"] for _, body in found] == [13000311, 13000311]
            await mine.advance(1)
            await mine.set_time("2026-01-01T00:00:00Z")
            await mine.freeze()
            await mine.resume()
            await mine.play("scenario: more\nrules: []\n")
            await mine.set_states({"a": 1})
            assert await mine.states() == {"a": 1}
            assert len(await mine.exchanges()) == 1 and len(await api.exchanges()) == 2
            await mine.check()
            await mine.forget()
            assert (await api.verdict()).passed and TOKEN in (await api.credentials()).values()
            assert mine.headers == {"X-Understudy-Session": "mine"}
        with pytest.raises(VerdictFailed, match="validDays"):
            async with Understudy() as api:
                await asyncio.to_thread(share, api.url, 366)

    asyncio.run(story())


def test_a_missing_program_is_looked_for_and_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(understudy.binary, "_PACKAGED", tmp_path / "bin")
    monkeypatch.delenv("UNDERSTUDY_BINARY", raising=False)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(NotFound, match="came without it .*UNDERSTUDY_BINARY is not set, and no folder of PATH has it"):
        Understudy().start()
    monkeypatch.setenv("UNDERSTUDY_BINARY", "/nowhere/understudy")
    with pytest.raises(NotFound, match="UNDERSTUDY_BINARY names `/nowhere/understudy`, which is not there"):
        Understudy().start()
    (tmp_path / "understudy").write_text("no program")
    monkeypatch.setenv("UNDERSTUDY_BINARY", os.fspath(tmp_path / "understudy"))
    with pytest.raises(NotStarted, match="cannot run .*: Permission denied"):
        Understudy().start()


def test_a_program_that_dies_at_its_start_is_quoted(tmp_path: Path) -> None:
    program = tmp_path / "understudy"
    program.write_text("#!/bin/sh\necho 'the roof is on fire' >&2\nexit 7\n")
    program.chmod(0o755)
    with pytest.raises(NotStarted) as died:
        Understudy(binary=program).start()
    assert "ended with status 7 before it listened" in str(died.value)
    assert str(died.value).endswith("the last lines of its log:\n    the roof is on fire")
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    with pytest.raises(NotStarted, match="was ended by signal 9 before it listened"):
        Understudy(binary=program).start()


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(NotStarted, match=f"cannot listen on {address}: .*another program has that port"):
            Understudy(listen=address).start()


def test_a_stand_in_whose_connection_ends_before_it_does_is_quoted_too(tmp_path: Path) -> None:
    end = tmp_path / "end"
    os.mkfifo(end)
    with socket.create_server(("127.0.0.1", 0)) as server:
        program = tmp_path / "understudy"
        program.write_text(f"#!/bin/sh\necho http://127.0.0.1:{server.getsockname()[1]}\nread -r _ <'{end}'\nexit 7\n")
        program.chmod(0o755)

        def dying() -> None:
            server.accept()[0].close()
            end.write_text("now\n")

        thread = threading.Thread(target=dying)
        api = Understudy(binary=program).start()
        thread.start()
        with pytest.raises(NotStarted, match="the stand-in ended with status 7 while it was needed"):
            api.verdict()
        thread.join()
        api.stop()


def test_a_stand_in_that_ends_too_early_is_quoted() -> None:
    with pytest.raises(NotStarted, match="was ended by signal 9 while it was needed") as ended:
        with Understudy() as api:
            share(api.url)
            while "CreateShare  example" not in api.log():
                pass
            assert api._process is not None
            os.kill(api._process._child.pid, signal.SIGKILL)
            api.verdict()
    assert "POST /koodrive/ose/v1/share  200  CreateShare" in str(ended.value)


def test_sixteen_start_at_once() -> None:
    def one(_: int) -> int:
        with Understudy() as api:
            return share(api.url)[0]

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(one, range(16))) == [200] * 16


def test_a_test_that_is_killed_leaves_no_process_behind() -> None:
    program = "from understudy import Understudy\nprint(Understudy().start().url, flush=True)\ninput()\n"
    killed = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert killed.stdout is not None
    url = killed.stdout.readline().strip()
    assert share(url)[0] == 200
    killed.kill()
    killed.communicate()
    while not is_gone(url):
        pass
