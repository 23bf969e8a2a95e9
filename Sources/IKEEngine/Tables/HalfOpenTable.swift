import IPsecModel

/// IKE_SAs of peers that have begun and not authenticated: found by the peer's SPI and address for retransmitted
/// first messages, and counted for the limits (RFC 7296 §2.6).
struct HalfOpenTable {
    private struct Key: Hashable {
        let spi: IKESPI
        let remote: Endpoint
    }

    private var byPeer: [Key: IKESPI] = [:]
    private var keys: [IKESPI: Key] = [:]
    private var perAddress: [IPAddress: Int] = [:]

    var count: Int { keys.count }
    func count(from address: IPAddress) -> Int { perAddress[address] ?? 0 }

    func localSPI(peerSPI: IKESPI, remote: Endpoint) -> IKESPI? { byPeer[Key(spi: peerSPI, remote: remote)] }

    mutating func insert(_ local: IKESPI, peerSPI: IKESPI, remote: Endpoint) {
        let key = Key(spi: peerSPI, remote: remote)
        byPeer[key] = local
        keys[local] = key
        perAddress[remote.address, default: 0] += 1
    }

    mutating func remove(_ local: IKESPI) {
        guard let key = keys.removeValue(forKey: local) else { return }
        if byPeer[key] == local { byPeer[key] = nil }
        let left = (perAddress[key.remote.address] ?? 1) - 1
        perAddress[key.remote.address] = left > 0 ? left : nil
    }
}
