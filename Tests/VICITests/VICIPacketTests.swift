import Testing
import VICI

@Suite("VICI packets")
struct VICIPacketTests {
    static let packets: [VICIPacket] = [
        .commandRequest(name: "list-sas", message: sampleMessage),
        .commandResponse(sampleMessage), .commandUnknown,
        .eventRegister(name: "list-sa"), .eventUnregister(name: "list-sa"), .eventConfirm, .eventUnknown,
        .event(name: "list-sa", message: sampleMessage),
    ]

    @Test("carry their length, type and name")
    func layout() throws {
        #expect(
            try VICIPacket.commandRequest(name: "ab", message: VICIMessage()).framed() == [0, 0, 0, 4, 0, 2, 97, 98])
        #expect(try VICIPacket.eventConfirm.framed() == [0, 0, 0, 1, 5])
        #expect(try VICIPacket.eventRegister(name: "log").framed() == [0, 0, 0, 5, 3, 3, 108, 111, 103])
    }

    @Test("come back as they were written", arguments: packets)
    func roundTrip(packet: VICIPacket) throws {
        #expect(try VICIPacket(decoding: Array(packet.framed().dropFirst(4))) == packet)
    }

    @Test("with any byte changed or cut never trap", arguments: packets)
    func damage(packet: VICIPacket) throws {
        let bytes = Array(try packet.framed().dropFirst(4))
        for length in 0..<bytes.count {
            _ = try? VICIPacket(decoding: Array(bytes[..<length]))
        }
        for index in bytes.indices {
            for flip in 1...UInt8.max {
                var changed = bytes
                changed[index] ^= flip
                guard let decoded = try? VICIPacket(decoding: changed) else { continue }
                #expect(try Array(decoded.framed().dropFirst(4)) == changed)
            }
        }
    }

    @Test("that are malformed name their fault")
    func malformed() {
        #expect(throws: VICIError.emptyPacket) { try VICIPacket(decoding: []) }
        #expect(throws: VICIError.unknownPacketType(8)) { try VICIPacket(decoding: [8]) }
        #expect(throws: VICIError.trailingBytes(offset: 1, count: 2)) { try VICIPacket(decoding: [5, 0, 0]) }
        #expect(throws: VICIError.trailingBytes(offset: 3, count: 1)) { try VICIPacket(decoding: [3, 1, 97, 0]) }
    }

    @Test("longer than 512 KB are not written")
    func tooLong() {
        var message = VICIMessage()
        for _ in 0..<8 { message.set("k", bytes: Array(repeating: 1, count: 65_535)) }
        message.set("k", "more")
        #expect(throws: VICIError.self) { try VICIPacket.commandResponse(message).framed() }
    }
}

@Suite("VICI frames")
struct FrameReaderTests {
    @Test("are found in pieces of any size", arguments: [1, 2, 3, 7, 64, 100_000])
    func pieces(size: Int) throws {
        let packets = VICIPacketTests.packets
        let stream = try packets.flatMap { try $0.framed() }
        var reader = FrameReader()
        var found: [VICIPacket] = []
        var rest = stream[...]
        while !rest.isEmpty {
            reader.push(rest.prefix(size))
            rest = rest.dropFirst(size)
            while let bytes = try reader.pop() { found.append(try VICIPacket(decoding: bytes)) }
        }
        #expect(found == packets)
        #expect(reader.bufferedBytes == 0)
    }

    @Test("above 512 KB are refused by their prefix alone")
    func tooLong() throws {
        var reader = FrameReader()
        reader.push([0, 8, 0, 1])
        #expect(throws: VICIError.packetTooLong(length: 524_289, limit: 524_288)) { try reader.pop() }
        reader = FrameReader()
        reader.push([0, 8, 0, 0])
        #expect(try reader.pop() == nil)
        reader = FrameReader()
        reader.push([255, 255, 255, 255])
        #expect(throws: VICIError.self) { try reader.pop() }
    }

    @Test("keep their order across the moves of a long stream")
    func longStream() throws {
        var reader = FrameReader()
        let body = Array(repeating: UInt8(7), count: 50_000)
        for _ in 0..<20 { reader.push([0, 0, 0xc3, 0x50] + body) }
        for _ in 0..<20 { #expect(try reader.pop() == body) }
        #expect(try reader.pop() == nil)
    }
}
