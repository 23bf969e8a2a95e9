"""What is wrong between two gateways and their kernels once nothing goes on any more. Empty is the only good answer."""

from swandlab import dump


class View:
    """One side at one moment: what the daemon lists, and what its kernel holds."""

    def __init__(self, peer):
        self.name = peer.host.name
        self.peer = peer
        self.sas = sas_of(peer)
        self.traps = _traps(peer) if hasattr(peer, "sas") else None
        self.states = dump.states(peer.host)
        self.policies = dump.policies(peer.host)

    @classmethod
    def both(cls, lab):
        """Two views that belong together: nothing has changed while they were taken, if that can be had."""
        for _ in range(8):
            before = [_identity(sas_of(peer)) for peer in lab.peers]
            views = [cls(peer) for peer in lab.peers]
            if before == [_identity(sas_of(peer)) for peer in lab.peers]:
                break
        return views

    @property
    def children(self):
        return [child for sa in self.sas for child in sa["child-sas"] if child["state"] != "DELETED"]

    def inbound(self, state):
        """SPIs of CHILD_SAs in `state`: DELETED ones still take what is late, for as long as delete_rekeyed_delay."""
        return {int(child["spi-in"], 16) for sa in self.sas for child in sa["child-sas"] if child["state"] == state}

    def counts(self):
        found = {}
        for child in self.children:
            found[child["name"]] = found.get(child["name"], 0) + 1
        return found

    def spis(self):
        """Every SPI of the kernel with where it leads to; larval ones of an acquire have none."""
        return {state.spi for state in self.states if state.spi}


def sas_of(peer):
    return peer.sas() if hasattr(peer, "sas") else None


def _identity(sas):
    """What must stay the same while both sides are looked at."""
    return sas and sorted((sa["uniqueid"], sa["state"], child["uniqueid"], child["state"])
                          for sa in sas for child in (sa["child-sas"] or [{"uniqueid": "", "state": ""}]))


def problems(moon, sun):
    """Of two `View`s; lists that only one side has are compared by the kernels."""
    found = []
    for view in (moon, sun):
        if view.sas is not None:
            found += _unsettled(view) + _kernel_differs(view)
    if moon.sas is None or sun.sas is None:
        if moon.spis() != sun.spis():
            found.append(f"the kernels have different SAs: {_hex(moon.spis() ^ sun.spis())} on one side only")
        return found
    ours, theirs = ({(sa["initiator-spi"], sa["responder-spi"]) for sa in view.sas} for view in (moon, sun))
    if ours != theirs:
        found.append(f"IKE_SAs of moon only: {sorted(ours - theirs)}, of sun only: {sorted(theirs - ours)}")
    ours = {(child["name"], child["spi-in"], child["spi-out"]) for child in moon.children}
    theirs = {(child["name"], child["spi-out"], child["spi-in"]) for child in sun.children}
    if ours != theirs:
        found.append(f"CHILD_SAs of moon only: {sorted(ours - theirs)}, of sun only (seen from moon): {sorted(theirs - ours)}")
    return found


def _unsettled(view):
    found = []
    for sa in view.sas:
        if sa["state"] != "ESTABLISHED":
            found.append(f"{view.name}: IKE_SA {sa['name']}[{sa['uniqueid']}] is {sa['state']}")
        tasks = sa.get("tasks-active", []) + sa.get("tasks-queued", []) + sa.get("tasks-passive", [])
        if tasks:
            found.append(f"{view.name}: IKE_SA {sa['name']}[{sa['uniqueid']}] is busy with {', '.join(tasks)}")
        found += [f"{view.name}: CHILD_SA {child['name']}{{{child['uniqueid']}}} is {child['state']}"
                  for child in sa["child-sas"] if child["state"] not in ("INSTALLED", "DELETED")]
    return found


def _kernel_differs(view):
    """Exactly the SAs that are listed, and for each CHILD_SA its policies, and no other but those of traps."""
    listed = {int(child[way], 16) for child in view.children for way in ("spi-in", "spi-out") if way in child}
    found = []
    surplus, missing = view.spis() - listed - view.inbound("DELETED"), listed - view.spis()
    if surplus or missing:
        found.append(f"{view.name}: only in the kernel: {_hex(surplus)}, only listed: {_hex(missing)}")
    larval = [f"{state.spi:x}" for state in view.states if not state.algorithms and state.spi]
    if larval:
        found.append(f"{view.name}: larval SAs: {larval}")
    wanted = {pair for child in view.children for pair in _pairs(child["local-ts"], child["remote-ts"])}
    trapped = {pair for trap in view.traps for pair in _pairs(trap["local-ts"], trap["remote-ts"])}
    outgoing = {(policy.source, policy.destination) for policy in view.policies if policy.direction == "out"}
    if outgoing != wanted | trapped:
        found.append(f"{view.name}: surplus policies: {sorted(outgoing - wanted - trapped)}, "
                     f"missing: {sorted((wanted | trapped) - outgoing)}")
    for direction in ("in", "fwd"):
        incoming = {(p.destination, p.source) for p in view.policies if p.direction == direction}
        if not wanted <= incoming or not incoming <= wanted | trapped:
            found.append(f"{view.name}: policies {direction} for {sorted(incoming)} instead of {sorted(wanted)}")
    return found + _templates(view)


def _templates(view):
    """A policy leads to a listed CHILD_SA, and between the addresses that its SA has."""
    found = []
    for policy in view.policies:
        if policy.direction != "out" or not policy.templates:
            continue
        template = policy.templates[0]
        children = [child for child in view.children
                    if (policy.source, policy.destination) in _pairs(child["local-ts"], child["remote-ts"])]
        if not children:
            continue
        if template.reqid not in {int(child["reqid"]) for child in children}:
            found.append(f"{view.name}: the policy to {policy.destination} has reqid {template.reqid}, its CHILD_SA another")
        spis = {int(child["spi-out"], 16) for child in children}
        ends = {(state.source, state.destination) for state in view.states if state.spi in spis}
        if ends and (template.source, template.destination) not in ends:
            found.append(f"{view.name}: the policy to {policy.destination} leads from {template.source} to "
                         f"{template.destination}, its SAs lead {sorted(ends)}")
    return found


def _pairs(local, remote):
    return {(one, other) for one in local for other in remote if (":" in one) == (":" in other)}


def _traps(peer):
    return [policy for item in peer.stream("list-policies", "list-policy", {"trap": "yes"}) for policy in item.values()]


def _hex(spis):
    return sorted(f"{spi:08x}" for spi in spis)
