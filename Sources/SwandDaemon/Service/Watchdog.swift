import IPsecModel
import Transport

/// Tells the service manager that the loop still turns, twice as often as it asks for.
final class Watchdog {
    private let timer: LoopTimer

    /// `nil` where nobody wants to know.
    init?(loop: EventLoop, notifier: ServiceNotifier) {
        guard let interval = notifier.watchdogInterval else { return nil }
        let period = Duration.microseconds(max(interval / 2, 1_000))
        final class Reference { weak var timer: LoopTimer? }
        let reference = Reference()
        timer = loop.makeTimer { now in
            notifier.watchdog()
            reference.timer?.deadline = now + period
        }
        reference.timer = timer
        timer.deadline = MonotonicClock.now()
    }

    deinit { timer.deadline = nil }
}
