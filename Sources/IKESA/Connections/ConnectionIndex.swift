package import IPsecModel

/// The configured connections, found by the peer's address and identity without looking at all of them.
///
/// A gateway may have ten thousand connections; a first message must not cost more for that. Connections with one
/// exact remote address are hashed by it, those with one exact remote identity by that; only patterns are scanned.
package struct ConnectionIndex {
    package let connections: [PeerConfig]
    private var byName: [String: Int] = [:]
    /// Connections whose remote addresses are all exact.
    private var byRemoteAddress: [IPAddress: [Int]] = [:]
    /// Subnets, ranges and names.
    private var byPattern: [Int] = []
    private var anywhere: [Int] = []
    /// Whether a connection is the first of its ``Kind``, and those of the patterns and of `%any` that are.
    private var isFirstOfKind: [Bool] = []
    private var kindsByPattern: [Int] = []
    private var kindsAnywhere: [Int] = []
    private var byRemoteIdentity: [Identification: [Int]] = [:]
    private var byIdentityPattern: [Int] = []
    /// What names resolve to; filled by the engine.
    private var resolved: [String: [IPAddress]]
    /// How the distinguished names of peers are compared with those of connections.
    private let nameMatching: NameMatching

    package init(
        _ connections: [PeerConfig] = [], resolved: [String: [IPAddress]] = [:], names: NameMatching = .strict
    ) {
        self.connections = connections
        nameMatching = names
        self.resolved = resolved
        var kinds: Set<Kind> = []
        for (index, connection) in connections.enumerated() {
            isFirstOfKind.append(kinds.insert(Kind(connection)).inserted)
            if byName[connection.name] == nil { byName[connection.name] = index }
            indexAddresses(connection, index)
            indexIdentity(connection, index)
        }
        kindsByPattern = byPattern.filter { isFirstOfKind[$0] }
        kindsAnywhere = anywhere.filter { isFirstOfKind[$0] }
    }

    private mutating func indexAddresses(_ connection: PeerConfig, _ index: Int) {
        var needsScan = false
        for pattern in connection.remoteAddresses {
            switch pattern {
            case .any: anywhere.append(index)
            case .address(let address): byRemoteAddress[address, default: []].append(index)
            case .name(let name):
                for address in resolved[name] ?? [] { byRemoteAddress[address, default: []].append(index) }
            case .subnet, .range: needsScan = true
            }
        }
        if needsScan { byPattern.append(index) }
    }

    private mutating func indexIdentity(_ connection: PeerConfig, _ index: Int) {
        if case .identity(let identity)? = connection.remote.first?.identity, identity.kind != .any,
            !identity.hasWildcards, nameMatching == .strict || identity.kind != .derASN1DN
        {
            byRemoteIdentity[identity.canonical, default: []].append(index)
        } else {
            byIdentityPattern.append(index)
        }
    }

    package func connection(named name: String) -> PeerConfig? { byName[name].map { connections[$0] } }

    /// A child configuration by its name, in the named connection or in the first that has one.
    package func child(named name: String, in connection: String?) -> (peer: PeerConfig, child: ChildConfig)? {
        if let connection {
            guard let peer = self.connection(named: connection), let child = peer.child(named: name) else { return nil }
            return (peer, child)
        }
        for peer in connections {
            if let child = peer.child(named: name) { return (peer, child) }
        }
        return nil
    }

    /// Names that must be resolved before the connections of peers at their addresses are found.
    package var names: Set<String> {
        Set(connections.flatMap { $0.remoteAddresses + $0.localAddresses }.compactMap { if case .name(let name) = $0 { name } else { nil } })
    }

    // MARK: By address

    /// What a first message can tell connections apart by. Of ten thousand that differ in their peers' identities only,
    /// it would have the first in any case, so it need not look at the others.
    private struct Kind: Hashable {
        let version: PeerConfig.Version
        let isShuntsOnly: Bool
        let local: [HostPattern]
        let remote: [HostPattern]
        let proposals: [Proposal]

        init(_ connection: PeerConfig) {
            version = connection.version
            isShuntsOnly = connection.isShuntsOnly
            local = connection.localAddresses
            remote = connection.remoteAddresses
            proposals = connection.proposals
        }
    }

    /// Connections that may answer a peer's first message on `path`, the most specific address first, otherwise in the
    /// order of the configuration: the first one of each kind.
    package func candidates(for path: Path, version: PeerConfig.Version) -> ConnectionCandidates {
        let exact = (byRemoteAddress[path.remote.address] ?? []).filter { isFirstOfKind[$0] }
        return candidates(in: [exact, kindsByPattern, kindsAnywhere], path, version, limit: .max)
    }

    /// The same for whoever wants to know why none of them fits: of every kind, but `limit` at most.
    package func candidates(
        for path: Path, version: PeerConfig.Version, limit: Int
    ) -> ConnectionCandidates {
        candidates(in: places(of: path.remote.address), path, version, limit: limit)
    }

    private func candidates(
        in places: [[Int]], _ path: Path, _ version: PeerConfig.Version, limit: Int
    ) -> ConnectionCandidates {
        var scored: [(score: Int, index: Int)] = []
        var seen: Set<Int> = []
        for place in places {
            // A connection with several fitting patterns stands in more than one place.
            for index in place where seen.insert(index).inserted {
                guard scored.count < limit else { break }
                if let score = score(index, path, version) { scored.append((score, index)) }
            }
        }
        scored.sort { ($1.score, $0.index) < ($0.score, $1.index) }
        return ConnectionCandidates(connections, scored.map(\.index))
    }

    /// Where the connections stand that may fit a peer's address, the most specific first.
    private func places(of remote: IPAddress) -> [[Int]] { [byRemoteAddress[remote] ?? [], byPattern, anywhere] }

    // Connections are looked at where they stand: a copy of one costs more than the look.
    private func score(_ index: Int, _ path: Path, _ version: PeerConfig.Version) -> Int? {
        guard connections[index].version == .any || connections[index].version == version,
            !connections[index].isShuntsOnly,
            let remote = best(connections[index].remoteAddresses, path.remote.address),
            let local = best(connections[index].localAddresses, path.local.address)
        else { return nil }
        return remote * 1000 + local
    }

    private func best(_ patterns: [HostPattern], _ address: IPAddress) -> Int? {
        var best: Int?
        for pattern in patterns {
            guard let fit = specificity(pattern, address) else { continue }
            best = max(best ?? fit, fit)
        }
        return best
    }

    private func specificity(_ pattern: HostPattern, _ address: IPAddress) -> Int? {
        switch pattern {
        case .name(let name): return resolved[name]?.contains(address) == true ? 129 : nil
        case .range(let first, let last):
            guard pattern.specificity(of: address) != nil else { return nil }
            return Self.specificity(from: first, to: last)
        default: return pattern.specificity(of: address)
        }
    }

    /// That of the network with as many addresses, rounded down: ten addresses come before a /27, and a range that is
    /// itself a network counts as that network.
    private static func specificity(from first: IPAddress, to last: IPAddress) -> Int {
        let hostBits = UInt128.bitWidth - (last.value - first.value).leadingZeroBitCount
        return first.family.bits - min(hostBits, first.family.bits) + 1
    }

    // MARK: By identity

    /// Connections that fit an authenticated peer, the best match of its identity first, then that of ours, then the
    /// most specific address.
    ///
    /// - Parameter local: the identity that the peer wants of us; `nil`: any.
    package func candidates(
        for path: Path, version: PeerConfig.Version, remote: Identification, local: Identification?
    ) -> ConnectionCandidates {
        var scored: [(remote: Int, local: Int, address: Int, index: Int)] = []
        for index in mayFit(path.remote.address, remote) {
            guard let quality = connections[index].remote.first?.identity.matches(remote, names: nameMatching),
                let own = ownQuality(index, wanted: local), let address = score(index, path, version)
            else { continue }
            scored.append((quality, own, address, index))
        }
        scored.sort { ($1.remote, $1.local, $1.address, $0.index) < ($0.remote, $0.local, $0.address, $1.index) }
        return ConnectionCandidates(connections, scored.map(\.index))
    }

    /// All that may fit an address and an identity: those of the address or those of the identity, whichever are fewer,
    /// since either are all that can fit. Ten thousand connections with an address each, or an identity each, are
    /// passed over so.
    private func mayFit(_ address: IPAddress, _ identity: Identification) -> [Int] {
        let ofIdentity = [byRemoteIdentity[identity.canonical] ?? [], byIdentityPattern]
        let ofAddress = places(of: address)
        func count(_ places: [[Int]]) -> Int { places.reduce(0) { $0 + $1.count } }
        guard count(ofAddress) < count(ofIdentity) else { return Array(ofIdentity.joined()) }
        return Set(ofAddress.joined()).sorted()
    }

    /// How well the connection can be the identity that the peer wants; `nil`: not at all. Without a configured
    /// identity, certificates decide later, and a connection that names it comes first.
    private func ownQuality(_ index: Int, wanted: Identification?) -> Int? {
        guard let wanted, let own = connections[index].local.first?.identity else { return Identification.MatchQuality.any }
        return own.matches(pattern: wanted, names: nameMatching)
    }
}

extension PeerConfig {
    /// Holds pass and drop policies only and talks to nobody.
    package var isShuntsOnly: Bool { !children.isEmpty && children.allSatisfy(\.mode.isShunt) }
}
