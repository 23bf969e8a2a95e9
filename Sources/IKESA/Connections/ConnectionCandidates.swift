package import IPsecModel

/// Connections of an index that may be meant, the best first; one is copied when it is looked at.
package struct ConnectionCandidates: RandomAccessCollection {
    private let connections: [PeerConfig]
    private let chosen: [Int]

    init(_ connections: [PeerConfig], _ chosen: [Int]) {
        self.connections = connections
        self.chosen = chosen
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { chosen.count }
    package subscript(position: Int) -> PeerConfig { connections[chosen[position]] }
}
