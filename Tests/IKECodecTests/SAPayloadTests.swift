import IKECodec
import IPsecModel
import Testing
import Wire

@Suite("SA payload")
struct SAPayloadTests {
    /// AES-CBC-256, HMAC-SHA-256 as PRF and integrity, X25519.
    static let classic = Proposal(
        number: 1, protocolID: .ike,
        transforms: [
            .encryption(.aesCBC, 256), .prf(.hmacSHA256), .integrity(.hmacSHA256_128), .keyExchange(.curve25519),
        ])
    static let classicBody = hex(
        """
        00 00 002c 01 01 00 04
        03 00 000c 01 00 000c 800e 0100
        03 00 0008 02 00 0005
        03 00 0008 03 00 000c
        00 00 0008 04 00 001f
        """)
    static let combined = Proposal(
        number: 2, protocolID: .esp, spi: hex("c0000001"),
        transforms: [.encryption(.aesGCM16, 128), .extendedSequenceNumbers(.no)])

    @Test("a proposal as RFC 7296 §3.3 draws it")
    func golden() throws {
        #expect(written(SAPayload([Self.classic]).write) == Self.classicBody)
        #expect(try contents(.securityAssociation, Self.classicBody).sa?.proposals == [Self.classic])
    }

    @Test("several proposals round-trip, with SPI and number")
    func roundTrip() throws {
        let payload = SAPayload([Self.classic, Self.combined])
        #expect(try contents(.securityAssociation, written(payload.write)).sa == payload)
    }

    @Test("proposals without number are counted from 1")
    func numbering() throws {
        var proposals = [Self.classic, Self.combined]
        for index in proposals.indices { proposals[index].number = 0 }
        let read = try contents(.securityAssociation, written(SAPayload(proposals).write)).sa
        #expect(read?.proposals.map(\.number) == [1, 2])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var body: String
        var expected: Result<[Proposal], CodecError>
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "no proposal", body: "", expected: .failure(.truncated(offset: 0, needed: 1, available: 0))),
        Case(
            name: "last is 3", body: "03 00 0008 01 03 00 00",
            expected: .failure(.badValue(field: "last substructure", offset: 0, value: 3))),
        Case(
            name: "length below the proposal's own fields", body: "00 00 0007 01 03 00",
            expected: .failure(.badLength(offset: 2, value: 7))),
        Case(
            name: "proposal longer than the payload", body: "00 00 0010 01 03 00 00",
            expected: .failure(.truncated(offset: 4, needed: 12, available: 4))),
        Case(
            name: "SPI longer than the proposal", body: "00 00 0008 01 03 04 00",
            expected: .failure(.truncated(offset: 8, needed: 4, available: 0))),
        Case(
            name: "another proposal is promised", body: "02 00 0008 01 03 00 00",
            expected: .failure(.truncated(offset: 8, needed: 1, available: 0))),
        Case(
            name: "octets behind the last proposal", body: "00 00 0008 01 03 00 00 00",
            expected: .failure(.trailingBytes(offset: 8, count: 1))),
        Case(
            name: "fewer transforms than counted", body: "00 00 0010 01 03 00 02 03 00 0008 01 00 0014",
            expected: .failure(.truncated(offset: 16, needed: 1, available: 0))),
        Case(
            name: "more transforms than counted", body: "00 00 0010 01 03 00 00 00 00 0008 01 00 0014",
            expected: .failure(.trailingBytes(offset: 8, count: 8))),
        Case(
            name: "last transform says that more follow", body: "00 00 0010 01 03 00 01 03 00 0008 01 00 0014",
            expected: .failure(.badValue(field: "last substructure", offset: 8, value: 3))),
        Case(
            name: "transform below its own fields", body: "00 00 000f 01 03 00 01 00 00 0007 01 00 00",
            expected: .failure(.badLength(offset: 10, value: 7))),
        Case(
            name: "half an attribute", body: "00 00 0012 01 03 00 01 00 00 000a 01 00 0014 800e",
            expected: .failure(.truncated(offset: 18, needed: 2, available: 0))),
        Case(
            name: "long attribute longer than the transform",
            body: "00 00 0014 01 03 00 01 00 00 000c 01 00 0014 000e 0004",
            expected: .failure(.truncated(offset: 20, needed: 4, available: 0))),
        Case(
            name: "no transforms", body: "00 00 0008 01 03 00 00",
            expected: .success([Proposal(number: 1, protocolID: .esp, transforms: [])])),
        Case(
            name: "an unknown protocol is stepped over",
            body: "02 00 0008 01 09 00 00 00 00 0008 02 03 00 00",
            expected: .success([Proposal(number: 2, protocolID: .esp, transforms: [])])),
        Case(
            name: "an unknown transform type takes its proposal with it",
            body: "02 00 0010 01 03 00 01 00 00 0008 63 00 0001 00 00 0008 02 03 00 00",
            expected: .success([Proposal(number: 2, protocolID: .esp, transforms: [])])),
        Case(
            name: "an unknown attribute makes a transform that nothing equals",
            body: "00 00 0014 01 03 00 01 00 00 000c 01 00 0014 8011 0001",
            expected: .success([
                Proposal(
                    number: 1, protocolID: .esp, transforms: [Transform(type: .encryption, id: 0xffff)])
            ])),
        Case(
            name: "key length beside a long unknown attribute",
            body: "00 00 001a 01 03 00 01 00 00 0012 01 00 0014 800e 0100 0011 0002 aaaa",
            expected: .success([
                Proposal(
                    number: 1, protocolID: .esp, transforms: [Transform(type: .encryption, id: 0xffff, keyLength: 256)])
            ])),
        Case(
            name: "only proposals that nobody knows", body: "00 00 0008 01 09 00 00", expected: .success([])),
    ]

    @Test("decodes, or says what is wrong and where", arguments: cases)
    func decode(_ c: Case) {
        let body = hex(c.body)
        let result = Result { () throws(MessageFault) in
            try contents(.securityAssociation, body).sa?.proposals ?? []
        }
        #expect(result == c.expected.mapError { MessageFault.syntax(.securityAssociation, $0) })
    }

    @Test("more proposals than anybody offers")
    func limit() {
        let body = Array(repeatElement(hex("02 00 0008 01 03 00 00"), count: 64).joined()) + hex("00 00 0008 01 03 00 00")
        #expect(
            throws: MessageFault.syntax(.securityAssociation, .tooMany(what: "proposals", limit: 64))
        ) { try contents(.securityAssociation, body) }
    }
}
