import CBenchmark
import IKECodec
import Wire

/// What reading a message costs once it is decrypted: headers, rules, payloads.
struct DecodeBenchmark {
    let repetitions: Int

    func run() throws {
        var table = Table("message", "octets", "ns: header and chain", "ns: whole", "allocations: chain", "allocations: whole")
        for setUp in [SetUpCase.psk, .certificates] {
            let pair = try InProcessPair(setUp)
            try pair.run(pair.nextSubject())
            guard pair.requests.count == 2 else { throw BenchmarkFailure("\(setUp.name) takes more than two requests") }
            let first = Message(plain: pair.requests[0])
            let second = Message(opened: pair.requests[1], ivBytes: 8, icvBytes: 16)
            for (name, message) in [("IKE_SA_INIT", first), ("IKE_AUTH", second)] {
                try measure("\(setUp.name) \(name)", message, into: &table)
            }
        }
        table.print(title: "Decoding a request")
    }

    /// A message in the clear: where its payloads stand and what the first one is.
    private struct Message {
        let bytes: [UInt8]
        let first: PayloadType
        let range: ByteRange
        let exchange: ExchangeType

        init(plain bytes: [UInt8]) {
            self.bytes = bytes
            first = PayloadType(rawValue: bytes[16])
            range = ByteRange(offset: IKEHeader.size, count: bytes.count - IKEHeader.size)
            exchange = .ikeSAInit
        }

        init(opened bytes: [UInt8], ivBytes: Int, icvBytes: Int) {
            self.bytes = bytes
            first = PayloadType(rawValue: bytes[IKEHeader.size])
            let start = IKEHeader.size + 4 + ivBytes
            let padding = Int(bytes[bytes.count - icvBytes - 1]) + 1
            range = ByteRange(offset: start, count: bytes.count - icvBytes - padding - start)
            exchange = .ikeAuth
        }
    }

    private func measure(_ name: String, _ message: Message, into table: inout Table) throws {
        let chain = try time {
            _ = try IKEHeader(datagram: message.bytes.span.bytes)
            _ = try PayloadChain.parse(first: message.first, range: message.range, in: message.bytes.span.bytes)
        }
        let whole = try time {
            _ = try IKEHeader(datagram: message.bytes.span.bytes)
            let payloads = try PayloadChain.parse(
                first: message.first, range: message.range, in: message.bytes.span.bytes)
            try ExchangeRules.check(payloads, exchange: message.exchange, isResponse: false)
            _ = try MessageContents(payloads, in: message.bytes.span.bytes)
        }
        table.row(
            name, "\(message.bytes.count)", chain.nanoseconds.text(0), whole.nanoseconds.text(0),
            chain.allocations.text(1), whole.allocations.text(1))
    }

    /// The median of seven runs.
    private func time(_ body: () throws -> Void) throws -> (nanoseconds: Double, allocations: Double) {
        var times: [Double] = []
        var allocations = 0.0
        for _ in 0..<7 {
            let before = bench_allocations()
            let start = bench_thread_time()
            for _ in 0..<repetitions { try body() }
            times.append(Double(bench_thread_time() - start) / Double(repetitions))
            allocations = Double(bench_allocations() - before) / Double(repetitions)
        }
        return (times.median, allocations)
    }
}
