"""What a seed chooses: configuration, network and operations. Nothing here looks at a clock or at a daemon."""

import random
from dataclasses import dataclass

from swandlab import topology

# Two thirds of a second to nine: long enough for a link that loses a fifth, short enough that a dead peer is noticed.
RETRANSMISSION = {"retransmit_timeout": 0.5, "retransmit_base": 1.3, "retransmit_tries": 6}
NETWORKS = {
    "n0": (topology.MOON_NET, topology.SUN_NET, topology.ALICE, topology.BOB),
    "n1": ("10.11.0.0/16", "10.12.0.0/16", "10.11.0.10", "10.12.0.10"),
    "n6": (topology.MOON_NET6, topology.SUN_NET6, topology.ALICE6, topology.BOB6),
}
# Implementations without a control protocol have one child, whose name is the connection's.
NETWORKS["net"] = NETWORKS["n0"]
MOVED, MOVED6 = "192.168.0.3", "fec0::3"
KINDS = {
    "initiate": 24, "rekey-child": 14, "rekey-ike": 12, "terminate-child": 8, "terminate-ike": 6, "force-ike": 1,
    "reauth": 4, "reload": 4, "kill": 4, "restart": 3, "cut": 5, "traffic": 9, "impair": 3,
}
# What the others can be told; what a side cannot is left out when it is its turn.
KINDS_OF_OTHERS = ("initiate", "rekey-child", "rekey-ike", "terminate-ike", "kill", "restart", "cut", "traffic", "impair")


@dataclass(frozen=True)
class Operation:
    """What one side (or the network) does, after a pause."""
    pause: float
    side: str
    kind: str
    child: str = "n0"
    seconds: float = 0
    text: str = ""

    def __str__(self):
        words = [f"{self.pause:6.3f}s later", self.side, self.kind]
        words += [self.child] if self.kind in ("initiate", "rekey-child", "terminate-child", "traffic") else []
        words += [f"for {self.seconds:.1f}s"] if self.seconds else []
        return " ".join(words + ([self.text] if self.text else []))


