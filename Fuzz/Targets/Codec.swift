// Octets as the body of every payload, and as a whole unprotected message.

import IKECodec
import IPsecModel
import Wire

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: data, count: count))
    guard let first = input.first else { return 0 }
    // The first octet chooses, so that the fuzzer sees which part is about what.
    if first < 64 {
        payload(PayloadType(rawValue: first), Array(input[1...]))
    } else {
        message(Array(input[1...]))
    }
    return 0
}

func payload(_ type: PayloadType, _ body: [UInt8]) {
    let view = PayloadView(
        type: type, isCritical: false, body: ByteRange(offset: 0, count: body.count), next: .none)
    guard let contents = try? MessageContents([view], in: body.span.bytes) else { return }
    guard let sa = contents.sa else { return show(contents) }
    // What was read is written and read again: nothing may change on the way.
    var writer = ByteWriter()
    sa.write(to: &writer)
    let written = writer.bytes
    var cursor = Cursor(end: written.count)
    let again = try? SAPayload(from: &cursor, in: written.span.bytes)
    if !sa.proposals.isEmpty {
        let isNumbered = sa.proposals.allSatisfy { $0.number != 0 }
        precondition(!isNumbered || again == sa, "an SA payload changed")
    }
    show(contents)
}

func message(_ bytes: [UInt8]) {
    let message = bytes.span.bytes
    guard let header = try? IKEHeader(datagram: message) else { return }
    let range = ByteRange(offset: IKEHeader.size, count: bytes.count - IKEHeader.size)
    guard let payloads = try? PayloadChain.parse(first: header.nextPayload, range: range, in: message) else { return }
    guard (try? ExchangeRules.check(payloads, exchange: header.exchange, isResponse: header.isResponse)) != nil else {
        return
    }
    if let contents = try? MessageContents(payloads, in: message) { show(contents) }
}

func show(_ contents: MessageContents) {
    _ = contents.summary
    _ = contents.sa?.proposals.map { "\($0)" }
    for payload in [contents.tsInitiator, contents.tsResponder] {
        _ = payload?.selectors.map { "\($0)" }
    }
    for payload in [contents.idInitiator, contents.idResponder] {
        guard let identity = payload?.identity else { continue }
        _ = "\(identity)"
        _ = identity.matches(pattern: identity.canonical)
    }
}
