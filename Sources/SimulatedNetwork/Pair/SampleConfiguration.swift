package import IPsecModel

/// A host of a ``Pair`` as the configuration sees it.
package struct SampleHost: Sendable {
    package let name: String
    package let address: IPAddress
    package let network: TrafficSelector
    package let identity: Identification

    /// Host `number` has 192.0.2.`number` and 10.`number`.0.0/16 behind it.
    package init(_ name: String, number: UInt32) {
        self.name = name
        address = IPAddress(v4: 0xc000_0200 + number)
        network = TrafficSelector(network: IPAddress(v4: 0x0a00_0000 + number << 16), prefix: 16)
        identity = Identification(fqdn: "\(name).example")
    }

    package static let moon = SampleHost("moon", number: 1)
    package static let sun = SampleHost("sun", number: 2)

    /// A host inside the network, for packets.
    package var inner: IPAddress { IPAddress(family: .v4, value: network.start.value + 10) }
}

package enum Sample {
    package static let psk = "a key that two hosts share"

    /// - Parameter additional: the methods of `ke1`, then those of `ke2`, and so on.
    package static func ikeProposal(
        _ methods: [KeyExchangeMethod] = [.curve25519], additional: [[KeyExchangeMethod]] = []
    ) -> Proposal {
        Proposal(
            protocolID: .ike,
            transforms: [.encryption(.aesGCM16, 128), .prf(.hmacSHA256)] + methods.map(Transform.keyExchange)
                + transforms(additional))
    }

    package static func espProposal(
        _ methods: [KeyExchangeMethod] = [], additional: [[KeyExchangeMethod]] = []
    ) -> Proposal {
        Proposal(
            protocolID: .esp,
            transforms: [.encryption(.aesGCM16, 128), .extendedSequenceNumbers(.no)]
                + methods.map(Transform.keyExchange) + transforms(additional))
    }

    private static func transforms(_ additional: [[KeyExchangeMethod]]) -> [Transform] {
        let types = TransformType.allCases.filter { $0.isKeyExchange && $0 != .keyExchange }
        return zip(types, additional).flatMap { type, methods in
            methods.map { Transform(type: type, id: $0.rawValue) }
        }
    }

    /// `own`'s connection to `peer`, named `gateway`, with one child named `net`.
    package static func connection(_ own: SampleHost, to peer: SampleHost) -> PeerConfig {
        var connection = PeerConfig(name: "gateway")
        connection.version = .ikev2
        connection.localAddresses = [.address(own.address)]
        connection.remoteAddresses = [.address(peer.address)]
        connection.proposals = [ikeProposal()]
        var local = LocalAuthentication()
        local.method = .psk
        local.identity = own.identity
        connection.local = [local]
        var remote = RemoteAuthentication()
        remote.method = .psk
        remote.identity = .identity(peer.identity)
        connection.remote = [remote]
        connection.children = [child("net", own, peer)]
        return connection
    }

    package static func child(_ name: String, _ own: SampleHost, _ peer: SampleHost) -> ChildConfig {
        var child = ChildConfig(name: name)
        child.proposals = [espProposal()]
        child.localSelectors = [.fixed(own.network)]
        child.remoteSelectors = [.fixed(peer.network)]
        return child
    }
}
