import IPsecModel

/// The keys of the daemon's settings, each by its dotted path below the section, and what becomes of it.
enum DaemonSettingsKeys {
    typealias Setter = @Sendable (inout DaemonSettings, String) throws(ValueError) -> Void

    static let setters: [String: Setter] = limits.merging(switches) { a, _ in a }.merging(kernel) { a, _ in a }
        .merging(bypassLAN) { a, _ in a }.merging(others) { a, _ in a }

    /// Keys that strongSwan has and that change nothing here yet.
    static let ineffective: Set<String> = Set(
        """
        accept_unencrypted_mainmode_messages cache_crls cert_cache cisco_flexvpn cisco_unity dns1 dns2 nbns1 nbns2 \
        flush_auth_cfg force_eap_only_authentication hash_and_url host_resolver.max_threads host_resolver.min_threads \
        i_dont_care_about_security_and_use_aggressive_mode_psk ikesa_table_segments ikesa_table_size \
        init_limit_job_load max_ikev1_exchanges multiple_authentication ocsp_nonce_len threads start-scripts stop-scripts spi_label spi_mask \
        cert_cache_size crypto_test.bench crypto_test.on_add integrity_test leak_detective.detailed \
        nocrsend processor.priority_threads send_delay tls.version_min tls.version_max \
        tls.send_certreq_authorities receive_delay
        """.split(separator: " ").map(String.init))

    /// Sections of strongSwan in which every key changes nothing here yet.
    static let ineffectiveSections = [
        "plugins", "tls", "iptfs", "start-scripts", "stop-scripts", "imcv", "crypto_test", "host_resolver",
        "leak_detective", "processor", "tnc", "x509", "cisco_unity",
    ]

    private static let limits: [String: Setter] = [
        "retransmit_timeout": seconds(\.retransmission.timeout), "retransmit_limit": seconds(\.retransmission.limit),
        "retransmit_base": { settings, text throws(ValueError) in
            let base = try Value.decimal(text)
            guard (1...100).contains(base) else { throw ValueError("is not a factor from 1 to 100") }
            settings.retransmission.base = base
        },
        "retransmit_tries": count(\.retransmission.tries, 1000),
        "retransmit_jitter": count(\.retransmission.jitter, 20),
        "keep_alive": seconds(\.keepAlive), "keep_alive_dpd_margin": seconds(\.keepAliveDPDMargin),
        "half_open_timeout": seconds(\.halfOpenTimeout), "retry_initiate_interval": seconds(\.retryInitiateInterval),
        "delete_rekeyed_delay": seconds(\.deleteRekeyedDelay),
        "cookie_threshold": count(\.cookieThreshold), "cookie_threshold_ip": count(\.cookieThresholdPerAddress),
        "block_threshold": count(\.blockThreshold), "init_limit_half_open": count(\.initLimitHalfOpen),
        "ikesa_limit": count(\.ikeSALimit), "max_packet": count(\.maximumPacket, 65_535, least: 1280),
        "fragment_size": { settings, text throws(ValueError) in
            let size = Int(try Value.number(text, in: 0...65_535) as UInt32)
            settings.fragmentSizeV4 = fragment(size, least: 576)
            settings.fragmentSizeV6 = fragment(size, least: 1280)
        },
        "fragment_size_v4": { settings, text throws(ValueError) in
            settings.fragmentSizeV4 = fragment(Int(try Value.number(text, in: 0...65_535) as UInt32), least: 576)
        },
        "fragment_size_v6": { settings, text throws(ValueError) in
            settings.fragmentSizeV6 = fragment(Int(try Value.number(text, in: 0...65_535) as UInt32), least: 1280)
        },
    ]

    private static let switches: [String: Setter] = [
        "dos_protection": boolean(\.dosProtection), "prefer_configured_proposals": boolean(\.preferConfiguredProposals),
        "accept_private_algs": boolean(\.acceptPrivateAlgorithms),
        "signature_authentication": boolean(\.signatureAuthentication),
        "signature_authentication_constraints": boolean(\.signatureAuthenticationConstraints),
        "rsa_pss": boolean(\.rsaPSS),
        "follow_redirects": boolean(\.followRedirects), "send_vendor_id": boolean(\.sendVendorID),
        "initiator_only": boolean(\.initiatorOnly), "reuse_ikesa": boolean(\.reuseIKESA),
        "make_before_break": boolean(\.makeBeforeBreak), "ignore_acquire_ts": boolean(\.ignoreAcquireSelectors),
        "close_ike_on_child_failure": boolean(\.closeIKEOnChildFailure),
        "inactivity_close_ike": boolean(\.inactivityClosesIKE), "delete_rekeyed": boolean(\.deleteRekeyed),
        "check_current_path": boolean(\.checkCurrentPath), "prefer_best_path": boolean(\.preferBestPath),
        "prefer_temporary_addrs": boolean(\.preferTemporaryAddresses),
        "reject_trusted_end_entity": boolean(\.rejectTrustedEndEntity),
        "x509.enforce_critical": boolean(\.enforceCriticalExtensions),
    ]

