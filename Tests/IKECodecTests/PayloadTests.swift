import IKECodec
import IPsecModel
import Testing
import Wire

@Suite("Payload bodies")
struct PayloadTests {
    /// A body that is not admitted, and the reason.
    struct Refused: Sendable, CustomTestStringConvertible {
        var name: String
        var type: PayloadType
        var body: [UInt8]
        var error: CodecError
        var testDescription: String { name }

        init(_ name: String, _ type: PayloadType, _ body: String, _ error: CodecError) {
            self.name = name
            self.type = type
            self.body = hex(body)
            self.error = error
        }
    }

    static let refused = [
        Refused("KE: cut in RESERVED", .keyExchange, "001f 00", .truncated(offset: 2, needed: 2, available: 1)),
        Refused("KE: empty", .keyExchange, "", .truncated(offset: 0, needed: 2, available: 0)),
        Refused("nonce: 15 octets", .nonce, "00*15", .badLength(offset: 0, value: 15)),
        Refused("nonce: 257 octets", .nonce, "00*257", .badLength(offset: 0, value: 257)),
        Refused("ID: no type", .idInitiator, "", .truncated(offset: 0, needed: 4, available: 0)),
        Refused("ID: cut in RESERVED", .idResponder, "02 0000", .truncated(offset: 0, needed: 4, available: 3)),
        Refused("ID: type 0", .idInitiator, "00 000000 61", .badValue(field: "ID type", offset: 0, value: 0)),
        Refused("ID: type 4", .idInitiator, "04 000000 61", .badValue(field: "ID type", offset: 0, value: 4)),
        Refused("ID: IPv4 of three octets", .idInitiator, "01 000000 c00002", .badLength(offset: 0, value: 3)),
        Refused("ID: IPv6 of four octets", .idInitiator, "05 000000 c0000201", .badLength(offset: 0, value: 4)),
        Refused("CERT: empty", .certificate, "", .truncated(offset: 0, needed: 1, available: 0)),
        Refused("CERTREQ: empty", .certificateRequest, "", .truncated(offset: 0, needed: 1, available: 0)),
        Refused("AUTH: cut", .authentication, "02 00", .truncated(offset: 1, needed: 3, available: 1)),
        Refused("N: cut in type", .notify, "00 00 40", .truncated(offset: 2, needed: 2, available: 1)),
        Refused("N: SPI longer than the payload", .notify, "03 04 4009 c1", .truncated(offset: 4, needed: 4, available: 1)),
        Refused("D: protocol 0", .delete, "00 04 0000", .badValue(field: "protocol ID", offset: 0, value: 0)),
        Refused("D: protocol 4", .delete, "04 04 0000", .badValue(field: "protocol ID", offset: 0, value: 4)),
        Refused("D: ESP SPI of eight octets", .delete, "03 08 0001 00*8", .badLength(offset: 1, value: 8)),
        Refused("D: more SPIs than octets", .delete, "03 04 ffff c0000001", .badLength(offset: 2, value: 65535)),
        Refused("D: octets left over", .delete, "03 04 0001 c0000001 00", .badLength(offset: 2, value: 1)),
        Refused("TS: count without selectors", .trafficSelectorInitiator, "01 000000", .truncated(offset: 4, needed: 1, available: 0)),
        Refused("TS: cut in RESERVED", .trafficSelectorInitiator, "01 0000", .truncated(offset: 1, needed: 3, available: 2)),
        Refused("TS: length below its own header", .trafficSelectorInitiator, "01 000000 07 00 0003", .badLength(offset: 6, value: 3)),
        Refused("TS: IPv4 with the length of IPv6", .trafficSelectorInitiator, "01 000000 07 00 0028 0000 ffff 00*32", .badLength(offset: 6, value: 40)),
        Refused(
            "TS: addresses reversed", .trafficSelectorResponder, "01 000000 07 00 0010 0000 ffff 0a000002 0a000001",
            .badValue(field: "address range", offset: 12, value: 7)),
        Refused(
            "TS: ports reversed, but not OPAQUE", .trafficSelectorResponder,
            "01 000000 07 06 0010 0064 0032 0a000001 0a000002", .badValue(field: "port range", offset: 8, value: 100)),
        Refused("TS: octets left over", .trafficSelectorResponder, "00 000000 ff", .trailingBytes(offset: 4, count: 1)),
        Refused("CP: type 0", .configuration, "00 000000", .badValue(field: "CFG type", offset: 0, value: 0)),
        Refused("CP: type 5", .configuration, "05 000000", .badValue(field: "CFG type", offset: 0, value: 5)),
        Refused("CP: attribute longer than the payload", .configuration, "01 000000 0001 0004 0a", .truncated(offset: 8, needed: 4, available: 1)),
        Refused("CP: half an attribute", .configuration, "01 000000 0001", .truncated(offset: 6, needed: 2, available: 0)),
        Refused("CP: too many attributes", .configuration, "01 000000 00010000*129", .tooMany(what: "configuration attributes", limit: 128)),
    ]

