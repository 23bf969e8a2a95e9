"""The kernel says more than the daemon can hear: what was lost is found out."""

import os
import signal

from scenarios import mobike
from swandlab import topology
from swandlab.scenario import SWAND_FIRST, scenario

# Room for a handful of messages.
DEAF = {"plugins": {"kernel-netlink": {"receive_buffer_size": 4096}}}


def deafened(lab):
    """The daemon that is stopped meanwhile hears nothing."""
    os.killpg(lab.moon.process.pid, signal.SIGSTOP)


def awakened(lab):
    os.killpg(lab.moon.process.pid, signal.SIGCONT)


@scenario("overrun-routes", SWAND_FIRST)
def overrun_routes(lab):
    """moon's address changes in the middle of thousands of routes, and none of it is heard."""
    mobike.without_ipv6(lab)
    before = mobike.connect(lab, moon_settings=DEAF)
    moon = lab.moon.host
    deafened(lab)
    moon.ip_batch([f"route add 10.{100 + n // 256}.{n % 256}.0/24 via {topology.SUN}" for n in range(2000)]
                  + [f"address del {topology.MOON}/24 dev eth0", f"address add {mobike.OTHER}/24 dev eth0"])
    awakened(lab)
    mobike.wait_moved(lab, mobike.OTHER)
    mobike.check_same(lab, before)
