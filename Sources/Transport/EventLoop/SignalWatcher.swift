import CLinux
private import Glibc

/// Delivers signals to an ``EventLoop`` as ordinary events (signalfd).
///
/// The signals are blocked for the calling thread and every thread that it starts later; create the watcher before
/// any other thread. Children must be started with an empty signal mask.
package final class SignalWatcher {
    private unowned let loop: EventLoop
    private let descriptor: Int32

    package init(
        loop: EventLoop, signals: [Int32], _ handler: @escaping (Int32) -> Void
    ) throws(SystemError) {
        self.loop = loop
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        descriptor = signalfd(-1, &set, Int32(SFD_NONBLOCK | SFD_CLOEXEC))
        guard descriptor >= 0 else { throw .last("create signal descriptor") }
        let descriptor = descriptor
        try loop.register(descriptor, for: .readable) { _ in
            var information = signalfd_siginfo()
            let size = MemoryLayout<signalfd_siginfo>.size
            while read(descriptor, &information, size) == size { handler(Int32(information.ssi_signo)) }
        }
    }

    deinit {
        loop.unregister(descriptor)
        close(descriptor)
    }

    /// A peer that closes its end is an error of `write`, not the end of the process.
    package static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}
