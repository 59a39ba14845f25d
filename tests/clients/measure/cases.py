"""What is measured of one client: every fault, with both methods, on connections of each kind, once and for ever."""

from dataclasses import dataclass
from itertools import product

from .faults import FAULTS, Fault

GET = "GET"
POST = "POST"
METHODS = (GET, POST)
TARGETS = {GET: "/koodrive/ose/v1/share/userInfo?shortUrl=1", POST: "/koodrive/ose/v1/share/cancel"}
BODIES = {GET: "", POST: '{"shareIds":["1537770199275720001"]}'}

# How many calls run before the one that is measured, side by side: so many connections are idle then.
NEW = "new"
REUSED = "reused"
POOL = "pool"
BEFORE = {NEW: 0, REUSED: 1, POOL: 3}

# Long enough that calls side by side need a connection each.
OVERLAP = "200ms"

# So often a fault comes that goes on. A library that still sends has no bound that it keeps by itself.
ENDLESS = 12


@dataclass(frozen=True)
class Case:
    number: int
    fault: Fault
    method: str
    connection: str
    # Whether the fault goes on; else it comes at the first call only.
    always: bool

    @property
    def session(self):
        return f"case{self.number}"

    @property
    def before(self):
        return f"{self.session}.before"

    @property
    def after(self):
        return f"{self.session}.after"

    def plan(self, standin):
        """The line for the client's program."""
        target = TARGETS[self.method]
        urls = [standin.url(session, target) for session in (self.before, self.session, self.after)]
        count = BEFORE[self.connection]
        return "\t".join([str(self.number), self.method, urls[0], str(count), urls[1], urls[2], BODIES[self.method]])

    def prepare(self, standin):
        """Puts the answers in place."""
        times = {"times": ENDLESS} if self.always else {}
        standin.play(self.session, [{**self.fault.answer, **times}, "example"])
        if BEFORE[self.connection] > 1:
            standin.play(self.before, [{"delay": OVERLAP}])


def cases(client):
    """What is measured of a client, numbered from 1."""
    kinds = [(NEW, False), (NEW, True), (REUSED, False), (REUSED, True)]
    if client.pools:
        kinds.append((POOL, True))
    faults = [fault for fault in FAULTS if fault.http in (None, client.http)]
    numbered = enumerate(product(faults, METHODS, kinds), 1)
    return [Case(number, fault, method, *kind) for number, (fault, method, kind) in numbered]


def rehearsal(process):
    """A case that nobody counts: it loads what a process needs to send again. Its number is below those that count."""
    return Case(-process, FAULTS[0], GET, REUSED, False)
