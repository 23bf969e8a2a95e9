"""strongSwan's charon 5.9.8 from Debian, run by hand."""

from peers.vici_peer import ViciPeer

PLUGINS = ("random nonce openssl kdf pem pkcs1 pkcs8 x509 pubkey constraints revocation hmac vici kernel-netlink "
           "socket-default updown")


class Peer(ViciPeer):
    name = "charon"

    def __init__(self, host, job):
        super().__init__(host, job)
        self.swanctl_binary = "/usr/sbin/swanctl"

    def base_settings(self):
        quiet = {"default": -1}
        return {
            "load": PLUGINS,
            "threads": 16,
            "filelog": {"stderr": {"default": 1, "flush_line": "yes", "time_format": "%H:%M:%S"}},
            "journal": quiet,
            "syslog": {"daemon": quiet, "auth": quiet},
        }

    def command(self):
        return ["/usr/sbin/charon-systemd"]
