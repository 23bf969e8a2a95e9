"""Random trouble between two real daemons: a seed chooses the configuration, the network and what happens.

`plan` chooses, `trouble` does it, `quiet` looks at what is left once the network is good again, and `faults` knows
what other implementations are known to do wrong.
"""
