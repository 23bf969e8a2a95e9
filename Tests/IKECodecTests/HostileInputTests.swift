import IKECodec
import IPsecModel
import Testing
import Wire

/// Whatever the octets say, a reader answers or throws; a trap would end the test run.
@Suite("Changed and cut messages")
struct HostileInputTests {
    static let proposals = SAPayload([SAPayloadTests.classic, SAPayloadTests.combined])
    static let selectors = TSPayload([
        TrafficSelector(network: IPAddress(v4: 0x0a01_0000), prefix: 16, ipProtocol: 6, startPort: 80, endPort: 90), .all(.v6),
    ])

    static let bodies: [(type: PayloadType, body: [UInt8])] = [
        (.securityAssociation, written(proposals.write)),
        (.securityAssociation, hex("00 00 001a 01 03 00 01 00 00 0012 01 00 0014 800e 0100 0011 0002 aaaa")),
        (.keyExchange, hex("001f 0000 09*32")), (.nonce, hex("05*16")),
        (.idInitiator, hex("01 000000 c0000201")), (.idResponder, hex("05 000000 00*15 01")),
        (.idResponder, hex("09 000000 300d310b3009060355040613024348")),
        (.certificate, hex("04 300302*8")), (.certificateRequest, hex("04 11*20 22*20")),
        (.authentication, hex("0e 000000 0f 300d06092a864886f70d01010b0500 00*8")),
        (.notify, hex("03 04 4009 c0000001 0102")), (.delete, hex("03 04 0002 c0000001 c0000002")),
        (.trafficSelectorInitiator, written(selectors.write)), (.trafficSelectorResponder, written(selectors.write)),
        (.configuration, hex("01 000000 0001 0004 0a000001 0003 0000 700a 0003 616263")),
        (.eap, hex("01 01 0005 01")), (.vendorID, hex("00112233")),
    ]

    @Test("every payload body, cut, changed and doubled", arguments: bodies)
    func changedBody(type: PayloadType, body: [UInt8]) throws {
        _ = try contents(type, body)
        for changed in mutations(of: body) {
            guard let read = try? contents(type, changed) else { continue }
            rewrite(read)
        }
    }

    /// What was read can be written: lengths of received lists fit their fields.
    func rewrite(_ contents: MessageContents) {
        if let sa = contents.sa { #expect(written(sa.write).count <= 65535) }
        if let ts = contents.tsInitiator { #expect(written(ts.write).count <= 65535) }
        _ = contents.summary
        _ = contents.idInitiator?.identity.description
        _ = contents.sa?.proposals.map { "\($0)" }
        _ = contents.tsInitiator?.selectors.map { "\($0) \($0.network)" }
    }

    static func message(_ exchange: ExchangeType, response: Bool = false, _ payloads: (inout PayloadWriter) -> Void) -> [UInt8] {
        var writer = PayloadWriter()
        payloads(&writer)
        return UnprotectedMessage.bytes(
            IKEHeader(
                initiatorSPI: IKESPI(rawValue: 1), responderSPI: IKESPI(rawValue: 2), exchange: exchange,
                flags: response ? .response : .initiator, messageID: 0), writer)
    }

    static let messages: [(name: String, bytes: [UInt8])] = [
        (
            "IKE_SA_INIT",
            message(.ikeSAInit) { message in
                message.add(.securityAssociation, proposals.write)
                message.add(.keyExchange, KEPayload(method: .curve25519, publicValue: hex("09*32")).write)
                message.add(.nonce) { $0.append(hex("05*32")) }
                message.add(.notify, NotifyPayload(.natDetectionSourceIP, data: hex("aa*20")).write)
                message.add(.vendorID) { $0.append(hex("00112233")) }
            }
        ),
        (
            "IKE_AUTH",
            message(.ikeAuth) { message in
                message.add(.idInitiator, IDPayload(Identification(fqdn: "moon.example.org")).write)
                message.add(.certificate, CertificatePayload(encoding: .x509Signature, data: hex("3000")).write)
                message.add(.certificateRequest, CertificateRequestPayload(authorities: [hex("11*20")]).write)
                message.add(.authentication, AuthenticationPayload(method: .sharedKey, data: hex("ab*32")).write)
                message.add(.securityAssociation, SAPayload([SAPayloadTests.combined]).write)
                message.add(.trafficSelectorInitiator, selectors.write)
                message.add(.trafficSelectorResponder, selectors.write)
                message.add(.configuration, ConfigurationPayload(kind: .request, attributes: [.init(type: 1)]).write)
            }
        ),
        (
            "INFORMATIONAL",
            message(.informational, response: true) { message in
                message.add(.delete, DeletePayload(protocolID: .esp, spis: [SPI(rawValue: 300)]).write)
                message.add(.notify, NotifyPayload(.updateSAAddresses).write)
            }
        ),
    ]

    @Test("every message, cut, changed and doubled", arguments: messages)
    func changedMessage(name: String, bytes: [UInt8]) throws {
        try readMessage(bytes)
        for changed in mutations(of: bytes) {
            _ = try? readMessage(changed)
            // Once more with the header's length made true, so that the chain is reached.
            guard changed.count >= IKEHeader.size else { continue }
            var consistent = changed
            let count = UInt32(changed.count)
            consistent.replaceSubrange(24..<28, with: (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) })
            if let read = try? readMessage(consistent) { rewrite(read) }
        }
    }

    @Test("random octets behind a good header", arguments: 0..<64)
    func noise(_ seed: UInt64) {
        var generator = SplitMix(state: seed)
        for _ in 0..<200 {
            let body = (0..<Int.random(in: 0...120, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            for type in 33...53 { _ = try? contents(PayloadType(rawValue: UInt8(type)), body) }
            let header = IKEHeader(
                initiatorSPI: IKESPI(rawValue: 1), responderSPI: .none,
                nextPayload: PayloadType(rawValue: UInt8.random(in: 33...48, using: &generator)), exchange: .ikeSAInit,
                flags: .initiator, messageID: 0, length: UInt32(IKEHeader.size + body.count))
            _ = try? readMessage(written(header.write) + body)
        }
    }

    @Test("a list as long as its counts allow is read in bounds")
    func longLists() throws {
        let body = hex("ff 000000") + Array(repeatElement(hex("07 00 0010 0000 ffff 00*4 ff*4"), count: 255).joined())
        #expect(try contents(.trafficSelectorInitiator, body).tsInitiator?.selectors.count == 255)
        let spis = hex("03 04 3ffe") + [UInt8](repeating: 7, count: 4 * 0x3ffe)
        #expect(try contents(.delete, spis).deletes.first?.spis.count == 0x3ffe)
    }
}

/// A small generator with a seed, so that a failing case comes again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
