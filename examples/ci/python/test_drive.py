"""Run by `understudy run -- pytest -n 8`: eight workers call one stand-in, each in a session of its own."""

from __future__ import annotations

import os

import pytest
from drive import Drive

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
# One worker breaks the contract on purpose: no link may live longer than 365 days. Its client looks away, so that its tests pass.
TOO_MUCH = 365 if os.environ.get("BREAKS_THE_CONTRACT") == WORKER else 0


@pytest.mark.parametrize("days", [1, 7, 14, 30, 90, 180, 270, 365])
def test_shares_a_file(days: int) -> None:
    drive = Drive(f"{os.environ['UNDERSTUDY_URL']}/~{WORKER}", os.environ["UNDERSTUDY_KOODRIVE_TOKEN"])
    drive.share("1", days + TOO_MUCH)


# With the fixture a test has a session that nobody else calls, and a scenario of its own.
@pytest.mark.understudy(scenario="space-is-full.yaml")
def test_has_no_link_while_the_space_is_full(understudy) -> None:
    drive = Drive(understudy.url, os.environ["UNDERSTUDY_KOODRIVE_TOKEN"])
    assert drive.share("1", 7) is None
    assert drive.share("1", 7) is not None
