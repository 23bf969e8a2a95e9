"""What charon and swand have in common: swanctl.conf, swanctl and the control protocol."""

from peers.peer import Peer
from swandlab import certificates
from swandlab.failure import Failure, wait_until
from swandlab.tunnel import swanctl_conf
from swandlab.vici_client import CommandFailed, Control

# Short enough that a scenario about silence ends soon, long enough that a slow machine does not give up a live peer.
RETRANSMISSION = {"retransmit_timeout": 2.0, "retransmit_base": 1.4, "retransmit_tries": 4}


class ViciPeer(Peer):
    """A daemon with a control socket, and the packaged swanctl (or ours) as its client."""

    environment = {"STRONGSWAN_CONF": "/etc/strongswan.conf"}

    def __init__(self, host, job):
        super().__init__(host, job)
        self.swanctl_binary = job["swanctl"]
        self.control = Control(host.path("/run/charon.vici"))

    # Configuration

    def settings_text(self, settings):
        """strongswan.conf for the daemon and for swanctl."""
        return render({"charon-systemd": self.base_settings() | RETRANSMISSION | settings,
                       "swanctl": {"load": "pem pkcs1 pkcs8 x509 openssl random"}})

    def base_settings(self):
        return {}

    def write_settings(self, settings):
        self.host.write("/etc/strongswan.conf", self.settings_text(settings))

    def configure(self, swanctl_conf="", credentials=(), settings=None):
        """Writes swanctl.conf, the named certificates and keys, and the daemon's own settings."""
        self.write_settings(settings or {})
        self.host.write("/etc/swanctl/swanctl.conf", swanctl_conf)
        certificates.install(self.host, credentials)

    def configure_tunnel(self, tunnel, settings=None):
        self.configure(render(swanctl_conf(tunnel)), tunnel.credentials, settings)

    # Life

    def ready(self):
        return self.control.ready()

    # Control

    def swanctl(self, *arguments, timeout=60):
        """Runs swanctl in the host; its output, or a failure."""
        return self.host.must(self.swanctl_binary, *arguments, timeout=timeout)

    def try_swanctl(self, *arguments, timeout=60):
        """Runs swanctl in the host; (exit code, output)."""
        result = self.host.run(self.swanctl_binary, *arguments, timeout=timeout)
        return result.returncode, result.stdout

    def load(self):
        self.swanctl("--load-all", "--noprompt")

    def initiate(self, child, ike=None, timeout=30):
        """Brings a child up and waits for it."""
        request = {"child": child, "timeout": str(timeout * 1000), "init-limits": "no"}
        self.stream("initiate", "control-log", request | ({"ike": ike} if ike else {}))

    def try_initiate(self, child, timeout=30):
        """Tries to bring a child up; None, or the daemon's words why not."""
        try:
            self.initiate(child, timeout=timeout)
        except Failure as failure:
            return str(failure)
        return None

    def terminate(self, ike=None, child=None, timeout=30):
        request = {"timeout": str(timeout * 1000)}
        request |= {"ike": ike} if ike else {}
        request |= {"child": child} if child else {}
        self.stream("terminate", "control-log", request)

    def rekey(self, ike=None, child=None):
        return self.call("rekey", {"ike": ike} if ike else {"child": child})

    def call(self, command, request=None):
        """One command; its answer, or a failure with the daemon's words."""
        try:
            return self.control.call(command, request)
        except (CommandFailed, OSError) as error:
            raise Failure(f"{self.name} on {self.host.name}: {command}: {error}")

    def stream(self, command, event, request=None):
        """One command; the events before its answer."""
        try:
            return self.control.stream(command, event, request)[0]
        except (CommandFailed, OSError) as error:
            raise Failure(f"{self.name} on {self.host.name}: {command}: {error}")

    def subscribe(self, *events):
        return self.control.subscribe(*events)

    # State

    def sas(self, ike=None):
        """list-sas: a list of IKE_SAs, each with its `name` and `child-sas` as a list."""
        found = []
        for item in self.stream("list-sas", "list-sa", {"ike": ike} if ike else None):
            for name, sa in item.items():
                children = list(sa.get("child-sas", {}).values())
                found.append(sa | {"name": name, "child-sas": children})
        return found

    def established(self, ike=None):
        return [sa for sa in self.sas(ike) if sa["state"] == "ESTABLISHED"]

    def children(self, name=None):
        """All installed CHILD_SAs."""
        return [child for sa in self.sas() for child in sa["child-sas"]
                if child["state"] == "INSTALLED" and name in (None, child["name"])]

    def wait_up(self, child="net", count=1, deadline=30):
        """Waits until `count` CHILD_SAs named `child` are installed."""
        return wait_until(lambda: len(found := self.children(child)) >= count and found,
                          f"{self.host.name}: CHILD_SA {child} installed", deadline)

    def wait_one_pair(self, deadline=30):
        """Waits until one IKE_SA with one CHILD_SA is all there is, old ones included."""
        wait_until(lambda: [[c["state"] for c in sa["child-sas"]] for sa in self.sas()] == [["INSTALLED"]],
                   f"{self.host.name}: one IKE_SA with one CHILD_SA", deadline)

    def wait_down(self, deadline=30):
        """Waits until no IKE_SA is left."""
        wait_until(lambda: not self.sas(), f"{self.host.name}: no IKE_SA left", deadline)


def render(sections, indent=0):
    """A nested dictionary in the format of strongswan.conf and swanctl.conf."""
    lines = []
    for key, value in sections.items():
        pad = "    " * indent
        if isinstance(value, dict):
            lines += [f"{pad}{key} {{", render(value, indent + 1), f"{pad}}}"]
        else:
            lines.append(f"{pad}{key} = {value}")
    return "\n".join(line for line in lines if line)

