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


def choose(need=None):
    """The engine for scenarios that need something special of the kernel (see `NEEDS`), or nothing.

    `LAB_ENGINE` (uml, qemu, namespaces) decides; otherwise what this machine's kernel has.
    """
    name = os.environ.get("LAB_ENGINE") or ("namespaces" if kernel_has_esp() else "uml")
    if name == "uml" and need or name == "namespaces" and need and not kernel_has(need):
        name = "qemu"
    return {"uml": UserModeLinux, "qemu": Emulator, "namespaces": Namespaces}[name]


# What User-Mode Linux does not have and scenarios may need, with the attempt that shows whether a kernel has it.
NEEDS = {"xfrm-interface": "ip link add labtest0 type xfrm if_id 1"}


def kernel_has(need):
    """Whether this machine's own kernel has it."""
    result = subprocess.run(["unshare", "-n", "sh", "-c", NEEDS[need]], env=ENVIRONMENT,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return result.returncode == 0


class Engine:
    """A running batch of scenarios. `follow` yields its reports until it has ended or died."""

    name = ""
    # How many times longer than usual a scenario may wait for anything.
    patience = 1

    def __init__(self, job, directory):
        self.directory = directory
        self.job = job | {"progress": f"{directory}/progress", "scratch": SCRATCH, "exchange": directory,
                          "patience": self.patience}
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


class Emulator(Engine):
    """Debian's stock kernel in QEMU, emulated in software, with the machine's own file system as its root over 9p.

    Programs run several times slower than outside, so only what needs that kernel runs here, in one boot.
    """

    name = "emulated machine"
    patience = 4
    TREE = f"{LAB}/.cache/trees/qemu"

    def command(self):
        # The kernel's tests of its own ciphers take longer than everything else here.
        words = ["console=ttyS0", "panic=-1", "quiet", "cryptomgr.notests", "mitigations=off",
                 f"lab_init={LAB}/guest-init", f"lab_main={LAB}/swandlab/runner.py",
                 f"lab_job={self.directory}/job.json", f"lab_modules={self.TREE}/lib/modules"]
        return ["/usr/bin/qemu-system-x86_64", "-M", "q35", "-cpu", "Nehalem", "-accel", "tcg,thread=multi",
                "-m", "1500M", "-smp", "2", "-display", "none", "-serial", "stdio", "-monitor", "none", "-no-reboot",
                "-nic", "none", "-kernel", f"{self.TREE}/kernel", "-initrd", f"{self.TREE}/initrd",
                "-append", " ".join(words), "-virtfs", "local,path=/,mount_tag=host,security_model=none,multidevs=remap"]


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
