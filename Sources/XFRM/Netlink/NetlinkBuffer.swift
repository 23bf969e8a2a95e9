private import Glibc
package import Wire

/// Memory that netlink messages stand in, wiped before it is used again and when it goes: SAs carry keys.
///
/// Reads are checked against ``count``; numbers are in the byte order of this machine, as netlink has them.
package final class NetlinkBuffer {
    private var storage: UnsafeMutableRawBufferPointer
    package private(set) var count = 0

    package init(capacity: Int) {
        storage = .allocate(byteCount: max(capacity, 64), alignment: 16)
        storage.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        if let base = storage.baseAddress { explicit_bzero(base, storage.count) }
        storage.deallocate()
    }

    /// Overwrites everything that was written and starts again at zero bytes.
    package func wipe() {
        if let base = storage.baseAddress { explicit_bzero(base, count) }
        count = 0
    }

    /// Lets `body` fill the memory, and takes the count it returns (cut to what there is room for).
    package func fill(_ body: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        wipe()
        let filled = body(storage)
        count = min(max(filled, 0), storage.count)
        return filled
    }

    package func append(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        reserve(bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: storage[count...]).copyMemory(from: bytes)
        count += bytes.count
    }

    package func append(zeros: Int) {
        reserve(zeros)
        UnsafeMutableRawBufferPointer(rebasing: storage[count..<(count + zeros)])
            .initializeMemory(as: UInt8.self, repeating: 0)
        count += zeros
    }

    package func append<Number: FixedWidthInteger>(_ number: Number) {
        Swift.withUnsafeBytes(of: number) { append($0) }
    }

    /// Overwrites a number that was written before.
    package func patch<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= count, "only what was written is patched")
        storage.storeBytes(of: number, toByteOffset: offset, as: Number.self)
    }

    package func load<Number: FixedWidthInteger>(
        _ type: Number.Type = Number.self, at offset: Int
    ) throws(CodecError) -> Number {
        let size = MemoryLayout<Number>.size
        guard offset >= 0, offset <= count, count - offset >= size else {
            throw .truncated(offset: offset, needed: size, available: max(0, count - offset))
        }
        return storage.loadUnaligned(fromByteOffset: offset, as: Number.self)
    }

    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
    }

    private func reserve(_ more: Int) {
        guard count + more > storage.count else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(storage.count * 2, count + more), alignment: 16)
        larger.initializeMemory(as: UInt8.self, repeating: 0)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[..<count]))
        if let base = storage.baseAddress { explicit_bzero(base, storage.count) }
        storage.deallocate()
        storage = larger
    }
}
