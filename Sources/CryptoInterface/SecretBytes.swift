private import Glibc

/// Bytes that must not outlive their use: they are overwritten when the last reference goes.
///
/// Immutable after creation and therefore shared freely; never printed, never compared except in constant time.
package final class SecretBytes: @unchecked Sendable {
    // Sendable: the storage is written only before `init` returns and in `deinit`.
    private let storage: UnsafeMutableRawBufferPointer

    /// `count` bytes that `fill` writes; they start as zeros.
    package init<Failure: Error>(
        count: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        storage = .allocate(byteCount: max(count, 1), alignment: 16)
        storage.initializeMemory(as: UInt8.self, repeating: 0)
        self.count = count
        try fill(UnsafeMutableRawBufferPointer(rebasing: storage[..<count]))
    }

    /// Takes a copy; wiping the source is its owner's business.
    package convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(count: bytes.count) { $0.copyMemory(from: bytes) }
    }

    package convenience init(copying bytes: [UInt8]) {
        self.init(count: bytes.count) { buffer in bytes.withUnsafeBytes { buffer.copyMemory(from: $0) } }
    }

    /// Nothing, without memory of its own.
    package static let empty = SecretBytes(count: 0) { _ in }

    deinit {
        if let base = storage.baseAddress { explicit_bzero(base, storage.count) }
        storage.deallocate()
    }

    package let count: Int
    package var isEmpty: Bool { count == 0 }

    package func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
    }

    /// A secret of its own with the bytes at `range`.
    package func slice(_ range: Range<Int>) -> SecretBytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a slice lies inside its secret")
        if range.isEmpty { return .empty }
        return withUnsafeBytes { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// This secret followed by another.
    package func appending(_ other: SecretBytes) -> SecretBytes {
        SecretBytes(count: count + other.count) { buffer in
            withUnsafeBytes { buffer.copyMemory(from: $0) }
            other.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyMemory(from: source)
            }
        }
    }

    /// Compares without telling by its duration where the first difference is.
    package func isEqual(to bytes: UnsafeRawBufferPointer) -> Bool {
        withUnsafeBytes { constantTimeEqual($0, bytes) }
    }

    package func isEqual(to other: SecretBytes) -> Bool {
        other.withUnsafeBytes { isEqual(to: $0) }
    }
}

/// Overwrites octets that a secret was read from, once a ``SecretBytes`` has it. They must have no other owner: a copy
/// stays as it is.
package func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { if let base = $0.baseAddress { explicit_bzero(base, $0.count) } }
}

/// Whether two byte strings are equal, in time that depends on their lengths only.
package func constantTimeEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count else { return false }
    var difference: UInt8 = 0
    for index in 0..<a.count { difference |= a[index] ^ b[index] }
    return difference == 0
}

/// Whether two byte strings are equal, in time that depends on their lengths only.
package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.withUnsafeBytes { left in b.withUnsafeBytes { right in constantTimeEqual(left, right) } }
}
