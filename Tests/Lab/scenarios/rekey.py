"""Rekeying under a stream of pings: not one may be lost."""

from swandlab import tunnel
from swandlab.failure import require, wait_until
from swandlab.scenario import ALL_WAYS, scenario

# Old SAs are taken away after a second: three rekeyings leave no pile.
QUICK_DELETE = {"delete_rekeyed_delay": "1"}
INTERVAL = 0.01


class Watched:
    """A stream of pings and the SAs that were seen meanwhile."""

    def __init__(self, lab):
        self.lab = lab
        self.children, self.ike = set(), set()
        self.look()
        self.stream = lab.alice.start_ping(tunnel.SUN.inner_host, INTERVAL)

    def look(self):
        for sa in self.lab.moon.sas():
            if sa["state"] == "ESTABLISHED":
                self.ike.add((sa["initiator-spi"], sa["responder-spi"]))
            self.children |= {child["spi-in"] for child in sa["child-sas"] if child["state"] == "INSTALLED"}
        return self

    def finish(self):
        sent, lost = self.stream.stop()
        require(sent > 20, f"only {sent} pings were sent")
        require(lost == 0, f"{lost} of {sent} pings were lost")
        # A second look after the old SAs were deleted: the new ones must stand on their own.
        wait_until(lambda: len(self.lab.moon.children("net")) == 1, "one CHILD_SA is left")
        wait_until(lambda: len(self.lab.sun.children("net")) == 1, "one CHILD_SA is left on the other side")
        wait_until(lambda: len(self.lab.moon.sas()) == 1 and len(self.lab.sun.sas()) == 1, "one IKE_SA is left")
        self.lab.ping_through(1)


@scenario("child-rekey", ALL_WAYS)
def child_rekey(lab):
    """By timer, started by the side that initiated, with perfect forward secrecy."""
    lab.site_to_site(settings=QUICK_DELETE,
                     moon={"child": {"rekey_time": "3s", "life_time": "60s", "rand_time": "0s"}})
    lab.moon.initiate("net")
    watched = Watched(lab)
    wait_until(lambda: len(watched.look().children) >= 3, "two rekeyings of the child")
    watched.finish()


@scenario("ike-rekey", ALL_WAYS)
def ike_rekey(lab):
    lab.site_to_site(moon={"connection": {"rekey_time": "3s", "over_time": "60s", "rand_time": "0s"}})
    lab.moon.initiate("net")
    watched = Watched(lab)
    wait_until(lambda: len(watched.look().ike) >= 3, "two rekeyings of the IKE_SA")
    watched.finish()
    require(len(watched.children) == 1, "an IKE rekey changed the child's SPI")


@scenario("rekey-command", ALL_WAYS)
def rekey_command(lab):
    """`swanctl --rekey` by either side, the child and then the IKE_SA."""
    lab.site_to_site(settings=QUICK_DELETE)
    lab.moon.initiate("net")
    lab.sun.wait_up("net")
    watched = Watched(lab)
    for peer in lab.peers:
        known = set(watched.look().children)
        peer.swanctl("--rekey", "--child", "net")
        wait_until(lambda: watched.look().children - known, f"{peer.host.name} rekeys the child")
        known = set(watched.ike)
        peer.swanctl("--rekey", "--ike", "gw")
        wait_until(lambda: watched.look().ike - known, f"{peer.host.name} rekeys the IKE_SA")
    watched.finish()