    private static let kernel: [String: Setter] = [
        "install_routes": boolean(\.installRoutes), "install_virtual_ip": boolean(\.installVirtualIP),
        "install_virtual_ip_on": text(\.installVirtualIPOn), "process_route": boolean(\.processRoute),
        "routing_table": number(\.routingTable), "routing_table_prio": number(\.routingTablePriority),
        "ignore_routing_tables": { settings, text throws(ValueError) in
            settings.ignoredRoutingTables = text.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
        },
        "replay_window": number(\.replayWindow), "reqid_base": number(\.reqidBase),
        "spi_min": number(\.spiMinimum), "spi_max": number(\.spiMaximum),
        "plugins.kernel-netlink.fwmark": { settings, text throws(ValueError) in
            settings.netlink.mark = try Value.mark(text)
        },
        "plugins.kernel-netlink.mtu": number(\.netlink.mtu), "plugins.kernel-netlink.mss": number(\.netlink.mss),
        "plugins.kernel-netlink.xfrm_acq_expires": seconds(\.netlink.acquireExpires),
        "plugins.kernel-netlink.roam_events": boolean(\.netlink.roamEvents),
        "plugins.kernel-netlink.port_bypass": boolean(\.netlink.portBypass),
        "plugins.kernel-netlink.receive_buffer_size": number(\.netlink.receiveBufferSize),
        "plugins.kernel-netlink.force_receive_buffer_size": boolean(\.netlink.forceReceiveBufferSize),
        "plugins.kernel-netlink.set_proto_port_transport_sa": boolean(\.netlink.setProtoPortTransportSA),
        "plugins.kernel-netlink.spdh_thresh.ipv4.lbits": bits(\.netlink.hashThresholdsV4.local, 32),
        "plugins.kernel-netlink.spdh_thresh.ipv4.rbits": bits(\.netlink.hashThresholdsV4.remote, 32),
        "plugins.kernel-netlink.spdh_thresh.ipv6.lbits": bits(\.netlink.hashThresholdsV6.local, 128),
        "plugins.kernel-netlink.spdh_thresh.ipv6.rbits": bits(\.netlink.hashThresholdsV6.remote, 128),
    ]

    private static let bypassLAN: [String: Setter] = [
        "plugins.bypass-lan.load": { settings, text throws(ValueError) in
            // A number is the plugin's place among others.
            if let place = Int(text) {
                settings.bypassLAN.isLoaded = place != 0
            } else {
                settings.bypassLAN.isLoaded = try Value.boolean(text)
            }
        },
        "plugins.bypass-lan.interfaces_use": list(\.bypassLAN.interfacesUse),
        "plugins.bypass-lan.interfaces_ignore": list(\.bypassLAN.interfacesIgnore),
        // Names of plugins; all others have no counterpart here.
        "load": { settings, text throws(ValueError) in
            settings.bypassLAN.isListed = text.split(separator: " ").contains { $0 == "bypass-lan" || $0 == "bypass-lan!" }
        },
    ]

    private static let others: [String: Setter] = [
        "port": number(\.port), "port_nat_t": number(\.portNATT),
        "plugins.socket-default.use_ipv4": boolean(\.useIPv4), "plugins.socket-default.use_ipv6": boolean(\.useIPv6),
        "interfaces_use": list(\.interfacesUse), "interfaces_ignore": list(\.interfacesIgnore),
        "user": text(\.user), "group": text(\.group),
        "rdn_matching": { settings, text throws(ValueError) in
            settings.distinguishedNameMatching = try Value.word(
                text, ["strict": .strict, "reordered": .reordered, "relaxed": .relaxed])
        },
        "plugins.vici.socket": { settings, text throws(ValueError) in
            let path = text.hasPrefix("unix://") ? String(text.dropFirst(7)) : text
            guard path.hasPrefix("/"), path.utf8.count <= 107 else {
                throw ValueError("is no address of a control socket", suggestion: "write unix:///run/charon.vici")
            }
            settings.controlSocket = path
        },
    ]

    private typealias Path<Field> = WritableKeyPath<DaemonSettings, Field> & Sendable

    private static func boolean(_ path: any Path<Bool>) -> Setter {
        { settings, text throws(ValueError) in settings[keyPath: path] = try Value.boolean(text) }
    }

    private static func number<N: FixedWidthInteger & UnsignedInteger & Sendable>(_ path: any Path<N>) -> Setter {
        { settings, text throws(ValueError) in settings[keyPath: path] = try Value.number(text) }
    }

    private static func bits(_ path: any Path<UInt8>, _ most: UInt8) -> Setter {
        { settings, text throws(ValueError) in settings[keyPath: path] = try Value.number(text, in: 0...most) }
    }

    private static func count(_ path: any Path<Int>, _ most: UInt32 = 100_000_000, least: UInt32 = 0) -> Setter {
        { settings, text throws(ValueError) in
            settings[keyPath: path] = Int(try Value.number(text, in: least...most) as UInt32)
        }
    }

    private static func seconds(_ path: any Path<Duration>) -> Setter {
        { settings, text throws(ValueError) in settings[keyPath: path] = try Value.seconds(text) }
    }

    private static func text(_ path: any Path<String?>) -> Setter {
        { settings, text throws(ValueError) in settings[keyPath: path] = text.isEmpty ? nil : text }
    }

    private static func list(_ path: any Path<[String]>) -> Setter {
        { settings, text throws(ValueError) in settings[keyPath: path] = Value.list(text) }
    }

    /// 0 is the smallest packet that every link carries.
    private static func fragment(_ size: Int, least: Int) -> Int { size == 0 ? least : max(size, 256) }
}

extension Value {
    /// A duration, or seconds with a decimal point.
    static func seconds(_ text: String) throws(ValueError) -> Duration {
        guard text.contains(".") else { return try duration(text) }
        let digits = text.hasSuffix("s") ? String(text.dropLast()) : text
        let value = try decimal(digits)
        guard value <= 4_000_000_000 else { throw ValueError("is too long a duration") }
        return .microseconds(Int64(value * 1_000_000))
    }
}
