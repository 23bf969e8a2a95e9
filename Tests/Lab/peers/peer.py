"""What every implementation that plays a gateway has: a process in a host, a log, and the kernel's view of it."""

import os
import signal
import subprocess

from swandlab import kernel
from swandlab.failure import Failure, require, wait_until
from swandlab.host import kill_group


class Peer:
    """A daemon in a host. What it installed is read from the kernel unless it can be asked."""

    name = ""
    environment = {}

    def __init__(self, host, job):
        self.host = host
        self.job = job
        self.process = None
        self.runs = 0

    # Configuration

    def configure_tunnel(self, tunnel, settings=None):
        """Writes the tunnel down in the daemon's own language. `settings` are strongSwan's; others ignore them."""
        raise NotImplementedError

    # Life

    def command(self):
        """The daemon's command line; it stays in the foreground and logs to stderr."""
        raise NotImplementedError

    def ready(self):
        """True when the daemon takes commands."""
        raise NotImplementedError

    def start(self):
        """Starts the daemon and waits until it takes commands."""
        self.runs += 1
        self.log_path = f"{self.host.logs}/{self.name}.{self.runs}.log"
        with open(self.log_path, "wb") as log:
            self.process = self.host.popen(*self.command(), stdout=log, stderr=subprocess.STDOUT,
                                           environment=self.environment)
        # iked 7.4 takes more than half a minute on a machine that is busy with something else.
        wait_until(self._ready, f"{self.name} on {self.host.name} takes commands", 60)

    def _ready(self):
        code = self.process.poll()
        require(code is None, f"{self.name} on {self.host.name} ended with {code} at start: {self.log_tail()}")
        return self.ready()

    def load(self):
        """Makes the daemon read its connections, where it does not do so at its start."""

    def stop(self):
        """Asks the daemon to end, as systemd does."""
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} on {self.host.name} does not end on SIGTERM")
        require(code == 0, f"{self.name} on {self.host.name} ended with {code} on SIGTERM: {self.log_tail()}")

    def kill(self):
        """Ends the daemon without a chance to clean up."""
        kill_group(self.process)
        self.process.wait()

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def processor_seconds(self):
        """User and system time of the running daemon so far."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # Control

    def initiate(self, child):
        """Brings the tunnel up and waits for it."""
        raise NotImplementedError

    def terminate(self, ike=None, child=None):
        raise NotImplementedError

    def rekey(self, ike=None, child=None):
        raise NotImplementedError

    # State

    def wait_up(self, child="net", deadline=30):
        """Waits until the kernel has an SA in each direction."""
        wait_until(lambda: len([s for s in kernel.states(self.host) if s.algorithms]) >= 2,
                   f"{self.name} on {self.host.name} has a pair of SAs", deadline)

    def wait_down(self, deadline=30):
        """Waits until no SA is left in the kernel."""
        wait_until(lambda: not kernel.states(self.host), f"{self.name} on {self.host.name} has no SA left", deadline)

    # Log

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def log_tail(self):
        return " | ".join(self.log().strip().splitlines()[-4:])

    def wait_log(self, *alternatives, deadline=15):
        """Waits until one of the texts stands in the log."""
        wait_until(lambda: any(text in self.log() for text in alternatives),
                   f"{self.name} on {self.host.name} logs {' or '.join(map(repr, alternatives))}", deadline)
