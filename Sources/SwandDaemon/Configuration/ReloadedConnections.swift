package import IPsecModel

/// The connections of the files after a reload, so that nothing that did not change is disturbed.
///
/// A connection's name says to which one an SA belongs. Those that share their IKE_SA are one connection that is named
/// after the first of them: where another one is the first now, the name stays. A connection whose new text has errors
/// stays as it was.
package struct ReloadedConnections {
    package private(set) var connections: [PeerConfig]
    /// Names of what stays although it is not in the new text.
    package private(set) var kept: [String] = []

    /// - Parameter isBroken: whether errors keep the section of this name out of the new text.
    package init(_ next: [PeerConfig], replacing old: [PeerConfig], isBroken: (String) -> Bool) {
        connections = Self.withStableNames(next, old)
        let present = Set(next.flatMap(\.children).map(\.name))
        for peer in old {
            let children = peer.children.filter { !present.contains($0.name) && isBroken($0.name) }
            if !children.isEmpty { keep(children, of: peer) }
        }
    }

    private static func withStableNames(_ next: [PeerConfig], _ old: [PeerConfig]) -> [PeerConfig] {
        var taken = Set(next.map(\.name))
        return next.map { peer in
            guard !old.contains(where: { $0.name == peer.name }) else { return peer }
            let before = old.first { before in
                !taken.contains(before.name) && before.isSamePeer(as: peer)
                    && before.children.contains { peer.child(named: $0.name) != nil }
            }
            guard let before else { return peer }
            taken.insert(before.name)
            var renamed = peer
            renamed.name = before.name
            return renamed
        }
    }

    private mutating func keep(_ children: [ChildConfig], of old: PeerConfig) {
        kept += children.map(\.name)
        if let place = connections.firstIndex(where: { $0.isSamePeer(as: old) && !old.children.contains(where: \.mode.isShunt) }) {
            connections[place].children += children
            return
        }
        var peer = old
        peer.children = children
        if connections.contains(where: { $0.name == peer.name }) { peer.name = children[0].name }
        connections.append(peer)
    }
}
