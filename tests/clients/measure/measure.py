"""One client through all of its cases, several times."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from . import standin as standins
from .cases import BEFORE, BODIES, NEW, TARGETS, Case, cases, rehearsal
from .seen import WHOLE, report, seen

# A process goes through its cases one after the other; the slowest wait for seconds, several times.
LONGEST = 240

# A busy machine may spoil a case: a call before it got no answer in time, or no idle connection was left. Then it is
# measured once more, so often.
AGAIN = 3


class Broken(Exception):
    """The measurement itself went wrong, not a call."""


@dataclass(frozen=True)
class Outcome:
    """What became of one case, once."""

    case: Case
    requests: int
    # From the end of each exchange to the head of the next, in seconds.
    waits: list
    # Whether all requests had the same bytes.
    identical: bool
    # What the app was told of the call, and of the next one on the same client.
    saw: str
    next: str
    # Whether all went well before the call that counts, and it was sent on a connection of the kind that was wanted.
    sound: bool


def measure(client, command, program, passes, slow):
    """All outcomes of a client, the waits of the first resends of its processes, and the cases that did not work out.
    `slow`: whether cases that end by a timeout are measured, in the first pass."""
    outcomes, first, spoilt = [], [], []
    for number in range(passes):
        todo = [case for case in cases(client) if not case.fault.slow or slow and number == 0]
        for _ in range(1 + AGAIN):
            found, waits = measured(client, command, program, todo)
            first += waits
            outcomes += [outcome for outcome in found if outcome.sound]
            todo = [outcome.case for outcome in found if not outcome.sound]
            if not todo:
                break
        spoilt += todo
    return outcomes, first, spoilt


def measured(client, command, program, wanted):
    """Each case once. A process rehearses before its first one."""
    shares = [wanted[start :: client.processes] for start in range(min(client.processes, len(wanted)))]
    with standins.started(program) as standin:
        examples = {method: standin.example(method, TARGETS[method], BODIES[method]) for method in TARGETS}
        for case in wanted:
            case.prepare(standin)
        rehearsals = [rehearsal(number) for number in range(len(shares))]
        for case in rehearsals:
            case.prepare(standin)
        plans = [[case.plan(standin) for case in [first, *share]] for first, share in zip(rehearsals, shares)]
        reports = called(command, plans)
        exchanges = standin.exchanges()
    found = [outcome(client, case, reports.get(case.number, []), exchanges, examples[case.method]) for case in wanted]
    waits = [wait for case in rehearsals for wait in waits_of(exchanges.get(case.session, []))]
    return found, waits


def called(command, plans):
    """What the processes of a client said, by the number of the case."""
    with ThreadPoolExecutor(len(plans)) as threads:
        said = list(threads.map(lambda lines: run(command, lines), plans))
    reports = {}
    for line in (line for lines in said for line in lines):
        found = report(line)
        reports.setdefault(found.number, []).append(found)
    return reports


def run(command, lines):
    text = "".join(f"{line}\n" for line in lines)
    try:
        ended = subprocess.run(command, input=text, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired as late:
        raise Broken(f"it did not end within {LONGEST} s") from late
    if ended.returncode:
        raise Broken(f"it ended with status {ended.returncode}: {' '.join(ended.stderr.split())[-300:]}")
    return ended.stdout.splitlines()


def outcome(client, case, reports, exchanges, example):
    own = exchanges.get(case.session, [])
    idle = {exchange["connection"]["number"] for exchange in exchanges.get(case.before, [])}
    call, after = (only(case, reports, what) for what in ("call", "after"))
    before = [seen(each, example) for each in reports if each.what == "before"]
    # Some switches keep connections from being used again.
    reused = client.setting or case.connection == NEW or bool(own) and own[0]["connection"]["number"] in idle
    return Outcome(
        case=case,
        requests=len(own),
        waits=waits_of(own),
        identical=all(bytes_of(first) == bytes_of(second) for first, second in zip(own, own[1:])),
        saw=seen(call, *meant(own[-1])) if own else seen(call, example),
        next=seen(after, example),
        sound=before == [WHOLE] * BEFORE[case.connection] and bool(reused),
    )


def only(case, reports, what):
    found = [each for each in reports if each.what == what]
    if len(found) != 1:
        raise Broken(f"{len(found)} words on {what}: {case.method}, {case.connection} connection, {case.fault.name}")
    return found[0]


def meant(exchange):
    """Body and content type that the stand-in meant to answer with."""
    response = exchange["response"]
    kinds = [value for name, value in response.get("headers", []) if name == "content-type"]
    return response.get("body", "").encode(), (kinds or ["application/json"])[0]


def waits_of(exchanges):
    return [
        time(second["received"]["head"]) - time(first["outcome"]["at"])
        for first, second in zip(exchanges, exchanges[1:])
    ]


def time(text):
    # Python reads microseconds, the journal has nanoseconds.
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{seconds}+00:00").timestamp() + float(f"0.{fraction or 0}")


def bytes_of(exchange):
    return [exchange["request"].get(part) for part in ("method", "target", "headers", "body", "body_base64")]
