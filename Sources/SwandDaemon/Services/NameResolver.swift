private import CLinux
private import Glibc
package import IPsecModel
package import Transport

/// Resolves host names without holding up the loop: each question waits on a thread of its own, few at a time.
package final class NameResolver {
    private struct Answer: Sendable {
        let token: UInt64
        let addresses: [IPAddress]
    }

    private static let mostThreads = 8
    private static let mostQueued = 10_000

    private let mailbox: Mailbox<Answer>
    private let state: State

    /// What the mailbox's handler needs, apart from the resolver itself.
    private final class State {
        var queue: [(name: String, token: UInt64)] = []
        var running = 0
        var next: (() -> Void)?
    }

    /// - Parameter answer: called on the loop; no addresses where the name does not resolve.
    package init(
        loop: EventLoop, answer: @escaping (_ token: UInt64, _ addresses: [IPAddress]) -> Void
    ) throws(SystemError) {
        let state = State()
        self.state = state
        mailbox = try Mailbox(loop: loop) { result in
            state.running -= 1
            state.next?()
            answer(result.token, result.addresses)
        }
        state.next = { [unowned self] in self.startNext() }
    }

    package func resolve(_ name: String, token: UInt64) {
        guard state.queue.count < Self.mostQueued else { return }
        state.queue.append((name, token))
        startNext()
    }

    private func startNext() {
        while state.running < Self.mostThreads, !state.queue.isEmpty {
            let question = state.queue.removeFirst()
            state.running += 1
            let mailbox = mailbox
            let started = DetachedThread.start {
                mailbox.post(Answer(token: question.token, addresses: Self.addresses(of: question.name)))
            }
            if !started { mailbox.post(Answer(token: question.token, addresses: [])) }
        }
    }

    /// All addresses of a name, in the system's order of preference (RFC 6724).
    static func addresses(of name: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var item = list
        while let entry = item {
            let bytes = UnsafeRawBufferPointer(start: entry.pointee.ai_addr, count: Int(entry.pointee.ai_addrlen))
            if let address = SocketAddress.read(bytes)?.endpoint.address, !addresses.contains(address) {
                addresses.append(address)
            }
            item = entry.pointee.ai_next
        }
        return addresses
    }
}
