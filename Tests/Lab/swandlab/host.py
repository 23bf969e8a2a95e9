"""An emulated host: network, mount, pid and uts namespaces of its own, and a disposable /etc, /run and /var/lib."""

import os
import re
import signal
import subprocess
import time

from swandlab import namespaces
from swandlab.failure import Failure

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "LC_ALL": "C", "HOME": "/root"}


class Host:
    """Its process 1 is a fork of this process that sleeps; killing it ends everything that runs in the host."""

    def __init__(self, name, forward=False, logs="/run/lab/logs"):
        self.name = name
        self.logs = f"{logs}/{name}"
        os.makedirs(self.logs, exist_ok=True)
        self.pid = self._boot(forward)
        self._namespaces = [
            os.open(f"/proc/{self.pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC) for kind in ("uts", "net", "pid", "mnt")
        ]

    def _boot(self, forward):
        read_end, write_end = os.pipe()
        outer = os.fork()
        if outer == 0:
            self._become_host(forward, write_end)
        os.close(write_end)
        with os.fdopen(read_end) as answers:
            answer = answers.readline().strip()
        os.waitpid(outer, 0)
        if not answer.isdigit():
            raise Failure(f"host {self.name} does not boot: {answer}")
        return int(answer)

    def _become_host(self, forward, answers):
        """Runs in the child only and never returns: the first fork enters the namespaces, the second is process 1."""
        try:
            signal.alarm(0)
            kinds = namespaces.CLONE_NEWNET | namespaces.CLONE_NEWNS | namespaces.CLONE_NEWUTS | namespaces.CLONE_NEWPID
            namespaces.unshare(kinds)
            ready_read, ready_write = os.pipe()
            init = os.fork()
            if init:
                os.close(ready_write)
                state = os.read(ready_read, 400).decode() or "process 1 died"
                os.write(answers, f"{init if state == 'ready' else state}\n".encode())
                os._exit(0)
            os.close(answers)
            os.setsid()
            self._mount_private_directories()
            self._set_kernel_parameters(forward)
            os.write(ready_write, b"ready")
            os.closerange(3, 4096)
        except BaseException as error:
            os.write(locals().get("ready_write", answers), f"{error}\n".encode())
            os._exit(1)
        while True:
            try:
                os.wait()
            except ChildProcessError:
                time.sleep(1)

    def _mount_private_directories(self):
        namespaces.sethostname(self.name)
        namespaces.mount("none", "/", None, namespaces.MS_REC | namespaces.MS_PRIVATE)
        namespaces.mount("proc", "/proc", "proc")
        namespaces.mount("tmpfs", "/run", "tmpfs")
        for directory in ("/etc", "/var/lib"):
            upper, work = f"/run/.upper{directory}", f"/run/.work{directory}"
            os.makedirs(upper)
            os.makedirs(work)
            namespaces.mount("overlay", directory, "overlay", 0,
                             f"lowerdir={directory},upperdir={upper},workdir={work}")

    def _set_kernel_parameters(self, forward):
        values = {
            "net/ipv6/conf/all/accept_dad": 0, "net/ipv6/conf/default/accept_dad": 0,
            "net/ipv4/ip_forward": int(forward), "net/ipv6/conf/all/forwarding": int(forward),
            "net/ipv4/conf/all/rp_filter": 0, "net/ipv4/conf/default/rp_filter": 0,
            "net/ipv4/conf/all/send_redirects": 0, "net/ipv4/conf/default/send_redirects": 0,
            "net/ipv4/ping_group_range": "0 2147483647",
        }
        for key, value in values.items():
            with open(f"/proc/sys/{key}", "w") as file:
                file.write(str(value))

    # Files

    def path(self, path):
        """Where the host's own file is seen from outside."""
        return f"/proc/{self.pid}/root{path}"

    def write(self, path, text, mode=0o600):
        outside = self.path(path)
        os.makedirs(os.path.dirname(outside), exist_ok=True)
        with open(outside, "w") as file:
            file.write(text)
        os.chmod(outside, mode)

    def read(self, path):
        with open(self.path(path)) as file:
            return file.read()

    # Processes

    def popen(self, *command, environment=None, **options):
        """Starts `command` inside; the process group of the result holds it and whatever it starts."""
        return subprocess.Popen(
            [str(word) for word in command], preexec_fn=self._enter, start_new_session=True, cwd="/",
            env=ENVIRONMENT | (environment or {}), stdin=options.pop("stdin", subprocess.DEVNULL), **options)

    def _enter(self):
        for descriptor in self._namespaces:
            namespaces.setns(descriptor)
        os.chdir("/")
        # Only children are in the new pid namespace: the command is one, this process waits and passes its status on.
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            return
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        os.closerange(3, 4096)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        os._exit(code if code >= 0 else 128 - code)

    def run(self, *command, timeout=30, environment=None, input=None):
        """Runs to the end; the result has returncode, and stdout with stderr in it, as text."""
        process = self.popen(*command, environment=environment, text=True,
                             stdin=subprocess.PIPE if input is not None else subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            output, _ = process.communicate(input, timeout=timeout)
        except BaseException as error:
            kill_group(process)
            output, _ = process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                raise Failure(f"{self.name}: `{' '.join(map(str, command))}` took more than {timeout} s: {output}")
            raise
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
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        for descriptor in self._namespaces:
            os.close(descriptor)
        self._namespaces = []


class Stream:
    """A running `ping`; `stop` tells how many requests went out and how many stayed unanswered."""

    def __init__(self, host, address, interval):
        self.name = f"{host.name} to {address}"
        self.process = host.popen("ping", "-n", "-q", "-i", interval, "-W", 10, address, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def stop(self):
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
