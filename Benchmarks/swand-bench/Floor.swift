import CBenchmark
import CryptoInterface
import IPsecModel

/// The bare cryptography of a set-up; see floor.c.
final class Floor {
    private let pointer: OpaquePointer

    init(_ setUp: SetUpCase, sizes: MessageSizes, authority: Authority?) throws {
        guard let protection = MessageProtection(try setUp.ikeProposal()),
            let child = MessageProtection(try setUp.espProposal())
        else { throw BenchmarkFailure("\(setUp.name) has no cipher") }
        let pointer = setUp.group.withCString { group in
            setUp.cipher.withCString { cipher in
                var description = bench_floor_case()
                description.group = group
                description.cipher = cipher
                description.key_length = protection.encryptionKeyBytes
                description.integrity_length = protection.integrityKeyBytes
                description.child_length = child.encryptionKeyBytes + child.integrityKeyBytes
                description.init_request = sizes.initRequest
                description.init_response = sizes.initResponse
                description.auth_request = sizes.authRequest
                description.auth_response = sizes.authResponse
                description.authority = authority?.pointer
                return bench_floor_new(&description)
            }
        }
        guard let pointer else { throw BenchmarkFailure("no floor for \(setUp.name)") }
        self.pointer = pointer
    }

    deinit { bench_floor_free(pointer) }

    /// CPU time of one set-up in nanoseconds.
    func run(_ subject: Subject?) throws -> Int64 {
        let spent = withBytes(subject?.certificate ?? []) { certificate in
            withBytes(subject?.key ?? []) { key in bench_floor_run(pointer, certificate, key) }
        }
        guard spent >= 0 else { throw BenchmarkFailure("the floor program failed") }
        return spent
    }

    private func withBytes<Result>(_ bytes: [UInt8], _ body: (UnsafePointer<bench_bytes>) -> Result) -> Result {
        var copy = bytes
        return copy.withUnsafeMutableBufferPointer { buffer in
            var view = bench_bytes(bytes: buffer.baseAddress, length: buffer.count)
            return body(&view)
        }
    }
}

/// Octets of the four messages of a set-up.
struct MessageSizes {
    var initRequest = 0
    var initResponse = 0
    var authRequest = 0
    var authResponse = 0
}