    @Test("a bad body is refused with its reason", arguments: refused)
    func refuse(_ c: Refused) {
        #expect(throws: MessageFault.syntax(c.type, c.error)) { try contents(c.type, c.body) }
    }

    @Test("KE")
    func ke() throws {
        let ke = try #require(try contents(.keyExchange, hex("001f ffff 0909")).ke)
        #expect(ke == KEPayload(method: .curve25519, publicValue: [9, 9]))
        #expect(written(ke.write) == hex("001f 0000 0909"))
        #expect(try contents(.keyExchange, hex("0000 0000")).ke?.publicValue == [])
    }

    @Test("nonces of 16 to 256 octets", arguments: [16, 32, 256])
    func nonce(_ count: Int) throws {
        #expect(try contents(.nonce, [UInt8](repeating: 7, count: count)).nonce?.count == count)
    }

    static let identities: [(body: String, identity: Identification)] = [
        ("01 000000 c0000201", Identification(address: IPAddress(v4: 0xc000_0201))),
        ("02 000000 6d6f6f6e", Identification(fqdn: "moon")),
        ("03 000000 614062", Identification(email: "a@b")),
        ("05 000000 00*15 01", Identification(address: IPAddress(family: .v6, value: 1))),
        ("09 000000 3000", Identification(kind: .derASN1DN, data: [0x30, 0])),
        ("0b 000000 00ff", Identification(kind: .keyID, data: [0, 0xff])),
        ("02 000000", Identification(fqdn: "")),
    ]

    @Test("identities of every kind", arguments: identities)
    func identity(body: String, identity: Identification) throws {
        let id = try #require(try contents(.idInitiator, hex(body)).idInitiator)
        #expect(id.identity == identity)
        #expect(id.body == hex(body))
        #expect(written(IDPayload(identity).write) == hex(body))
    }

    @Test("AUTH covers the identity with its reserved bits as received (RFC 7296 §2.15)")
    func reservedBits() throws {
        let id = try #require(try contents(.idResponder, hex("02 aabbcc 61")).idResponder)
        #expect(id.body == hex("02 aabbcc 61"))
        #expect(written(id.write) == hex("02 aabbcc 61"))
    }

    @Test("certificates and requests for them")
    func certificates() throws {
        let read = try contents(.certificate, hex("04 3003020101"))
        #expect(read.certificates == [CertificatePayload(encoding: .x509Signature, data: hex("3003020101"))])
        let request = try contents(.certificateRequest, hex("04 11*20 22*20 33*3")).certificateRequests
        #expect(request.map(\.authorities) == [[hex("11*20"), hex("22*20")]])
        #expect(written(CertificateRequestPayload(authorities: [hex("11*20")]).write) == hex("04 11*20"))
        #expect(try contents(.certificateRequest, hex("0f 11*40")).certificateRequests.first?.authorities == [])
    }

    @Test("AUTH")
    func authentication() throws {
        let auth = try #require(try contents(.authentication, hex("0e ffffff 0102")).authentication)
        #expect(auth == AuthenticationPayload(method: .digitalSignature, data: [1, 2]))
        #expect(written(auth.write) == hex("0e 000000 0102"))
    }

    @Test("notifies with and without SPI, known and unknown")
    func notify() throws {
        let plain = NotifyPayload(.cookie, data: [1, 2, 3])
        #expect(written(plain.write) == hex("00 00 4006 010203"))
        let rekey = NotifyPayload(.rekeySA, protocolID: .esp, spi: hex("c0000001"))
        #expect(written(rekey.write) == hex("03 04 4009 c0000001"))
        for payload in [plain, rekey] {
            #expect(try contents(.notify, written(payload.write)).notifies == [payload])
        }
        let unknown = try #require(try contents(.notify, hex("63 00 1fff")).notifies.first)
        #expect(unknown.protocolID == nil && unknown.type.isError)
        #expect(unknown.type.description == "NOTIFY_8191" && unknown.type.shortName == "8191")
    }

