package import Configuration
package import IKESA
import IPsecModel
package import PKI
import XFRM

extension EngineSettings {
    /// What the core has to know of the daemon's settings.
    package init(_ settings: DaemonSettings) {
        self.init()
        retransmitTimeout = settings.retransmission.timeout
        retransmitBase = settings.retransmission.base
        retransmitTries = settings.retransmission.tries
        retransmitJitter = settings.retransmission.jitter
        retransmitLimit = settings.retransmission.limit
        halfOpenTimeout = settings.halfOpenTimeout
        dosProtection = settings.dosProtection
        cookieThreshold = settings.cookieThreshold
        cookieThresholdIP = settings.cookieThresholdPerAddress
        blockThreshold = settings.blockThreshold
        initLimitHalfOpen = settings.initLimitHalfOpen
        ikeSALimit = settings.ikeSALimit
        port = settings.port
        portNATT = settings.portNATT
        keepAlive = settings.keepAlive
        keepAliveDPDMargin = settings.keepAliveDPDMargin
        fragmentSizeV4 = settings.fragmentSizeV4
        fragmentSizeV6 = settings.fragmentSizeV6
        maxPacket = settings.maximumPacket
        deleteRekeyedDelay = settings.deleteRekeyedDelay
        makeBeforeBreak = settings.makeBeforeBreak
        preferConfiguredProposals = settings.preferConfiguredProposals
        signatureAuthentication = settings.signatureAuthentication
        signatureAuthenticationConstraints = settings.signatureAuthenticationConstraints
        nameMatching = settings.distinguishedNameMatching
        rsaPSS = settings.rsaPSS
        sendVendorID = settings.sendVendorID
        acceptPrivateAlgorithms = settings.acceptPrivateAlgorithms
        closeIKEOnChildFailure = settings.closeIKEOnChildFailure
        inactivityCloseIKE = settings.inactivityClosesIKE
        followRedirects = settings.followRedirects
        initiatorOnly = settings.initiatorOnly
        reuseIKESA = settings.reuseIKESA
        checkCurrentPath = settings.checkCurrentPath
        preferBestPath = settings.preferBestPath
        retryInitiateInterval = settings.retryInitiateInterval
        reqidBase = settings.reqidBase
        installRoutes = settings.installRoutes
    }
}

extension TrustRules {
    /// What the credential store has to know of the daemon's settings.
    package init(_ settings: DaemonSettings) {
        self.init()
        enforcesCriticalExtensions = settings.enforceCriticalExtensions
        rejectsTrustedEndEntity = settings.rejectTrustedEndEntity
        names = settings.distinguishedNameMatching
    }
}

extension KernelSettings {
    /// What the kernel's side has to know of the daemon's settings.
    package init(_ settings: DaemonSettings) {
        self.init()
        spiRange = settings.spiMinimum...max(settings.spiMinimum, settings.spiMaximum)
        installRoutes = settings.installRoutes
        routingTable = settings.routingTable
        routingTablePriority = settings.routingTablePriority
        interfacesUse = settings.interfacesUse
        interfacesIgnore = settings.interfacesIgnore
        ignoredRoutingTables = Set(settings.ignoredRoutingTables.compactMap { UInt32($0) })
        virtualIPInterface = settings.installVirtualIPOn
        acquireExpiry = UInt32(clamping: settings.netlink.acquireExpires.inSeconds)
        if case .value(let value) = settings.netlink.mark.value {
            ruleMark = XFRMMark(value: value, mask: settings.netlink.mark.mask)
        }
    }
}
