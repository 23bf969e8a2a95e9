"""A tunnel between moon and sun, described once; every peer writes it down in its own language."""

from dataclasses import dataclass, field

from swandlab import certificates, topology


@dataclass(frozen=True)
class Side:
    """What is known about a gateway."""
    name: str
    address: str
    address6: str
    net: str
    net6: str
    inner_host: str
    inner_host6: str

    @property
    def identity(self):
        return f"{self.name}.strongswan.org"

    @property
    def other(self):
        return SUN if self.name == "moon" else MOON


MOON = Side("moon", topology.MOON, topology.MOON6, topology.MOON_NET, topology.MOON_NET6,
            topology.ALICE, topology.ALICE6)
SUN = Side("sun", topology.SUN, topology.SUN6, topology.SUN_NET, topology.SUN_NET6, topology.BOB, topology.BOB6)

SECRET = "0sv+NkxY9LLZvwj4qCC2o/gGrWDF2d21jL"


@dataclass
class Tunnel:
    """One side's view. Where `children` is empty there is one child `net` from LAN to LAN."""
    side: Side
    auth: str = "psk"                       # psk, or a kind of certificate: rsa, ecdsa256 … ed25519
    ike: str = "aes128-sha256-x25519"
    esp: str = "aes128gcm16-x25519"
    ah: str = ""                            # a proposal for AH, which replaces ESP
    v6: bool = False                        # outer addresses
    secret: str = SECRET
    connection: dict = field(default_factory=dict)   # further keys of the connection, in swanctl's words
    local: dict = field(default_factory=dict)
    remote: dict = field(default_factory=dict)
    child: dict = field(default_factory=dict)        # further keys of every child
    children: dict = field(default_factory=dict)
    certificate: str = ""                   # another certificate than the side's own of that kind
    authority: str = ""                     # another CA than the one of that kind
    ppk: tuple = ()                         # (identity, secret) of a post-quantum pre-shared key

    @property
    def addresses(self):
        """Own and peer's outer address; the peer's may be `%any`."""
        other = self.side.other
        own, peer = (self.side.address6, other.address6) if self.v6 else (self.side.address, other.address)
        return self.connection.get("local_addrs", own), self.connection.get("remote_addrs", peer)

    @property
    def own_certificate(self):
        return self.certificate or f"{self.side.name}-{self.auth}"

    @property
    def own_authority(self):
        return self.authority or f"ca-{self.auth}"

    @property
    def credentials(self):
        if self.auth == "psk":
            return ()
        between = certificates.intermediates(self.side.name) if self.auth == "chain" else ()
        return (self.own_certificate, self.own_authority, *between)

    def child_sections(self):
        """Each child's complete section."""
        proposals = {"ah_proposals": self.ah} if self.ah else {"esp_proposals": self.esp}
        base = {"local_ts": self.side.net, "remote_ts": self.side.other.net} | proposals | self.child
        sections = {name: base | keys for name, keys in (self.children or {"net": {}}).items()}
        for section in sections.values():
            if "ah_proposals" in section:
                section.pop("esp_proposals", None)
        return sections


def swanctl_conf(tunnel):
    """The tunnel as swanctl.conf, as nested dictionaries."""
    own, peer = tunnel.addresses
    local = {"auth": "psk" if tunnel.auth == "psk" else "pubkey", "id": tunnel.side.identity}
    if tunnel.auth != "psk":
        local["certs"] = f"{tunnel.own_certificate}.pem"
    remote = {"auth": local["auth"], "id": tunnel.side.other.identity}
    ppk = {"ppk_id": tunnel.ppk[0]} if tunnel.ppk else {}
    connection = ppk | {
        "version": 2, "local_addrs": own, "remote_addrs": peer, "proposals": tunnel.ike,
        "local": local | tunnel.local, "remote": remote | tunnel.remote,
        "children": tunnel.child_sections(),
    } | tunnel.connection
    secrets = {}
    if tunnel.auth == "psk":
        identities = {f"id-{side.name}": side.identity for side in (tunnel.side, tunnel.side.other)}
        secrets["ike-gw"] = identities | {"secret": tunnel.secret}
    if tunnel.ppk:
        secrets["ppk-gw"] = {"id": tunnel.ppk[0], "secret": tunnel.ppk[1]}
    return {"connections": {"gw": connection}} | ({"secrets": secrets} if secrets else {})


# What swanctl hands to the daemon as lists.
_LISTS = ("local_addrs", "remote_addrs", "proposals", "esp_proposals", "ah_proposals", "local_ts", "remote_ts")


def vici_connections(tunnel):
    """The tunnel's connections (with pre-shared keys) as `load-conn` takes them: what swanctl would make of the file."""
    return _as_lists(swanctl_conf(tunnel)["connections"])


def _as_lists(section):
    result = {}
    for key, value in section.items():
        if isinstance(value, dict):
            value = _as_lists(value)
        elif key in _LISTS:
            value = [word.strip() for word in value.split(",")]
        result[key] = value
    return result
