private import CSystemd

/// Tells the service manager how the daemon is (sd_notify(3)); without one, nobody.
package struct ServiceNotifier: Sendable {
    package init() {}

    package func ready(status: String) { send("READY=1\nSTATUS=\(status)") }
    package func status(_ text: String) { send("STATUS=\(text)") }

    /// The manager wants to know when a reload began, on its own clock (Type=notify-reload).
    package func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(Monotonic.microseconds())") }
    package func stopping() { send("STOPPING=1\nSTATUS=Shutting down") }
    package func watchdog() { send("WATCHDOG=1") }

    /// How often the manager wants to hear from us, in microseconds; `nil`: it does not care.
    package var watchdogInterval: Int64? {
        var interval: UInt64 = 0
        guard sd_watchdog_enabled(0, &interval) > 0, interval > 0 else { return nil }
        return Int64(clamping: interval)
    }

    private func send(_ state: String) { _ = sd_notify(0, state) }
}
