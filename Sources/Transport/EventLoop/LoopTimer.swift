package import IPsecModel

/// A point in time that an ``EventLoop`` waits for. Set ``deadline`` to start, move or stop it.
package final class LoopTimer {
    private unowned let loop: EventLoop
    private let action: (Instant) -> Void

    init(loop: EventLoop, action: @escaping (Instant) -> Void) {
        self.loop = loop
        self.action = action
    }

    /// When the action is called, once; `nil`: not. While there is a deadline the loop keeps the timer alive.
    package var deadline: Instant? {
        didSet {
            guard (deadline == nil) != (oldValue == nil) else { return }
            if deadline == nil { loop.stop(self) } else { loop.start(self) }
        }
    }

    var order: Int64 { deadline?.microseconds ?? .max }

    func isDue(at now: Instant) -> Bool { deadline.map { $0 <= now } ?? false }

    func fire(at now: Instant) {
        deadline = nil
        action(now)
    }
}
