import CBenchmark

/// Issues certificates to spend.
final class Authority {
    let pointer: OpaquePointer

    init(kind: String) throws {
        // The C side keeps the pointer to the name.
        let name = kind == "RSA" ? StaticName.rsa : StaticName.ec
        guard let pointer = bench_authority_new(name.utf8Start) else { throw BenchmarkFailure("no CA of kind \(kind)") }
        self.pointer = pointer
    }

    deinit { bench_authority_free(pointer) }

    private enum StaticName {
        static let rsa: CPointerText = "RSA"
        static let ec: CPointerText = "EC"
    }

    func certificate() throws -> [UInt8] {
        var bytes = bench_bytes()
        guard bench_authority_certificate(pointer, &bytes) == 1 else { throw BenchmarkFailure("no CA certificate") }
        return take(&bytes)
    }

    func issue(_ name: String) throws -> Subject {
        var certificate = bench_bytes()
        var key = bench_bytes()
        guard bench_authority_issue(pointer, name, &certificate, &key) == 1 else {
            throw BenchmarkFailure("no certificate for \(name)")
        }
        return Subject(certificate: take(&certificate), key: take(&key))
    }

    private func take(_ bytes: inout bench_bytes) -> [UInt8] {
        defer { bench_bytes_free(&bytes) }
        return Array(UnsafeBufferPointer(start: bytes.bytes, count: bytes.length))
    }
}

/// A certificate with its private key, both in DER.
struct Subject {
    let certificate: [UInt8]
    let key: [UInt8]
}

/// Text of the program itself, which C code may keep a pointer to.
struct CPointerText: ExpressibleByStringLiteral {
    private let text: StaticString
    init(stringLiteral text: StaticString) { self.text = text }
    var utf8Start: UnsafePointer<CChar> {
        UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
