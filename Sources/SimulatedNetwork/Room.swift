// SimulatedNetwork
