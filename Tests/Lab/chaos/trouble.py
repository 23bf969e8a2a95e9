"""Carries out the operations of a plan, several at once, and keeps a diary of them."""

import time

from chaos import faults
from chaos.pending import Pending
from chaos.plan import MOVED, MOVED6, NETWORKS
from swandlab import topology
from swandlab.failure import Failure, require


class Trouble:
    """One run of a plan in a lab whose gateways are up."""

    def __init__(self, lab, plan):
        self.lab = lab
        self.plan = plan
        self.sides = {"moon": lab.moon, "sun": lab.sun}
        self.began = time.monotonic()
        self.pending = []
        self.due = []
        self.away = set()
        self.variant = {"moon": 0, "sun": 0}
        # Kept with the daemon's logs, so that it is there when something fails.
        self.diary_path = f"{lab.moon.host.logs}/diary.txt"
        self.say(f"seed {plan.seed}: {plan}")

    def say(self, text):
        line = f"{time.strftime('%H:%M:%S')}.{int(time.time() * 1000) % 1000:03d} {text}"
        with open(self.diary_path, "a") as file:
            file.write(line + "\n")

    # Time

    def run(self):
        if self.plan.link:
            self.lab.network.impair(self.plan.link)
        for operation in self.plan.operations:
            self.wait(operation.pause)
            self.say(str(operation))
            getattr(self, "_" + operation.kind.replace("-", "_"))(operation)

    def wait(self, seconds):
        """Lets time go by: what is due is done, and answers are collected."""
        end = time.monotonic() + seconds
        while True:
            self.poll()
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.02))

    def poll(self):
        for item in [item for item in self.due if item[0] <= time.monotonic()]:
            self.due.remove(item)
            item[1]()
        for command in [command for command in self.pending if command.ended()]:
            self.pending.remove(command)
            self.say(f"  {command.name}: {command.outcome}")
        for name, peer in self.sides.items():
            require(name in self.away or peer.alive(),
                    f"{peer.name} on {name} has ended by itself with {peer.process.poll()}: {peer.log_tail()}")

    def _later(self, seconds, action):
        self.due.append((time.monotonic() + seconds, action))

    def hurry(self):
        """What was to happen later happens now."""
        for item in sorted(self.due, key=lambda item: item[0]):
            item[1]()
        self.due = []

    # Commands

    def command(self, side, command, **request):
        if side not in self.away:
            self.pending.append(Pending(self.sides[side], command, request))

    def _tell(self, operation, word, *arguments, **options):
        """An implementation without a control protocol; True when this was one."""
        peer = self.sides[operation.side]
        if hasattr(peer, "control"):
            return False
        if operation.side not in self.away and hasattr(peer, word):
            try:
                getattr(peer, word)(*arguments, **options)
            except NotImplementedError:
                self.say(f"  {peer.name} cannot")
            except Failure as failure:
                self.say(f"  {failure}")
        return True

    def _initiate(self, operation):
        if self._tell(operation, "begin", operation.child):
            return
        self.command(operation.side, "initiate", child=operation.child, timeout="0", **{"init-limits": "no"})

    def _rekey_child(self, operation):
        if not self._tell(operation, "rekey", child=operation.child):
            self.command(operation.side, "rekey", child=operation.child)

    def _rekey_ike(self, operation):
        if not self._tell(operation, "rekey", ike="gw"):
            self.command(operation.side, "rekey", ike="gw")

    def _reauth(self, operation):
        self.command(operation.side, "rekey", ike="gw", reauth="yes")

    def _terminate_child(self, operation):
        self.command(operation.side, "terminate", child=operation.child, timeout="0")

    def _terminate_ike(self, operation):
        if not self._tell(operation, "terminate", ike="gw"):
            self.command(operation.side, "terminate", ike="gw", timeout="0")

    def _force_ike(self, operation):
        self.command(operation.side, "terminate", ike="gw", force="yes", timeout="1000")

    def _reload(self, operation):
        """The same connections again, or with another lifetime, which replaces them."""
        side, peer = operation.side, self.sides[operation.side]
        if side in self.away:
            return
        self.variant[side] += 1
        if self.variant[side] % 2:
            text = peer.host.read("/etc/swanctl/swanctl.conf")
            peer.host.write("/etc/swanctl/swanctl.conf", text.replace("rekey_time = 14400s", "rekey_time = 18000s"))
        peer.load()

    # Life and death

    def _kill(self, operation):
        self._end(operation, lambda peer: peer.kill())

    def _restart(self, operation):
        self._end(operation, lambda peer: faults.stop(peer, self.say))

    def _end(self, operation, how):
        side, peer = operation.side, self.sides[operation.side]
        if side in self.away:
            return
        self.poll()
        self.away.add(side)
        how(peer)
        if not peer.name.startswith("swand"):
            # Others leave what a killed run has installed to the administrator.
            peer.host.must("sh", "-c", "ip xfrm state flush; ip xfrm policy flush; ip route flush table 220; true")
        self.say(f"  {side} is gone")
        self._later(operation.seconds, lambda: self.start(side))

    def start(self, side):
        peer = self.sides[side]
        peer.start()
        peer.load()
        self.away.discard(side)
        self.say(f"  {side} is back")

    # Network

    def _impair(self, operation):
        self.lab.network.impair(operation.text)
        self._later(2, self._usual_link)

    def _usual_link(self):
        self.lab.network.impair(self.plan.link or "delay 0ms")

    def _cut(self, operation):
        port = "router" if self.plan.nat else "moon"
        self.lab.network.cut(port)
        self._later(operation.seconds, lambda: self.lab.network.mend(port))

    def _link_down(self, operation):
        moon = self.lab.moon.host
        moon.must("ip", "link", "set", "eth0", "down")

        def up():
            moon.must("ip", "link", "set", "eth0", "up")
            # IPv6 addresses have gone with the link.
            moon.must("ip", "address", "replace", f"{topology.MOON6}/64", "dev", "eth0", "nodad")
        self._later(operation.seconds, up)

    def _move(self, operation):
        """moon's address changes, and changes back a little later."""
        addresses = ((topology.MOON, MOVED, "/24"), (topology.MOON6, MOVED6, "/64 nodad"))
        self._exchange_addresses(addresses)
        self._later(3, lambda: self._exchange_addresses([(new, old, mask) for old, new, mask in addresses]))

    def _exchange_addresses(self, addresses):
        lines = [f"address del {old}{mask.split()[0]} dev eth0" for old, _, mask in addresses]
        lines += [f"address replace {new}{mask.replace(' ', ' dev eth0 ') if ' ' in mask else mask + ' dev eth0'}"
                  for _, new, mask in addresses]
        self.lab.moon.host.run("ip", "-force", "-batch", "-", input="\n".join(lines) + "\n")

    def _flush_nat(self, operation):
        """The router forgets its mappings and makes new ones with other ports."""
        router = self.lab.network["router"]
        router.must("iptables-legacy", "-t", "nat", "-F", "POSTROUTING")
        router.must("iptables-legacy", "-t", "nat", "-A", "POSTROUTING", "-o", "eth0", "-p", "udp", "-j", "MASQUERADE",
                    "--to-ports", "20000-60000", "--random")
        router.must("iptables-legacy", "-t", "nat", "-A", "POSTROUTING", "-o", "eth0", "-j", "MASQUERADE")
        # A masquerading router drops its mappings when the address that they used goes down.
        router.ip_batch(["link set eth0 down", "link set eth0 up"])

    def _traffic(self, operation):
        _, _, alice, bob = NETWORKS[operation.child]
        host, source, target = (self.lab.alice, alice, bob) if operation.side == "moon" else (self.lab.bob, bob, alice)
        host.popen("ping", "-n", "-q", "-c", 3, "-i", 0.2, "-W", 1, "-I", source, target)

    # Peace

    def calm(self):
        """A good network, both daemons running, everything at its place."""
        self.hurry()
        self.lab.network.impair("delay 0ms")
        self.lab.network.repair()
        self.say("the network is good")

    def wait_for_answers(self, deadline=60):
        """Every command ends: a peer that is gone is given up, and one that is there answers."""
        end = time.monotonic() + deadline
        while self.pending and time.monotonic() < end:
            self.wait(0.1)
        ours = [command.name for command in self.pending if command.peer.name.startswith("swand")]
        require(not ours, f"commands without an answer: {ours}")
        for command in self.pending:
            self.say(f"  {command.name}: no answer")
