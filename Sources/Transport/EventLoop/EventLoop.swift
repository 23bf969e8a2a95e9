import CLinux
private import Glibc
package import IPsecModel

/// One thread's wait for descriptors and points in time (epoll and one timerfd).
///
/// Everything except ``Mailbox/post(_:)`` is used from the thread that runs the loop. Handlers may register and
/// unregister anything, themselves included: a handler that was unregistered is not called any more, even when its
/// descriptor was reported ready in the same turn.
package final class EventLoop {
    package typealias Handler = (Readiness) -> Void

    private struct Registration {
        let handler: Handler
        /// Tells a descriptor from an earlier one with the same number.
        let generation: UInt32
    }

    private static let batch = 64

    private let epoll: Int32
    private let clock: Int32
    private var registrations: [Int32: Registration] = [:]
    private var generation: UInt32 = 0
    private var timers: [ObjectIdentifier: LoopTimer] = [:]
    private var armed: Instant?
    private var isRunning = false
    /// Called after the handlers of every turn; the place for work that is done once for many events.
    package var endOfTurn: (() -> Void)?

    package init() throws(SystemError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw .last("create epoll instance") }
        clock = timerfd_create(CLOCK_BOOTTIME, Int32(TFD_NONBLOCK | TFD_CLOEXEC))
        guard clock >= 0 else {
            let error = SystemError.last("create timer")
            close(epoll)
            throw error
        }
        try register(clock, for: .readable) { [weak self] _ in self?.drainClock() }
    }

    deinit {
        close(clock)
        close(epoll)
    }

    // MARK: Descriptors

    /// Calls `handler` whenever `descriptor` is ready; the descriptor stays the caller's to close, after
    /// ``unregister(_:)``.
    package func register(
        _ descriptor: Int32, for readiness: Readiness, _ handler: @escaping Handler
    ) throws(SystemError) {
        generation &+= 1
        try control(EPOLL_CTL_ADD, descriptor, readiness, generation)
        registrations[descriptor] = Registration(handler: handler, generation: generation)
    }

    /// Changes what a registered descriptor is waited for.
    package func change(_ descriptor: Int32, to readiness: Readiness) throws(SystemError) {
        guard let registration = registrations[descriptor] else { return }
        try control(EPOLL_CTL_MOD, descriptor, readiness, registration.generation)
    }

    package func unregister(_ descriptor: Int32) {
        guard registrations.removeValue(forKey: descriptor) != nil else { return }
        var event = epoll_event()
        epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event)
    }

    private func control(
        _ operation: Int32, _ descriptor: Int32, _ readiness: Readiness, _ generation: UInt32
    ) throws(SystemError) {
        var event = epoll_event()
        event.events = readiness.events
        event.data.u64 = UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
        guard epoll_ctl(epoll, operation, descriptor, &event) == 0 else { throw .last("watch descriptor") }
    }

    // MARK: Time

    /// A timer that calls `action` once whenever its deadline has passed; it lives as long as the caller keeps it.
    package func makeTimer(_ action: @escaping (Instant) -> Void) -> LoopTimer {
        LoopTimer(loop: self, action: action)
    }

    func start(_ timer: LoopTimer) { timers[ObjectIdentifier(timer)] = timer }
    func stop(_ timer: LoopTimer) { timers[ObjectIdentifier(timer)] = nil }

    private func fireTimers() {
        guard !timers.isEmpty else { return }
        let now = MonotonicClock.now()
        let due = timers.values.filter { $0.isDue(at: now) }.sorted { $0.order < $1.order }
        for timer in due where timer.isDue(at: now) { timer.fire(at: now) }
    }

    /// Sets the timerfd to the earliest deadline, unless it fires before that anyway: deadlines mostly move away from
    /// now, with every packet, and one early wake-up is cheaper than a system call for each move.
    private func arm() {
        guard let next = timers.values.lazy.compactMap(\.deadline).min() else { return }
        if let armed, armed <= next { return }
        armed = next
        var setting = itimerspec()
        // Zero would disarm.
        let microseconds = max(next.microseconds, 1)
        setting.it_value.tv_sec = Int(microseconds / 1_000_000)
        setting.it_value.tv_nsec = Int(microseconds % 1_000_000) * 1_000
        timerfd_settime(clock, Int32(TFD_TIMER_ABSTIME), &setting, nil)
    }

    private func drainClock() {
        var expirations: UInt64 = 0
        _ = read(clock, &expirations, MemoryLayout<UInt64>.size)
        armed = nil
    }

    // MARK: Running

    /// Runs turns until ``stop()``.
    package func run() {
        isRunning = true
        while isRunning { turn(wait: true) }
    }

    /// Ends ``run()`` after the present turn.
    package func stop() { isRunning = false }

    /// Waits (or only looks) for descriptors and deadlines, and serves what is due.
    package func turn(wait: Bool) {
        arm()
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.batch) { events in
            let count = epoll_wait(epoll, events.baseAddress, Int32(Self.batch), wait ? -1 : 0)
            guard count > 0 else { return }
            for index in 0..<Int(count) { dispatch(events[index]) }
        }
        fireTimers()
        endOfTurn?()
    }

    private func dispatch(_ event: epoll_event) {
        let descriptor = Int32(bitPattern: UInt32(truncatingIfNeeded: event.data.u64))
        let generation = UInt32(truncatingIfNeeded: event.data.u64 >> 32)
        guard let registration = registrations[descriptor], registration.generation == generation else { return }
        registration.handler(Readiness(events: event.events))
    }
}