    @Test("deletes of CHILD_SAs and of the IKE_SA")
    func delete() throws {
        let children = DeletePayload(protocolID: .esp, spis: [SPI(rawValue: 0xc000_0001), SPI(rawValue: 2)])
        #expect(written(children.write) == hex("03 04 0002 c0000001 00000002"))
        #expect(try contents(.delete, written(children.write)).deletes == [children])
        let ike = DeletePayload(protocolID: .ike)
        #expect(written(ike.write) == hex("01 00 0000"))
        #expect(try contents(.delete, hex("01 00 0000")).deletes == [ike])
        // IKEv1 habits behind it are not ours to read.
        #expect(try contents(.delete, hex("01 10 0001 00*16")).deletes == [ike])
        #expect(try contents(.delete, hex("02 00 0000")).deletes == [DeletePayload(protocolID: .ah)])
    }

    static let selectors: [(body: String, selectors: [TrafficSelector])] = [
        ("00 000000", []),
        ("01 000000 07 00 0010 0000 ffff 0a010000 0a01ffff", [TrafficSelector(network: IPAddress(v4: 0x0a01_0000), prefix: 16)]),
        (
            "02 000000 07 06 0010 0050 0050 c0000201 c0000201 08 00 0028 0000 ffff 00*16 ff*16",
            [
                TrafficSelector(host: IPAddress(v4: 0xc000_0201), ipProtocol: 6, startPort: 80, endPort: 80), .all(.v6),
            ]
        ),
        (
            "01 000000 07 06 0010 ffff 0000 00000000 ffffffff",
            [
                TrafficSelector(network: .any(.v4), prefix: 0, ipProtocol: 6, startPort: 65535, endPort: 0)
            ]
        ),
    ]

    @Test("selectors of both families, OPAQUE ports among them", arguments: selectors)
    func trafficSelectors(body: String, selectors: [TrafficSelector]) throws {
        #expect(try contents(.trafficSelectorInitiator, hex(body)).tsInitiator == TSPayload(selectors))
        #expect(written(TSPayload(selectors).write) == hex(body))
    }

    @Test("a selector of an unknown type is stepped over by its length")
    func securityLabel() throws {
        let body = hex("02 000000 0a 00 0007 616263 07 00 0010 0000 ffff 00*4 ff*4")
        #expect(try contents(.trafficSelectorResponder, body).tsResponder == TSPayload([.all(.v4)]))
    }

    @Test("configuration attributes, the reserved bit ignored")
    func configuration() throws {
        let body = hex("01 000000 8001 0000 0003 0004 0a000001")
        let payload = try #require(try contents(.configuration, body).configuration)
        #expect(payload.kind == .request)
        #expect(payload.attributes == [.init(type: 1), .init(type: 3, value: [10, 0, 0, 1])])
        #expect(written(payload.write) == hex("01 000000 0001 0000 0003 0004 0a000001"))
    }

    static let fragments: [(body: String, header: EncryptedFragmentHeader?)] = [
        ("0001 0001", EncryptedFragmentHeader(number: 1, total: 1)),
        ("0002 ffff", EncryptedFragmentHeader(number: 2, total: 65535)),
        ("0000 0001", nil), ("0001 0000", nil), ("0003 0002", nil), ("0001 00", nil), ("", nil),
    ]

    @Test("fragment numbers start at 1 and end at the total (RFC 7383 §2.5)", arguments: fragments)
    func fragment(body: String, header: EncryptedFragmentHeader?) {
        let bytes = hex(body)
        var cursor = Cursor(end: bytes.count)
        #expect((try? EncryptedFragmentHeader(from: &cursor, in: bytes.span.bytes)) == header)
        if let header { #expect(written(header.write) == bytes) }
    }

    @Test("what is only carried is carried as it came")
    func opaque() throws {
        #expect(try contents(.eap, [1, 2, 0, 4]).eap == [1, 2, 0, 4])
        #expect(try contents(.vendorID, [1, 2]).vendorIDs == [[1, 2]])
        #expect(try contents(PayloadType(rawValue: 200), [1, 2]).types == [PayloadType(rawValue: 200)])
    }
}
