package import Configuration
private import Glibc
import IKESA
import IPsecModel
import Transport
import XFRM

extension KernelBackend {
    /// The kernel that the command line chooses. Nothing is changed in it before ``start`` is called.
    ///
    /// - Throws: why there is none.
    package static func make(
        _ options: DaemonOptions, settings: DaemonSettings, log: LogHub
    ) throws(StartFailure) -> KernelBackend {
        var settings = KernelSettings(settings)
        settings.journalPath = options.kernelState.isEmpty ? nil : options.kernelState
        switch options.kernel {
        case .xfrm: return try xfrm(settings, log)
        case .standIn:
            log.log(.knl, 1, "using a stand-in for the kernel: SAs are negotiated and protect no packet")
            return KernelBackend(kernel: StandInKernel(settings: settings))
        }
    }

    private static func xfrm(_ settings: KernelSettings, _ log: LogHub) throws(StartFailure) -> KernelBackend {
        do throws(KernelError) {
            let kernel = try XFRMKernel(settings: settings) { log.log(.knl, 1, $0) }
            let usesAll = settings.interfacesUse.isEmpty && settings.interfacesIgnore.isEmpty
            return KernelBackend(
                kernel: kernel, events: try KernelEvents(kernel), start: { start(kernel, $0, log) },
                stop: { kernel.stop() },
                accepts: usesAll ? nil : { kernel.network.isUsed(interfaceIndex: $0) },
                prepareSocket: { prepare($0, for: $1, bypassesPolicies: !settings.bypassesPorts, log) })
        } catch {
            throw StartFailure("the kernel's IPsec cannot be used: \(error.request): \(error.reason)")
        }
    }

    private static func start(_ kernel: XFRMKernel, _ ports: IKESockets.Ports, _ log: LogHub) {
        // By hand there is no service manager that makes the folder.
        if let path = kernel.settings.journalPath, let slash = path.lastIndex(of: "/") {
            mkdir(String(path[..<slash]), 0o755)
        }
        kernel.start(ports: [ports.ike, ports.natTraversal])
        if let problem = kernel.probe() { log.log(.knl, 0, problem) }
    }

    /// Neither option is worth refusing to start: without them IKE works where no policy covers it, and without NAT.
    private static func prepare(
        _ descriptor: Int32, for use: SocketUse, bypassesPolicies: Bool, _ log: LogHub
    ) -> SystemError? {
        let bypass = bypassesPolicies ? IKESocketOptions.bypassPolicies(descriptor, use.family) : 0
        if bypass != 0 {
            log.log(.net, 1, "IKE packets cannot pass IPsec policies: \(SystemError.reason(of: bypass))")
        }
        guard use.isNATTraversal else { return nil }
        let encapsulation = IKESocketOptions.receiveESP(descriptor)
        if encapsulation != 0 {
            log.log(.net, 1, "ESP in UDP cannot be received: \(SystemError.reason(of: encapsulation))")
        }
        return nil
    }
}
