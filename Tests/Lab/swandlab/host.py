"""An emulated host: network, mount and uts namespaces of its own, and a disposable /etc, /run and /var/lib."""

import os
import re
import signal
import subprocess
import time

from swandlab.failure import Failure, wait_until
from swandlab.namespaces import MS_PRIVATE, MS_REC, Namespaces, mount, sethostname

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "LC_ALL": "C", "HOME": "/root"}


class Host:
    """Namespaces and the processes that were started in them; `shut_down` ends all of it."""

    def __init__(self, name, forward=False, logs="/run/lab/logs"):
        self.name = name
        self.logs = f"{logs}/{name}"
        self.processes = []
        os.makedirs(self.logs, exist_ok=True)
        with Namespaces.new() as self.namespaces:
            self._mount_private_directories()
            self._set_kernel_parameters(forward)
            self.root = os.open("/", os.O_PATH | os.O_CLOEXEC)

    def _mount_private_directories(self):
        sethostname(self.name)
        mount("none", "/", None, MS_REC | MS_PRIVATE)
        mount("tmpfs", "/run", "tmpfs")
        for directory in ("/etc", "/var/lib"):
            upper, work = f"/run/.upper{directory}", f"/run/.work{directory}"
            os.makedirs(upper)
            os.makedirs(work)
            mount("overlay", directory, "overlay", 0, f"lowerdir={directory},upperdir={upper},workdir={work}")

    def _set_kernel_parameters(self, forward):
        values = {
            "net/ipv6/conf/all/accept_dad": 0, "net/ipv6/conf/default/accept_dad": 0,
            "net/ipv4/ip_forward": int(forward), "net/ipv6/conf/all/forwarding": int(forward),
            "net/ipv4/conf/all/rp_filter": 0, "net/ipv4/conf/default/rp_filter": 0,
            "net/ipv4/conf/all/send_redirects": 0, "net/ipv4/conf/default/send_redirects": 0,
        }
        for key, value in values.items():
            with open(f"/proc/sys/{key}", "w") as file:
                file.write(str(value))

    # Files

    def path(self, path):
        """Where the host's own file is seen from outside."""
        return f"/proc/self/fd/{self.root}{path}"

    def write(self, path, content, mode=0o600):
        """Writes text or octets."""
        outside = self.path(path)
        os.makedirs(os.path.dirname(outside), exist_ok=True)
        with open(outside, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(outside, mode)

    def read(self, path):
        with open(self.path(path)) as file:
            return file.read()

    # Processes

    def popen(self, *command, environment=None, **options):
        """Starts `command` inside; the process group of the result holds it and whatever it starts."""
        with self.namespaces.inside():
            process = subprocess.Popen(
                [str(word) for word in command], start_new_session=True, cwd="/",
                env=ENVIRONMENT | (environment or {}), stdin=options.pop("stdin", subprocess.DEVNULL), **options)
        self.processes.append(process)
        return process

    def run(self, *command, timeout=30, environment=None, input=None):
        """Runs to the end; the result has returncode, and stdout with stderr in it, as text."""
        process = self.popen(*command, environment=environment, text=True,
                             stdin=subprocess.PIPE if input is not None else subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            output, _ = process.communicate(input, timeout=timeout)
        except subprocess.TimeoutExpired:
            kill_group(process)
            output, _ = process.communicate()
            raise Failure(f"{self.name}: `{' '.join(map(str, command))}` took more than {timeout} s: {output}")
        self.processes.remove(process)
        return subprocess.CompletedProcess(command, process.returncode, output)

    def must(self, *command, **options):
        """Like `run`; returns the output, and fails the scenario unless the command succeeds."""
        result = self.run(*command, **options)
        if result.returncode != 0:
            words = " ".join(map(str, command))
            raise Failure(f"{self.name}: `{words}` ended with {result.returncode}: {result.stdout.strip()}")
        return result.stdout

    def ip_batch(self, lines):
        self.must("ip", "-batch", "-", input="\n".join(lines) + "\n")

    # Traffic

    def ping(self, address, count=1, interval=0.2, wait=5, size=56, source=None):
        """Sends `count` echo requests; fails unless every answer came."""
        lost = self.ping_loss(address, count, interval, wait, size, source)
        if lost:
            raise Failure(f"{self.name}: {lost} of {count} pings to {address} were lost")

    def ping_loss(self, address, count=1, interval=0.2, wait=5, size=56, source=None):
        command = ["ping", "-n", "-q", "-c", count, "-i", interval, "-W", wait, "-s", size]
        command += ["-I", source] if source else []
        result = self.run(*command, address, timeout=count * interval + wait + 30)
        counts = re.search(r"(\d+) packets transmitted, (\d+) received", result.stdout)
        if not counts:
            raise Failure(f"{self.name}: ping {address}: {result.stdout.strip()}")
        return int(counts[1]) - int(counts[2])

    def start_ping(self, address, interval=0.01):
        """A stream of echo requests until `Stream.stop`."""
        return Stream(self, address, interval)

    # End

    def shut_down(self):
        for process in self.processes:
            kill_group(process)
        for process in self.processes:
            process.wait()
        os.close(self.root)
        self.namespaces.close()


class Stream:
    """A running `ping`; `stop` tells how many requests went out and how many stayed unanswered."""

    def __init__(self, host, address, interval):
        self.name = f"{host.name} to {address}"
        self.started = time.monotonic()
        self.process = host.popen("ping", "-n", "-q", "-i", interval, "-W", 10, address, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def stop(self):
        # However quick the rest was: less than this would be no stream.
        wait_until(lambda: time.monotonic() - self.started > 1.5, "a second and a half of pings")
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            output, _ = self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            kill_group(self.process)
            output, _ = self.process.communicate()
        counts = re.search(r"(\d+) packets transmitted, (\d+) received", output)
        if not counts:
            raise Failure(f"ping {self.name}: {output.strip()}")
        return int(counts[1]), int(counts[1]) - int(counts[2])


def kill_group(process):
    """Ends a process of `Host.popen` and all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
