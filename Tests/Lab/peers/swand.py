"""swand: reads the same swanctl.conf through the same packaged swanctl, or its own ipsec.conf."""

from peers.vici_peer import ViciPeer, render, RETRANSMISSION
from swandlab import certificates


# Lines can be put beside those of the other side.
LOG = {"filelog": {"stderr": {"default": 1, "time_format": "%H:%M:%S", "time_precision": "ms"}}}


class Peer(ViciPeer):
    name = "swand"

    def write_settings(self, settings):
        super().write_settings(settings)
        self.host.write("/etc/swand.conf", render({"swand": LOG | RETRANSMISSION | settings}))
        # A machine may have an ipsec.conf of its own, which is not this scenario's.
        self.host.write("/etc/ipsec.conf", "")
        self.host.write("/etc/ipsec.secrets", "")

    def configure_ipsec(self, conf, secrets, credentials=(), settings=None):
        """The classic way in: ipsec.conf and ipsec.secrets, with certificates below /etc/ipsec.d."""
        self.write_settings(settings or {})
        self.host.write("/etc/ipsec.conf", conf)
        self.host.write("/etc/ipsec.secrets", secrets)
        certificates.install(self.host, credentials, ipsec_d=True)

    def command(self):
        return [self.job["swand"], "--config", "/etc/swand.conf", "--ipsec-conf", "/etc/ipsec.conf",
                "--ipsec-secrets", "/etc/ipsec.secrets", "--vici-socket", "/run/charon.vici"]
