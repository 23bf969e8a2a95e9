import CryptoInterface
import IPsecModel

/// The configurations of both sides.
struct Peers {
    let setUp: SetUpCase
    var responder = IPAddress(v4: 0x7f00_0001)
    var initiator = IPAddress(v4: 0x7f00_0001)
    var responderPort: UInt16 = 500

    static let responderIdentity = Identification(fqdn: "responder.example")

    static func clientName(_ number: Int) -> String { "c\(number).example" }

    /// A client's connection; each has a name and an identity of its own.
    func client(_ number: Int) throws -> PeerConfig {
        var peer = try connection("client")
        peer.localAddresses = [.address(initiator)]
        peer.remoteAddresses = [.address(responder)]
        peer.remotePort = responderPort
        peer.local[0].identity = Identification(fqdn: Self.clientName(number))
        peer.remote[0].identity = .identity(Self.responderIdentity)
        return peer
    }

    /// The responder's one connection for all clients.
    func gateway(_ name: String = "gateway") throws -> PeerConfig {
        var peer = try connection(name)
        peer.local[0].identity = Self.responderIdentity
        return peer
    }

    private func connection(_ name: String) throws -> PeerConfig {
        var peer = PeerConfig(name: name)
        peer.version = .ikev2
        // Without MOBIKE both sides stay on the port where they began.
        peer.mobike = false
        peer.proposals = [try setUp.ikeProposal()]
        peer.local[0].method = setUp.certificates == nil ? .psk : .pubkey
        peer.remote[0].method = peer.local[0].method
        var child = ChildConfig(name: "net")
        child.proposals = [try setUp.espProposal()]
        child.localSelectors = [.fixed(TrafficSelector(network: IPAddress(v4: 0x0a01_0000), prefix: 16))]
        child.remoteSelectors = [.fixed(TrafficSelector(network: IPAddress(v4: 0x0a02_0000), prefix: 16))]
        if name == "client" { swap(&child.localSelectors, &child.remoteSelectors) }
        peer.children = [child]
        return peer
    }
}
