private import CLinux
private import Glibc

/// One end of a Unix stream connection on an ``EventLoop``: nonblocking, with a write buffer that its owner keeps
/// small.
///
/// The owner looks at ``pendingBytes`` before it produces more, and is told by `drained` when the other side has read
/// enough. Nothing here blocks, and nothing is written after ``close()``.
package final class StreamConnection {
    /// What the owner is told. Called on the loop, never from inside ``send(_:)``.
    package struct Handlers {
        package var received: (ArraySlice<UInt8>) -> Void
        /// The write buffer has fallen to ``StreamConnection/lowWater`` or below after it was above.
        package var drained: () -> Void
        /// The other side is gone, or an error ended the connection; called once, and not after
        /// ``StreamConnection/close()``.
        package var closed: () -> Void

        package init(
            received: @escaping (ArraySlice<UInt8>) -> Void, drained: @escaping () -> Void,
            closed: @escaping () -> Void
        ) {
            self.received = received
            self.drained = drained
            self.closed = closed
        }
    }

    package static let lowWater = 64 * 1024
    private static let readSize = 64 * 1024

    private let loop: EventLoop
    private let descriptor: Int32
    private var handlers: Handlers?
    private var output: [UInt8] = []
    private var written = 0
    private var wasAboveLowWater = false
    private var interest: Readiness = .readable
    private var incoming: [UInt8] = []
    /// Stop reading while the owner has enough to do.
    package var isReadingPaused = false { didSet { updateInterest() } }
    package private(set) var isOpen = true

    /// Takes over a connected nonblocking descriptor.
    package init(descriptor: Int32, loop: EventLoop) {
        self.descriptor = descriptor
        self.loop = loop
    }

    /// Connects to a socket in the file system; waits for the other side to accept, which is never long.
    package convenience init(connectingTo path: String, loop: EventLoop) throws(SystemError) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .last("create Unix socket") }
        do throws(SystemError) {
            guard try UnixAddress.with(path, { connect(descriptor, $0, $1) }) == 0,
                fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0
            else { throw .last("connect to \(path)") }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        self.init(descriptor: descriptor, loop: loop)
    }

    deinit { if isOpen { Glibc.close(descriptor) } }

    /// Starts to read; the connection lives until it is closed.
    package func start(_ handlers: Handlers) throws(SystemError) {
        self.handlers = handlers
        try loop.register(descriptor, for: interest) { readiness in self.ready(readiness) }
    }

    /// Bytes that the other side has not taken yet.
    package var pendingBytes: Int { output.count - written }

    /// Appends bytes to what is written, and writes as much as the socket takes now.
    package func send(_ bytes: [UInt8]) {
        guard isOpen, !bytes.isEmpty else { return }
        output.append(contentsOf: bytes)
        flush()
    }

    /// Writes what can be written without waiting and closes.
    package func close() {
        guard isOpen else { return }
        flush()
        end()
    }

    private func ready(_ readiness: Readiness) {
        if readiness.contains(.writable) { flush() }
        if readiness.contains(.readable) {
            readAvailable()
        } else if readiness.contains(.hungUp) {
            fail()
        }
        reportDrain()
    }

    private func readAvailable() {
        guard isOpen, !isReadingPaused else { return }
        let count = withUnsafeTemporaryAllocation(byteCount: Self.readSize, alignment: 16) { room in
            let count = read(descriptor, room.baseAddress, room.count)
            if count > 0 {
                incoming.removeAll(keepingCapacity: true)
                incoming.append(contentsOf: UnsafeRawBufferPointer(rebasing: room[..<count]))
                // Requests carry secrets.
                room.initializeMemory(as: UInt8.self, repeating: 0)
            }
            return count
        }
        if count > 0 {
            handlers?.received(incoming[...])
            wipeIncoming()
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            fail()
        }
    }

    private func wipeIncoming() {
        for index in incoming.indices { incoming[index] = 0 }
    }

    private func flush() {
        while isOpen, written < output.count {
            let count = output.withUnsafeBytes { bytes in
                Glibc.send(
                    descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written,
                    Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                written += count
            } else if errno == EINTR {
                continue
            } else {
                // Anything but a full socket shows as a hang-up on the next turn.
                break
            }
        }
        compact()
        if pendingBytes > Self.lowWater { wasAboveLowWater = true }
        updateInterest()
    }

    private func compact() {
        if written == output.count {
            output.removeAll(keepingCapacity: output.count <= Self.lowWater)
            written = 0
        } else if written >= Self.lowWater {
            output.removeSubrange(..<written)
            written = 0
        }
    }

    private func reportDrain() {
        guard isOpen, wasAboveLowWater, pendingBytes <= Self.lowWater else { return }
        wasAboveLowWater = false
        handlers?.drained()
    }

    private func updateInterest() {
        guard isOpen, handlers != nil else { return }
        var wanted: Readiness = isReadingPaused ? [] : .readable
        if pendingBytes > 0 { wanted.insert(.writable) }
        guard wanted != interest else { return }
        interest = wanted
        try? loop.change(descriptor, to: wanted)
    }

    private func fail() {
        guard isOpen else { return }
        let closed = handlers?.closed
        end()
        closed?()
    }

    private func end() {
        isOpen = false
        handlers = nil
        loop.unregister(descriptor)
        Glibc.close(descriptor)
        output = []
        written = 0
    }
}
