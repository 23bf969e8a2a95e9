import Testing
import Transport

@Suite("What shares the NAT-T port with IKE")
struct NonESPMarkerTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var bytes: [UInt8]
        var content: NonESPMarker.Content
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "marker and a byte", bytes: [0, 0, 0, 0, 1], content: .ike),
        Case(name: "keepalive", bytes: [0xff], content: .keepalive),
        Case(name: "one other byte", bytes: [0xfe], content: .malformed),
        Case(name: "nothing", bytes: [], content: .malformed),
        Case(name: "marker alone", bytes: [0, 0, 0, 0], content: .malformed),
        Case(name: "three zeros", bytes: [0, 0, 0], content: .malformed),
        Case(name: "an SPI", bytes: [0, 0, 1, 0, 0, 0, 0, 1], content: .esp),
    ]

    @Test("is told by its first octets", arguments: cases)
    func classify(_ c: Case) {
        c.bytes.withUnsafeBytes { #expect(NonESPMarker.classify($0) == c.content) }
    }

    @Test("the marker goes to and from NAT-T ports, never before a keepalive")
    func needed() {
        func isNeeded(_ bytes: [UInt8], fromIKE: Bool, to port: UInt16) -> Bool {
            NonESPMarker.isNeeded(bytes, isFromIKEPort: fromIKE, remotePort: port, natPort: 4500)
        }
        #expect(!isNeeded([1, 2], fromIKE: true, to: 500))
        #expect(!isNeeded([1, 2], fromIKE: true, to: 1024))
        #expect(isNeeded([1, 2], fromIKE: true, to: 4500))
        #expect(isNeeded([1, 2], fromIKE: false, to: 500))
        #expect(isNeeded([1, 2], fromIKE: false, to: 33000))
        #expect(!isNeeded([0xff], fromIKE: false, to: 33000))
    }
}
