import Configuration
import IPsecModel
import Testing

@Suite("Daemon settings")
struct DaemonSettingsTests {
    func load(_ text: String, isOurs: Bool = true, _ more: [String: String] = [:]) -> LoadedDaemonSettings {
        let files = MemoryFiles(contents: more.merging(["/etc/swand.conf": text]) { first, _ in first })
        return DaemonSettings.load(file: "/etc/swand.conf", isOurs: isOurs, files: files)
    }

    @Test("an empty file gives the documented defaults")
    func defaults() {
        let loaded = load("")
        #expect(loaded.settings == DaemonSettings())
        #expect(loaded.diagnostics.isEmpty)
        let settings = loaded.settings
        #expect(settings.retransmission.timeout == .seconds(4))
        #expect(settings.retransmission.base == 1.8)
        #expect(settings.retransmission.tries == 5)
        #expect(settings.fragmentSizeV4 == 1280)
        #expect(settings.routingTable == 220)
        #expect(settings.controlSocket == "/run/charon.vici")
    }

    @Test("every key is read")
    func everyKey() {
        let loaded = load(
            """
            charon {
                retransmit_timeout = 2.5
                retransmit_base = 1.5
                retransmit_tries = 3
                retransmit_jitter = 10
                retransmit_limit = 1m
                keep_alive = 10s
                keep_alive_dpd_margin = 1s
                half_open_timeout = 20
                retry_initiate_interval = 30s
                delete_rekeyed_delay = 2
                cookie_threshold = 10
                cookie_threshold_ip = 2
                block_threshold = 4
                init_limit_half_open = 100
                ikesa_limit = 1000
                max_packet = 20000
                fragment_size_v4 = 576
                fragment_size_v6 = 1400
                dos_protection = no
                prefer_configured_proposals = no
                accept_private_algs = yes
                signature_authentication = no
                signature_authentication_constraints = no
                rsa_pss = yes
                follow_redirects = no
                send_vendor_id = yes
                initiator_only = yes
                reuse_ikesa = no
                make_before_break = no
                ignore_acquire_ts = yes
                close_ike_on_child_failure = yes
                inactivity_close_ike = yes
                delete_rekeyed = yes
                check_current_path = yes
                prefer_best_path = yes
                prefer_temporary_addrs = yes
                reject_trusted_end_entity = yes
                rdn_matching = relaxed
                install_routes = no
                install_virtual_ip = no
                install_virtual_ip_on = lo
                process_route = no
                routing_table = 0x10
                routing_table_prio = 11
                ignore_routing_tables = 254 main
                replay_window = 64
                reqid_base = 100
                spi_min = 0x1000
                spi_max = 0x2000
                port = 0
                port_nat_t = 14500
                interfaces_use = eth0, eth1
                interfaces_ignore = docker0
                user = swand
                group = swand
                x509 { enforce_critical = no }
                plugins {
                    vici { load = yes
                           socket = unix:///run/test.vici }
                    socket-default { use_ipv6 = no }
                    kernel-netlink { mtu = 1400
                        mss = 1360
                        fwmark = 0x42/0xff
                        xfrm_acq_expires = 30
                        roam_events = no
                        port_bypass = yes
                        receive_buffer_size = 1048576
                        force_receive_buffer_size = yes
                        spdh_thresh { ipv4 { lbits = 16
                                             rbits = 24 }
                                      ipv6 { rbits = 64 } }
                        set_proto_port_transport_sa = yes }
                    bypass-lan { load = 5
                        interfaces_use = eth1, eth2
                        interfaces_ignore = eth3 }
                }
            }
            """)
        #expect(loaded.diagnostics.isEmpty, "\(loaded.diagnostics)")
        let settings = loaded.settings
        #expect(settings.retransmission.timeout == .milliseconds(2500))
        #expect(settings.retransmission.limit == .seconds(60))
        #expect(settings.fragmentSizeV4 == 576)
        #expect(settings.fragmentSizeV6 == 1400)
        #expect(settings.distinguishedNameMatching == .relaxed)
        #expect(settings.routingTable == 16)
        #expect(settings.ignoredRoutingTables == ["254", "main"])
        #expect(settings.spiMinimum == 0x1000)
        #expect(settings.interfacesUse == ["eth0", "eth1"])
        #expect(settings.controlSocket == "/run/test.vici")
        #expect(!settings.useIPv6)
        #expect(settings.netlink.mark == MarkConfig(value: .value(0x42), mask: 0xff))
        #expect(!settings.enforceCriticalExtensions)
        let standard = DaemonSettings()
        #expect(settings.reuseIKESA != standard.reuseIKESA)
        #expect(settings.netlink.acquireExpires == .seconds(30))
        #expect(settings.netlink.hashThresholdsV4.local == 16)
        #expect(settings.netlink.hashThresholdsV4.remote == 24)
        #expect(settings.netlink.hashThresholdsV6.local == 128)
        #expect(settings.netlink.hashThresholdsV6.remote == 64)
        #expect(settings.netlink.forceReceiveBufferSize)
        #expect(settings.bypassLAN.interfacesUse == ["eth1", "eth2"])
        #expect(settings.bypassLAN.interfacesIgnore == ["eth3"])
    }

