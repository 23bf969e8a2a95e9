package import IPsecModel

/// Settings of the daemon itself: what strongswan.conf calls `charon.…`, with the defaults of its documentation.
package struct DaemonSettings: Sendable, Equatable {
    // Retransmission and liveness
    package var retransmission = Retransmission()
    package var keepAlive: Duration = .seconds(20)
    package var keepAliveDPDMargin: Duration = .zero
    package var halfOpenTimeout: Duration = .seconds(30)
    /// Zero: an initiation that fails for lack of a name or route is not repeated.
    package var retryInitiateInterval: Duration = .zero

    // Sockets
    /// 0: any free port.
    package var port: UInt16 = 500
    package var portNATT: UInt16 = 4500
    package var useIPv4 = true
    package var useIPv6 = true
    package var interfacesUse: [String] = []
    package var interfacesIgnore: [String] = []
    package var maximumPacket: Int = 10_000
    package var fragmentSizeV4: Int = 1280
    package var fragmentSizeV6: Int = 1280

    // Limits; 0: none
    package var dosProtection = true
    package var cookieThreshold: Int = 30
    package var cookieThresholdPerAddress: Int = 3
    package var blockThreshold: Int = 5
    package var initLimitHalfOpen: Int = 0
    package var ikeSALimit: Int = 0

    // Negotiation
    package var preferConfiguredProposals = true
    package var acceptPrivateAlgorithms = false
    package var signatureAuthentication = true
    package var signatureAuthenticationConstraints = true
    package var rsaPSS = false
    package var followRedirects = true
    package var sendVendorID = false
    package var initiatorOnly = false
    package var reuseIKESA = true
    package var makeBeforeBreak = true
    package var ignoreAcquireSelectors = false
    package var closeIKEOnChildFailure = false
    package var inactivityClosesIKE = false
    package var deleteRekeyed = false
    package var deleteRekeyedDelay: Duration = .seconds(5)
    package var checkCurrentPath = false
    package var preferBestPath = false
    package var preferTemporaryAddresses = false
    package var distinguishedNameMatching: NameMatching = .strict
    package var rejectTrustedEndEntity = false
    package var enforceCriticalExtensions = true

    // Kernel
    package var installRoutes = true
    package var installVirtualIP = true
    package var installVirtualIPOn: String?
    package var processRoute = true
    package var routingTable: UInt32 = 220
    package var routingTablePriority: UInt32 = 220
    package var ignoredRoutingTables: [String] = []
    package var replayWindow: UInt32 = 32
    package var reqidBase: UInt32 = 1
    package var spiMinimum: UInt32 = 0xc000_0000
    package var spiMaximum: UInt32 = 0xcfff_ffff
    package var netlink = Netlink()
    package var bypassLAN = BypassLAN()

    // Operation
    package var user: String?
    package var group: String?
    /// Path of the control socket.
    package var controlSocket = "/run/charon.vici"
    package var logs: [LogTarget] = []

    package init() {}

    /// When a request is sent again: attempt n waits min(limit, timeout · base^n) less a random part (RFC 7296 §2.1).
    package struct Retransmission: Sendable, Equatable {
        package var timeout: Duration = .seconds(4)
        package var base = 1.8
        package var tries = 5
        /// Percent by which a wait may be shortened.
        package var jitter = 0
        /// Zero: none.
        package var limit: Duration = .zero
        package init() {}
    }

    /// `plugins.kernel-netlink`
    package struct Netlink: Sendable, Equatable {
        package var mark = MarkConfig()
        /// Of installed routes; 0: the interface's.
        package var mtu: UInt32 = 0
        package var mss: UInt32 = 0
        package var acquireExpires: Duration = .seconds(165)
        package var roamEvents = true
        package var portBypass = false
        /// 0: ours, which is larger than the kernel's.
        package var receiveBufferSize: UInt32 = 0
        /// Whether the size may exceed the machine's limit (`net.core.rmem_max`).
        package var forceReceiveBufferSize = false
        package var setProtoPortTransportSA = false
        /// `spdh_thresh.ipv4` and `.ipv6`: the prefix lengths from which on the kernel hashes policies.
        package var hashThresholdsV4 = HashThresholds(bits: 32)
        package var hashThresholdsV6 = HashThresholds(bits: 128)
        package init() {}
    }

    /// `lbits` and `rbits`: prefix lengths of the local and the remote selector.
    package struct HashThresholds: Sendable, Equatable {
        package var local: UInt8
        package var remote: UInt8
        package init(bits: UInt8) { (local, remote) = (bits, bits) }
    }

    /// `plugins.bypass-lan`: pass policies for the networks that this machine is attached to.
    package struct BypassLAN: Sendable, Equatable {
        /// `plugins.bypass-lan.load`: off unless asked for.
        package var isLoaded = false
        /// Named in the list `load` of a charon whose plugins are chosen by hand.
        package var isListed = false
        package var interfacesUse: [String] = []
        package var interfacesIgnore: [String] = []
        package init() {}

        package var isActive: Bool { isLoaded || isListed }
    }

    /// Log groups as charon names them.
    package static let logGroups = [
        "dmn", "mgr", "ike", "chd", "job", "cfg", "knl", "net", "asn", "enc", "tnc", "imc", "imv", "pts", "tls", "app",
        "esp", "lib", "wch",
    ]

    /// −1 (silent) to 4 (secrets as well).
    static func logLevel(_ text: some StringProtocol) throws(ValueError) -> Int {
        guard let level = Int(text.trimmed), (-1...4).contains(level) else {
            throw ValueError("'\(text)' is not a log level from -1 to 4")
        }
        return level
    }
}

/// Where log messages go, and which.
package struct LogTarget: Sendable, Equatable {
    package enum Destination: Sendable, Equatable {
        case file(path: String)
        case standardOutput
        case standardError
        /// `daemon` or `auth`.
        case syslog(facility: String)
        case journal
    }

    package enum TimePrecision: Sendable, Equatable { case seconds, milliseconds, microseconds }

    package var destination: Destination
    /// For groups that have no level of their own.
    package var defaultLevel = 1
    package var levels: [String: Int] = [:]
    /// Whether a file is continued when the daemon starts, or begun anew.
    package var append = true
    package var flushLine = false
    package var ikeName = false
    package var logLevel = false
    package var json = false
    /// strftime(3)
    package var timeFormat: String?
    package var timePrecision: TimePrecision = .seconds
    package var identifier: String?
    package var mapLevel = false

    package init(_ destination: Destination) { self.destination = destination }

    package func level(of group: String) -> Int { levels[group] ?? defaultLevel }
}

extension DaemonSettings {
    /// Every key that has an effect, by its path below the section.
    package static var keys: [String] { DaemonSettingsKeys.setters.keys.sorted() }
}
