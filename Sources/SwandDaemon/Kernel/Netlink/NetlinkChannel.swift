package import XFRM

/// Where netlink requests go: a socket of the kernel, or a stand-in of tests.
package protocol NetlinkChannel: AnyObject {
    /// Sends a request and hands over every message of the answer; returns when the answer is complete.
    ///
    /// A request that asks for an acknowledgement is answered by that, a dump by any number of messages, any other by
    /// one. Messages are only valid during the call of `receive`.
    ///
    /// - Throws: ``NetlinkFailure`` if the kernel refused, or if there was no answer to be understood.
    func transact(_ request: NetlinkRequest, _ receive: (NetlinkMessage) -> Void) throws(NetlinkFailure)
}

extension NetlinkChannel {
    package func transact(_ request: NetlinkRequest) throws(NetlinkFailure) { try transact(request) { _ in } }

    /// The first message of the answer, read by `decode`.
    package func query<Answer>(
        _ request: NetlinkRequest, _ decode: (NetlinkView) throws -> Answer
    ) throws(NetlinkFailure) -> Answer {
        var answer: Answer?
        try transact(request) { message in
            if answer == nil { answer = try? decode(message.payload) }
        }
        guard let answer else { throw NetlinkFailure(code: NetlinkFailure.badMessage) }
        return answer
    }

    /// What `decode` makes of the messages of a dump; what it cannot read or does not want is left out.
    ///
    /// A dump during which the kernel's list changed is taken again, a few times at most.
    package func dump<Element>(
        _ make: () -> NetlinkRequest, _ decode: (NetlinkMessage) throws -> Element?
    ) throws(NetlinkFailure) -> [Element] {
        var elements: [Element] = []
        for _ in 0..<3 {
            elements.removeAll()
            var wasInterrupted = false
            try transact(make()) { message in
                if message.flags.contains(.dumpInterrupted) { wasInterrupted = true }
                if let element = (try? decode(message)) ?? nil { elements.append(element) }
            }
            if !wasInterrupted { break }
        }
        return elements
    }
}