class Plan:
    """Everything that is chosen before the first packet.

    - Parameter other: `pluto` or `iked` where one side is played by it: one child, a pre-shared key, and what it can.
    """

    def __init__(self, seed, other=None):
        self.seed = seed
        self.other = other
        full = other is None
        dice = random.Random(f"chaos {seed}")
        self.nat = dice.random() < 0.2
        self.v6 = not self.nat and dice.random() < 0.25 and full
        self.auth = dice.choice(["psk", "psk", "ecdsa256", "rsa", "chain"]) if full else "psk"
        self.pfs = dice.random() < 0.5
        self.children = dice.choice([["n0"], ["n0", "n1"], ["n0", "n1", "n6"]]) if full else ["net"]
        self.mobike = dice.random() < 0.5 and full
        self.small_fragments = dice.random() < 0.3
        self.settings = {
            "delete_rekeyed_delay": dice.choice([1, 1, 2, 5]),
            "make_before_break": dice.choice(["yes", "no"]),
            "keep_alive": 2,
        } | RETRANSMISSION | ({"fragment_size": 560} if self.small_fragments else {})
        self.dpd_delay = dice.choice([2, 3])
        self.unique = dice.choice(["no", "never", "replace", "keep"])
        self.short_child = dice.choice([0, 0, 8, 12])
        self.short_ike = dice.choice([0, 0, 9, 14])
        self.reauth = dice.choice([0, 0, 0, 20]) if full else 0
        if self.short_child:
            # Otherwise there is always one that waits to be taken away.
            self.settings["delete_rekeyed_delay"] = 1
        self.start = {side: dice.choice(["none", "none", "trap", "start"]) for side in ("moon", "sun")}
        self.close = {"moon": dice.choice(["none", "none", "trap", "start"]), "sun": "none"}
        self.dpd = {"moon": dice.choice(["clear", "trap", "restart"]), "sun": dice.choice(["clear", "clear", "trap"])}
        self.keyingtries = dice.choice([1, 1, 3])
        self.link = dice.choice(["", "", "delay 20ms 10ms", "delay 50ms 20ms 25% loss 5% duplicate 5%",
                                 "delay 20ms 15ms 25% loss 20% reorder 25% 50%", "loss 10% duplicate 10%",
                                 "delay 100ms 80ms reorder 25% 50% duplicate 5%"])
        self.operations = [self._operation(dice) for _ in range(dice.randint(10, 25))]
        if dice.random() < 0.8:
            # Most have something to lose from the beginning.
            self.operations[:0] = [Operation(0.2, "moon", "initiate", child) for child in self.children]
        if not full:
            self.operations = [each for each in self.operations if each.kind in KINDS_OF_OTHERS]
        self.last = dice.choice(["moon", "sun"])
        # A responder behind nothing cannot reach an initiator behind a translator.
        if self.nat:
            self.start["sun"] = "none"
            self.dpd["sun"] = "clear"

    def _operation(self, dice):
        kinds = dict(KINDS)
        if self.nat:
            kinds["flush-nat"] = 5
        elif self.mobike:
            kinds |= {"move": 5, "link-down": 4}
        kind = dice.choices(list(kinds), list(kinds.values()))[0]
        pause = dice.choices([dice.uniform(0, 0.04), dice.uniform(0, 0.5), dice.uniform(0.5, 2), dice.uniform(2, 5)],
                             [45, 25, 22, 8])[0]
        seconds, text = 0, ""
        if kind in ("cut", "link-down"):
            seconds = dice.choice([0.3, 1, 3, 12])
        elif kind in ("kill", "restart"):
            seconds = dice.choice([0, 0, 1, 4])
        elif kind == "impair":
            text = dice.choice(["loss 30%", "delay 300ms 100ms", "duplicate 50%", "delay 30ms reorder 50% 50%"])
        return Operation(pause, dice.choice(["moon", "sun"]), kind, dice.choice(self.children), seconds, text)

    # What `Lab.site_to_site` takes

    def options(self):
        cipher = "aes128-sha512" if self.other == "iked" else "aes128gcm16"
        esp = f"{cipher}-x25519" if self.pfs or self.other == "pluto" else cipher
        return {"auth": self.auth, "v6": self.v6, "esp": esp, "settings": self.settings,
                "moon": self._side("moon"), "sun": self._side("sun")}

    def _side(self, name):
        return {"connection": self._connection(name), "children": self._children(name)}

    def _connection(self, name):
        keys = {"dpd_delay": f"{self.dpd_delay}s", "mobike": "yes" if self.mobike else "no", "unique": self.unique,
                "keyingtries": self.keyingtries, "rekey_time": "14400s"}
        if not self.other:
            keys["local_addrs"] = "%any"
        elif self.nat and name == "moon":
            keys["local_addrs"] = topology.MOON_BEHIND_NAT
        if self.short_ike:
            keys |= {"rekey_time": f"{self.short_ike}s", "over_time": "20s", "rand_time": "2s"}
        if self.reauth:
            # An announced lifetime below over_time is one that has ended already.
            keys |= {"reauth_time": f"{self.reauth}s", "over_time": "6s", "rand_time": "3s"}
        if self.nat:
            keys["remote_addrs"] = "%any" if name == "sun" else topology.SUN
        elif self.other:
            pass  # as the tunnel has them
        elif name == "sun":
            keys["remote_addrs"] = f"{topology.MOON6},{MOVED6}" if self.v6 else f"{topology.MOON},{MOVED}"
        else:
            keys["remote_addrs"] = topology.SUN6 if self.v6 else topology.SUN
        return keys

    def _children(self, name):
        return {child: self._child(name, child) for child in self.children}

    def _child(self, name, child):
        own, other = NETWORKS[child][:2] if name == "moon" else NETWORKS[child][1::-1]
        keys = {"local_ts": own, "remote_ts": other, "start_action": self.start[name],
                "close_action": self.close[name], "dpd_action": self.dpd[name]}
        if self.short_child:
            keys |= {"rekey_time": f"{self.short_child}s", "life_time": f"{self.short_child + 20}s", "rand_time": "1s"}
        return keys

    def __str__(self):
        facts = {key: value for key, value in vars(self).items() if key not in ("operations", "settings")}
        return ", ".join(f"{key} {value}" for key, value in (facts | self.settings).items())
