package import IKESA
package import Transport

/// The kernel as a shard uses it: requests, what it says by itself, and what it wants done to IKE sockets.
package struct KernelBackend {
    package var kernel: any Kernel
    /// Where unasked messages come from; `nil` for a stand-in that sends none.
    package var events: (any KernelEventSource)?
    /// Makes the kernel ready: called once nothing else can keep the daemon from running, because it removes what an
    /// earlier run left behind.
    package var start: (IKESockets.Ports) -> Void
    /// Whether packets that come in by the interface of this index are wanted; `nil`: all are.
    package var accepts: ((_ interfaceIndex: UInt32) -> Bool)?
    /// Takes back what is still installed, once the engine has closed everything.
    package var stop: () -> Void
    /// Sets the options that let IKE pass the policies and ESP in UDP reach the kernel, before the socket is bound;
    /// answers why it could not.
    package var prepareSocket: (_ descriptor: Int32, _ use: SocketUse) -> SystemError?

    package init(
        kernel: any Kernel, events: (any KernelEventSource)? = nil,
        start: @escaping (IKESockets.Ports) -> Void = { _ in }, stop: @escaping () -> Void = {},
        accepts: ((UInt32) -> Bool)? = nil,
        prepareSocket: @escaping (Int32, SocketUse) -> SystemError? = { _, _ in nil }
    ) {
        self.kernel = kernel
        self.events = events
        self.start = start
        self.stop = stop
        self.accepts = accepts
        self.prepareSocket = prepareSocket
    }
}

/// Descriptors that become readable when the kernel has something to say.
package protocol KernelEventSource: AnyObject {
    var descriptors: [Int32] { get }
    /// Everything that waits, without blocking.
    func read() -> [KernelEvent]
}

extension KernelEvents: KernelEventSource {}
