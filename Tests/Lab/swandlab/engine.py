"""Where scenarios run: below a guest kernel, or in this machine's own namespaces when its kernel has ESP."""

import json
import os
import signal
import subprocess
import time

from swandlab import capture
from swandlab.host import ENVIRONMENT

LAB = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BOOT_DEADLINE = 180
GRACE = 60
# In the runner's view of the file system: /run is a tmpfs of its own there.
SCRATCH = "/run/lab"


def kernel_has_esp():
    """Tries what the scenarios need: an ESP SA in a namespace of its own."""
    attempt = ("ip link set lo up && ip xfrm state add src 127.0.0.1 dst 127.0.0.1 proto esp spi 0x100 mode tunnel "
               "aead 'rfc4106(gcm(aes))' 0x0123456789012345678901234567890123456789 128 "
               "&& ip link add type veth && ip link add br0 type bridge")
    result = subprocess.run(["unshare", "-n", "sh", "-c", attempt], env=ENVIRONMENT,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return result.returncode == 0


def choose():
    """`LAB_ENGINE` (uml, namespaces) decides; otherwise the kernel."""
    name = os.environ.get("LAB_ENGINE") or ("namespaces" if kernel_has_esp() else "uml")
    return {"uml": UserModeLinux, "namespaces": Namespaces}[name]


class Engine:
    """A running batch of scenarios. `follow` yields its reports until it has ended or died."""

    name = ""

    def __init__(self, job, directory):
        self.directory = directory
        self.job = job | {"progress": f"{directory}/progress", "scratch": SCRATCH, "exchange": directory}
        open(self.job["progress"], "w").close()
        with open(f"{directory}/job.json", "w") as file:
            json.dump(self.job, file)
        self.console = open(f"{directory}/console.log", "wb")
        self.process = subprocess.Popen(self.command(), env=self.environment(), stdin=subprocess.DEVNULL,
                                        stdout=self.console, stderr=subprocess.STDOUT, start_new_session=True)

    def environment(self):
        return ENVIRONMENT

    def command(self):
        raise NotImplementedError

    def follow(self):
        """Yields each report. A silence that is longer than the running scenario may take ends the engine."""
        patience = time.monotonic() + BOOT_DEADLINE
        with open(self.job["progress"]) as progress:
            partial = ""
            while True:
                ended = self.process.poll() is not None
                partial += progress.read()
                while "\n" in partial:
                    line, partial = partial.split("\n", 1)
                    report = json.loads(line)
                    patience = max(patience, time.monotonic() + report.get("limit", 0) + GRACE)
                    if "dissect" in report:
                        _dissect(report)
                    else:
                        yield report
                if ended:
                    return
                if time.monotonic() > patience:
                    self.kill()
                    return
                time.sleep(0.05)

    def kill(self):
        kill_session(self.process.pid)
        self.process.wait()
        self.console.close()


class UserModeLinux(Engine):
    """Debian's User-Mode Linux with the machine's own file system as its root: boots in two seconds."""

    name = "guest kernel"

    def command(self):
        return ["/usr/bin/linux.uml", "mem=1500M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw",
                f"init={LAB}/guest-init", f"lab_main={LAB}/swandlab/runner.py",
                f"lab_job={self.directory}/job.json", "con=null", "con0=null,fd:1", "quiet", "panic=1"]

    def environment(self):
        return ENVIRONMENT | {"TMPDIR": memory_directory()}


class Namespaces(Engine):
    """No guest: the runner in a mount namespace of its own."""

    name = "this kernel"

    def command(self):
        own_run = 'mount -t tmpfs tmpfs /run && exec /usr/bin/python3 -B "$@"'
        return ["unshare", "-m", "sh", "-c", own_run, "sh", f"{LAB}/swandlab/runner.py", f"{self.directory}/job.json"]


def _dissect(report):
    """A scenario asks what tshark thinks of a capture; the answer appears at once and whole."""
    if "filter" in report:
        packets = capture.summary(report["dissect"], report["filter"])
    else:
        packets = capture.dissect(report["dissect"])
    with open(report["answer"] + ".part", "w") as file:
        json.dump(packets, file)
    os.rename(report["answer"] + ".part", report["answer"])


def kill_session(leader):
    """Ends every process of the session that `leader` began, and nothing else."""
    for process in _session_members(leader):
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass


def memory_directory():
    """The guest's memory is a file in a directory that must be large enough: /dev/shm is small in containers."""
    room = os.statvfs("/dev/shm") if os.path.isdir("/dev/shm") else None
    enough = room and room.f_bavail * room.f_frsize > 1700 << 20
    return "/dev/shm" if enough else "/tmp"


def _session_members(session):
    members = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[3]) == session:
                members.append(int(entry))
    return members
