// Octets as they come over the control socket.

import VICI

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: data, count: count))
    guard let first = input.first else { return 0 }
    switch first % 3 {
    case 0: message(Array(input[1...]))
    case 1: server(Array(input[1...]))
    default: client(Array(input[1...]))
    }
    return 0
}

func message(_ bytes: [UInt8]) {
    guard let message = try? VICIMessage(decoding: bytes) else { return }
    guard let encoded = try? message.encoded() else { preconditionFailure("a message that was read cannot be written") }
    precondition(encoded == bytes, "a message changed on its way")
}

func server(_ bytes: [UInt8]) {
    var session = ServerSession(events: ["log", "child-updown"])
    // In two pieces, as a socket may deliver it.
    for piece in [bytes[..<(bytes.count / 2)], bytes[(bytes.count / 2)...]] {
        session.receive(piece)
        do {
            while try session.nextCommand() != nil { try session.respond(VICIMessage()) }
        } catch {
            return
        }
    }
    _ = session.takeOutput()
}

func client(_ bytes: [UInt8]) {
    var session = ClientSession()
    guard (try? session.request("version")) != nil else { return }
    session.receive(bytes)
    do {
        while try session.next() != nil {}
    } catch {
        return
    }
}
