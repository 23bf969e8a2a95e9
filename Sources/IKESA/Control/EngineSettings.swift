package import IPsecModel

/// Daemon-wide settings that the core obeys, with charon's names and defaults.
package struct EngineSettings: Sendable {
    /// `retransmit_timeout`, `retransmit_base`, `retransmit_tries`, `retransmit_jitter` (percent), `retransmit_limit`.
    package var retransmitTimeout: Duration = .seconds(4)
    package var retransmitBase = 1.8
    package var retransmitTries = 5
    package var retransmitJitter = 0
    package var retransmitLimit: Duration = .zero

    package var halfOpenTimeout: Duration = .seconds(30)
    package var dosProtection = true
    package var cookieThreshold = 30
    package var cookieThresholdIP = 3
    package var blockThreshold = 5
    /// 0: no limit.
    package var initLimitHalfOpen = 0
    package var ikeSALimit = 0

    package var port: UInt16 = 500
    package var portNATT: UInt16 = 4500
    package var keepAlive: Duration = .seconds(20)
    package var keepAliveDPDMargin: Duration = .zero
    /// Octets of an IP datagram with an IKE fragment in it.
    package var fragmentSizeV4 = 1280
    package var fragmentSizeV6 = 1280
    package var maxPacket = 10000

    package var deleteRekeyedDelay: Duration = .seconds(5)
    package var makeBeforeBreak = true
    package var preferConfiguredProposals = true
    package var signatureAuthentication = true
    /// Whether constraints without `ike:` hold for signatures in IKE as well, where none with it are given.
    package var signatureAuthenticationConstraints = true
    package var nameMatching = NameMatching.strict
    package var rsaPSS = false
    package var sendVendorID = false
    package var acceptPrivateAlgorithms = false
    package var closeIKEOnChildFailure = false
    package var inactivityCloseIKE = false
    package var followRedirects = true
    package var initiatorOnly = false
    package var reuseIKESA = true
    package var checkCurrentPath = false
    package var preferBestPath = false
    /// Zero: a failed initiation is not tried again by itself.
    package var retryInitiateInterval: Duration = .zero
    package var reqidBase: UInt32 = 1
    package var installRoutes = true
    /// Whether a CHILD_SA that a trap asks for leaves out the packet's own addresses and ports.
    package var ignoreAcquireSelectors = false
    /// Pass policies for attached networks; `nil`: none.
    package var bypassLAN: InterfaceChoice?

    package init() {}
}

/// Which interfaces are meant: those in `use` alone where there are any, otherwise all but those in `ignore`.
package struct InterfaceChoice: Equatable, Sendable {
    package var use: [String]
    package var ignore: [String]

    package init(use: [String] = [], ignore: [String] = []) {
        self.use = use
        self.ignore = ignore
    }

    package func includes(_ interface: String) -> Bool {
        use.isEmpty ? !ignore.contains(interface) : use.contains(interface)
    }
}
