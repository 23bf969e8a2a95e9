import CLinux
private import Glibc
private import Synchronization

/// Messages from other threads to an ``EventLoop``: ``post(_:)`` may be called from anywhere, `receive` is called on
/// the loop, in the order of posting.
package final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Mutex<[Message]>([])
    private let descriptor: Int32

    /// - Parameter receive: called on the loop's thread with everything that was posted since the last call.
    package init(loop: EventLoop, receive: @escaping (Message) -> Void) throws(SystemError) {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard descriptor >= 0 else { throw .last("create wake-up descriptor") }
        try loop.register(descriptor, for: .readable) { [weak self] _ in
            self?.take().forEach(receive)
        }
    }

    deinit { close(descriptor) }

    /// Stops delivery; what is posted later is dropped with the mailbox.
    package func disconnect(from loop: EventLoop) { loop.unregister(descriptor) }

    package func post(_ message: Message) {
        let wasEmpty = messages.withLock { list in
            list.append(message)
            return list.count == 1
        }
        guard wasEmpty else { return }
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    private func take() -> [Message] {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
        return messages.withLock { list in
            defer { list = [] }
            return list
        }
    }
}
