"""What the system says of the stand-in over time, and whether it grows."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Sample:
    second: float
    memory: float
    descriptors: int
    threads: int


# By how much a figure may be higher at the end than when it had settled.
ALLOWED = {"memory": 8, "descriptors": 4, "threads": 2}


def growth(samples, settled):
    """What grew between the first and the last quarter of the time after `settled`."""
    samples = [sample for sample in samples if sample.second >= settled]
    quarter = max(1, len(samples) // 4)
    grown = []
    for name, allowed in ALLOWED.items():
        first, last = (median(getattr(sample, name) for sample in part) for part in (samples[:quarter], samples[-quarter:]))
        if last > first + allowed:
            grown.append(f"{name} grew from {first:.0f} to {last:.0f}")
    return grown