    @Test("bypass-lan is off as in charon's package, and on by its own switch or in a list of plugins")
    func bypassLAN() {
        func isActive(_ text: String) -> Bool { load("charon { \(text)\n }").settings.bypassLAN.isActive }
        #expect(!isActive("port = 500"))
        #expect(!isActive("plugins { bypass-lan { load = no\n } }"))
        #expect(!isActive("plugins { bypass-lan { load = 0\n } }"))
        #expect(!isActive("load = random openssl vici"))
        #expect(isActive("plugins { bypass-lan { load = yes\n } }"))
        #expect(isActive("plugins { bypass-lan { load = 2\n } }"))
        #expect(isActive("load = random openssl bypass-lan vici"))
    }

    @Test("the first of swand, charon-systemd and charon decides each key")
    func precedence() {
        let loaded = load(
            """
            charon { port = 1
                     port_nat_t = 11
                     ikesa_limit = 111 }
            charon-systemd { port = 2
                             port_nat_t = 22 }
            swand { port = 3 }
            """)
        #expect(loaded.settings.port == 3)
        #expect(loaded.settings.portNATT == 22)
        #expect(loaded.settings.ikeSALimit == 111)
    }

    @Test("logs: files, syslog and journal, with levels for each group")
    func logs() {
        let loaded = load(
            """
            swand {
                filelog {
                    main { path = /var/log/swand.log
                           default = 0
                           ike = 2
                           append = no
                           flush_line = yes
                           ike_name = yes
                           log_level = yes
                           json = yes
                           time_format = %b %e %T
                           time_precision = ms }
                    stderr { default = -1 }
                }
                syslog { identifier = vpn
                         daemon { knl = 3
                                  map_level = yes }
                         auth { default = -1 } }
            }
            charon-systemd { journal { default = 1
                                       enc = 0 } }
            """)
        #expect(loaded.diagnostics.isEmpty, "\(loaded.diagnostics)")
        let logs = loaded.settings.logs
        #expect(
            logs.map(\.destination) == [
                .file(path: "/var/log/swand.log"), .standardError, .syslog(facility: "daemon"),
                .syslog(facility: "auth"), .journal,
            ])
        #expect(logs[0].level(of: "ike") == 2)
        #expect(logs[0].level(of: "net") == 0)
        #expect(logs[0].timePrecision == .milliseconds)
        #expect(logs[2].identifier == "vpn")
        #expect(logs[2].mapLevel)
        #expect(logs[4].levels == ["enc": 0])
    }

    @Test("unknown keys are warned of in swand.conf and not in strongswan.conf; ineffective ones in both")
    func unknown() {
        let text = "charon {\n  retransmit_trys = 3\n  cisco_unity = yes\n}\nlibtls { x = 1 }\n"
        let ours = load(text)
        #expect(ours.diagnostics.map(\.severity) == [.warning, .warning, .warning])
        #expect(
            ours.diagnostics[0].description.hasPrefix(
                "/etc/swand.conf:2:3: warning: 'retransmit_trys' is not a setting"))
        #expect(ours.diagnostics[0].suggestion == "did you mean 'retransmit_tries'?")
        #expect(ours.diagnostics[1].message == "'cisco_unity' has no effect yet")
        let theirs = load(text, isOurs: false)
        #expect(theirs.diagnostics.map(\.message) == ["'cisco_unity' has no effect yet"])
    }

    static let bad: [(String, String)] = [
        ("port = 70000", "not a number from 0 to 65535"), ("install_routes = maybe", "neither yes nor no"),
        ("retransmit_base = 0.5", "factor from 1 to 100"), ("half_open_timeout = soon", "not a duration"),
        ("rdn_matching = strct", "did you mean 'strict'?"), ("spi_min = 0xffffffff", "no range"),
        ("retransmit_tries = -1", "not a number"), ("retransmit_timeout = 1.2.3", "not a decimal number"),
        ("plugins { vici { socket = tcp://127.0.0.1:4502 } }", "control socket"),
        ("filelog { stdout { ike = 9 } }", "not a log level"), ("max_packet = 5", "from 1280 to 65535"),
    ]

    @Test("a wrong value is told with its line and leaves the default", arguments: bad)
    func wrongValue(text: String, part: String) throws {
        let loaded = load("swand {\n  \(text)\n}\n")
        let error = try #require(loaded.diagnostics.first { $0.severity == .error })
        #expect(error.location.line == 2)
        #expect(error.description.contains(part), "\(error)")
        var settings = loaded.settings
        settings.logs = []
        #expect(settings == DaemonSettings())
    }

    @Test("a file that cannot be parsed is one error; one that is missing leaves the defaults or the other file")
    func files() {
        #expect(load("swand { port = 1").diagnostics.map(\.severity) == [.error])
        #expect(DaemonSettings.load(files: MemoryFiles()).file == nil)
        let files = MemoryFiles(contents: [
            "/etc/strongswan.conf": "charon { include strongswan.d/*.conf\n }\ninclude other/*.conf\n",
            "/etc/strongswan.d/a.conf": "port = 1500\nplugins { x { load = yes\n } }\n",
        ])
        let loaded = DaemonSettings.load(files: files)
        #expect(loaded.file == "/etc/strongswan.conf")
        #expect(loaded.settings.port == 1500)
    }
}
