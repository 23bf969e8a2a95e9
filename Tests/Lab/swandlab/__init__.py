"""The lab: scenarios with real daemons in network namespaces, below a kernel that has ESP."""
