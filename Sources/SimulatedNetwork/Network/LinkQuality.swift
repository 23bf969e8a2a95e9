/// How bad the network is. The default delivers everything after 10 ms, in order.
package struct LinkQuality: Sendable {
    package var latency: Duration = .milliseconds(10)
    /// Added at random; more than the distance of two datagrams turns their order round.
    package var jitter: Duration = .zero
    /// Percent.
    package var loss = 0
    package var duplication = 0

    package init() {}

    package static let perfect = LinkQuality()
}

/// What is done to one chosen transmission.
package enum Fault: Sendable {
    case drop
    case duplicate
    case delay(Duration)
    /// One octet is turned over.
    case corrupt(offset: Int)
}
