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
        ignoreAcquireSelectors = settings.ignoreAcquireSelectors
        if settings.bypassLAN.isActive {
            bypassLAN = InterfaceChoice(use: settings.bypassLAN.interfacesUse, ignore: settings.bypassLAN.interfacesIgnore)
        }
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
        prefersTemporaryAddresses = settings.preferTemporaryAddresses
        processesRoutes = settings.processRoute
        reportsChanges = settings.netlink.roamEvents
        routeMTU = settings.netlink.mtu
        routeMSS = settings.netlink.mss
        bypassesPorts = settings.netlink.portBypass
        narrowsTransportSAs = settings.netlink.setProtoPortTransportSA
        if settings.netlink.receiveBufferSize != 0 {
            eventBuffer = EventBuffer(
                size: settings.netlink.receiveBufferSize, isForced: settings.netlink.forceReceiveBufferSize)
        }
        let defaults = DaemonSettings.Netlink()
        if settings.netlink.hashThresholdsV4 != defaults.hashThresholdsV4 {
            hashThresholdsV4 = (settings.netlink.hashThresholdsV4.local, settings.netlink.hashThresholdsV4.remote)
        }
        if settings.netlink.hashThresholdsV6 != defaults.hashThresholdsV6 {
            hashThresholdsV6 = (settings.netlink.hashThresholdsV6.local, settings.netlink.hashThresholdsV6.remote)
        }
    }
}
