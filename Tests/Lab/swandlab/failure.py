"""How a scenario says that it failed, and how it waits."""

import time


class Failure(Exception):
    """What was expected and what was found instead, in one sentence."""


class Skipped(Exception):
    """The scenario cannot run here; says what is missing."""


def require(condition, message):
    if not condition:
        raise Failure(message)


# How many times longer than on an ordinary machine things may take: the runner sets it.
patience = 1


def wait_until(condition, what, deadline=30.0, pause=0.05):
    """Polls `condition` and returns its first true value. No scenario sleeps for a fixed time instead."""
    end = time.monotonic() + deadline * patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {deadline:g} s")
        time.sleep(pause)
