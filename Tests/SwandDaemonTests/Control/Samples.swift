import IKESA
import IPsecModel

/// SAs for tests.
enum Samples {
    static func address(_ text: String) -> IPAddress { IPAddress(text) ?? .any(.v4) }

    static func path() -> Path {
        Path(local: Endpoint(address("192.0.2.1"), 4500), remote: Endpoint(address("198.51.100.2"), 1024))
    }

    static func ikeSA(name: String = "gw", id: UInt32 = 1) -> IKESASnapshot {
        var sa = IKESASnapshot(
            name: name, uniqueID: id, version: .ikev2, state: "ESTABLISHED", path: path(), isInitiator: true,
            initiatorSPI: IKESPI(rawValue: 0x0123_4567_89ab_cdef), responderSPI: IKESPI(rawValue: 1))
        sa.natRemote = true
        sa.proposal = Proposal(
            protocolID: .ike,
            transforms: [.encryption(.aesGCM16, 256), .prf(.hmacSHA256), .keyExchange(.curve25519)])
        sa.established = .seconds(90)
        sa.rekeyIn = .seconds(1000)
        sa.tasksActive = ["CHILD_CREATE"]
        sa.children = [childSA()]
        return sa
    }

    static func childSA() -> ChildSASnapshot {
        var child = ChildSASnapshot(name: "net", uniqueID: 3, reqid: 5, state: "INSTALLED", mode: .tunnel)
        child.protocolID = .esp
        child.isEncapsulated = true
        child.spiIn = SPI(rawValue: 0xc000_0001)
        child.spiOut = SPI(rawValue: 0xc000_0002)
        child.markIn = Mark(value: 0x42, mask: 0xff)
        child.proposal = Proposal(
            protocolID: .esp,
            transforms: [.encryption(.aesCBC, 128), .integrity(.hmacSHA256_128), .extendedSequenceNumbers(.no)])
        child.bytesIn = 840
        child.packetsIn = 10
        child.idleIn = .seconds(2)
        child.rekeyIn = .seconds(300)
        child.lifeLeft = .seconds(400)
        child.installed = .seconds(80)
        child.localSelectors = [TrafficSelector(network: address("10.1.0.0"), prefix: 16)]
        child.remoteSelectors = [TrafficSelector(network: address("10.2.0.0"), prefix: 16)]
        return child
    }
}
