import Testing
import VICI

/// A message with every kind of element, nested.
let sampleMessage: VICIMessage = {
    var message = VICIMessage()
    message.set("version", "5.9.8")
    message.set("empty", "")
    message.section("gw") { gw in
        gw.list("local_addrs", ["192.0.2.1", "2001:db8::1"])
        gw.list("none", [])
        gw.section("children") { children in
            children.section("net") { $0.set("esp", bytes: [0, 255, 10]) }
        }
    }
    return message
}()

@Suite("VICI messages")
struct VICIMessageTests {
    @Test("have exactly the bytes of the format")
    func layout() throws {
        var message = VICIMessage()
        message.set("k", "v1")
        message.section("s") { $0.list("l", ["a"]) }
        let expected: [UInt8] = [
            3, 1, 0x6b, 0, 2, 0x76, 0x31,  // k = v1
            1, 1, 0x73,  // s {
            4, 1, 0x6c, 5, 0, 1, 0x61, 6,  // l = [ a ]
            2,  // }
        ]
        #expect(try message.encoded() == expected)
        #expect(try VICIMessage(decoding: expected) == message)
    }

    @Test("come back as they were written")
    func roundTrip() throws {
        #expect(try VICIMessage(decoding: sampleMessage.encoded()) == sampleMessage)
        #expect(try VICIMessage(decoding: []).isEmpty)
    }

    @Test("are looked up by path, the first element of a name wins")
    func lookup() {
        var message = sampleMessage
        message.set("version", "later")
        #expect(message.string("version") == "5.9.8")
        #expect(message.strings("gw", "local_addrs") == ["192.0.2.1", "2001:db8::1"])
        #expect(message.bytes("gw", "children", "net", "esp") == [0, 255, 10])
        #expect(message.string("gw", "children", "net", "esp") == nil)
        #expect(message.text("gw", "children", "net", "esp") == "\0\u{FFFD}\n")
        #expect(message.string("gw", "missing") == nil)
        #expect(message.string("version", "deeper") == nil)
        #expect(message["gw", "none"] == .list(name: "none", items: []))
        #expect(message.sections.map(\.name) == ["gw"])
    }

    @Test(
        "truth values have eight spellings",
        arguments: [
            ("yes", true), ("TRUE", true), ("enabled", true), ("1", true),
            ("no", false), ("false", false), ("disabled", false), ("0", false), ("maybe", nil), ("", nil),
        ] as [(String, Bool?)])
    func truth(text: String, expected: Bool?) {
        var message = VICIMessage()
        message.set("flag", text)
        #expect(message.bool("flag") == expected)
    }

    @Test("numbers are decimal and fit")
    func numbers() {
        var message = VICIMessage()
        message.set("n", 300)
        message.set("x", "0x10")
        #expect(message.integer("n") == 300)
        #expect(message.integer("n", as: UInt8.self) == nil)
        #expect(message.integer("x") == nil)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var error: VICIError
        var testDescription: String { name }
    }

    static let faults = [
        Fault(name: "unknown element", bytes: [9], error: .unknownElement(9, offset: 0)),
        Fault(name: "zero element", bytes: [0], error: .unknownElement(0, offset: 0)),
        Fault(name: "end without start", bytes: [2], error: .misplacedElement(2, offset: 0)),
        Fault(name: "item outside a list", bytes: [5, 0, 0], error: .misplacedElement(5, offset: 0)),
        Fault(name: "list end outside a list", bytes: [6], error: .misplacedElement(6, offset: 0)),
        Fault(name: "value inside a list", bytes: [4, 0, 3, 0, 0, 0], error: .misplacedElement(3, offset: 2)),
        Fault(name: "unknown inside a list", bytes: [4, 0, 7], error: .unknownElement(7, offset: 2)),
        Fault(name: "section not closed", bytes: [1, 0, 1, 0], error: .unclosedElements(depth: 2)),
        Fault(name: "list not closed", bytes: [4, 0], error: .unclosedElements(depth: 1)),
        Fault(name: "name missing", bytes: [3], error: .truncated(offset: 1, needed: 1, available: 0)),
        Fault(name: "name cut", bytes: [3, 4, 65], error: .truncated(offset: 2, needed: 4, available: 1)),
        Fault(name: "value length cut", bytes: [3, 0, 0], error: .truncated(offset: 2, needed: 2, available: 1)),
        Fault(
            name: "value cut", bytes: [3, 0, 0xff, 0xff, 1],
            error: .truncated(offset: 4, needed: 65_535, available: 1)),
        Fault(name: "name not UTF-8", bytes: [3, 1, 0xff, 0, 0], error: .nameNotText(offset: 2)),
        Fault(
            name: "too deep", bytes: Array(repeating: [1, 0] as [UInt8], count: 40).flatMap { $0 },
            error: .tooDeep(limit: VICILimits.depth)),
    ]

    @Test("that are malformed name their fault", arguments: faults)
    func malformed(fault: Fault) {
        #expect(throws: fault.error) { try VICIMessage(decoding: fault.bytes) }
    }

    @Test("that cannot be written say why")
    func unwritable() {
        let longName = String(repeating: "n", count: 256)
        var message = VICIMessage()
        message.set(longName, "")
        #expect(throws: VICIError.nameTooLong(name: longName, length: 256)) { try message.encoded() }
        message = VICIMessage()
        message.list("l", bytes: [Array(repeating: 0, count: 65_536)])
        #expect(throws: VICIError.valueTooLong(name: "l", length: 65_536)) { try message.encoded() }
        var deep = VICIElement.section(name: "", elements: [])
        for _ in 0..<VICILimits.depth { deep = .section(name: "", elements: [deep]) }
        #expect(throws: VICIError.tooDeep(limit: VICILimits.depth)) { try VICIMessage([deep]).encoded() }
    }

    @Test("cut anywhere but between top-level elements are refused")
    func everyPrefix() throws {
        let bytes = try sampleMessage.encoded()
        var boundaries: Set<Int> = []
        for count in 0...sampleMessage.elements.count {
            boundaries.insert(try VICIMessage(Array(sampleMessage.elements.prefix(count))).encoded().count)
        }
        for length in 0..<bytes.count {
            let decoded = try? VICIMessage(decoding: bytes[..<length])
            #expect((decoded != nil) == boundaries.contains(length))
        }
    }

    @Test("with any byte changed are refused or are another message that can be written again")
    func everyByteFlip() throws {
        let bytes = try sampleMessage.encoded()
        for index in bytes.indices {
            for flip in 1...UInt8.max {
                var changed = bytes
                changed[index] ^= flip
                guard let decoded = try? VICIMessage(decoding: changed) else { continue }
                #expect(try decoded.encoded() == changed)
            }
        }
    }
}
