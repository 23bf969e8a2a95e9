import Configuration
import IPsecModel
import Testing

/// A node from text in the settings format.
func node(_ text: String) throws -> ConfigurationNode {
    let section = try SettingsParser.parse(
        text: text, file: "test", include: { _, _ throws(SettingsIncludeFailure) in [] })
    return ConfigurationNode(section)
}

@Suite("Connections as swanctl.conf and load-conn describe them")
struct ConnectionLoaderTests {
    func load(_ text: String, files: MemoryFiles = MemoryFiles()) throws -> LoadedConnection {
        try ConnectionLoader(environment: ConfigurationEnvironment(), files: files).load(name: "gw", node(text))
    }

    @Test("an empty connection has the documented defaults")
    func defaults() throws {
        let peer = try load("").peer
        #expect(peer.localAddresses == [.any])
        #expect(peer.rekeyTime == .seconds(14400))
        #expect(peer.reauthTime == .zero)
        #expect(peer.overTime == .seconds(1440))
        #expect(peer.randomTime == .seconds(1440))
        #expect(peer.dpdDelay == .zero)
        #expect(peer.keyingTries == 1)
        #expect(peer.unique == .no)
        #expect(peer.fragmentation == .yes)
        #expect(peer.proposals.count == 2)
        #expect(peer.local.count == 1)
        #expect(peer.remote.first?.identity == .any)
    }

    @Test("an empty child has the documented defaults")
    func childDefaults() throws {
        let child = try #require(try load("children { net { } }").peer.children.first)
        #expect(child.lifetime.rekeyTime == .seconds(3600))
        #expect(child.lifetime.lifeTime == .seconds(3960))
        #expect(child.lifetime.randomTime == .seconds(360))
        #expect(child.lifetime.lifeBytes == 0)
        #expect(child.localSelectors == [.dynamic()])
        #expect(child.mode == .tunnel)
        #expect(child.replayWindow == 32)
        #expect(child.startAction == [])
        #expect(child.proposals.map(\.protocolID) == [.esp, .esp])
    }

    @Test("every key of a connection is read")
    func peer() throws {
        let loaded = try load(
            """
            version = 2
            local_addrs = 192.0.2.1, 2001:db8::1
            remote_addrs = gw.example.org, 10.0.0.0/8, 10.1.0.1-10.1.0.9, %any
            local_port = 1500
            remote_port = 4500
            proposals = aes128gcm16-prfsha256-x25519, default
            vips = 0.0.0.0, ::
            aggressive = no
            pull = no
            dscp = 101110
            encap = yes
            mobike = no
            dpd_delay = 30s
            dpd_timeout = 2m
            fragmentation = force
            childless = prefer
            send_certreq = no
            send_cert = always
            ocsp = reply
            ppk_id = ppk@example.org
            ppk_required = yes
            keyingtries = 0
            unique = replace
            reauth_time = 1d
            rekey_time = 0
            over_time = 10m
            rand_time = 5m
            pools = pool1, pool2
            if_id_in = 7
            if_id_out = %unique
            """)
        let peer = loaded.peer
        #expect(
            loaded.warnings == ["vips", "pull", "pools"].map { "'\($0)' has no effect yet" })
        #expect(peer.version == .ikev2)
        #expect(peer.localAddresses.count == 2)
        #expect(
            peer.remoteAddresses.map(\.description) == ["gw.example.org", "10.0.0.0/8", "10.1.0.1-10.1.0.9", "%any"])
        #expect(peer.localPort == 1500)
        #expect(peer.proposals.count == 3)
        #expect(peer.virtualIPs == [.any(.v4), .any(.v6)])
        #expect(!peer.pull)
        #expect(peer.dscp == 0b101110)
        #expect(peer.forceEncapsulation)
        #expect(!peer.mobike)
        #expect(peer.dpdDelay == .seconds(30))
        #expect(peer.dpdTimeout == .seconds(120))
        #expect(peer.fragmentation == .force)
        #expect(peer.childless == .prefer)
        #expect(!peer.sendCertificateRequest)
        #expect(peer.sendCertificate == .always)
        #expect(peer.ppkRequired)
        #expect(peer.keyingTries == 0)
        #expect(peer.unique == .replace)
        #expect(peer.reauthTime == .seconds(86400))
        #expect(peer.rekeyTime == .zero)
        #expect(peer.overTime == .seconds(600))
        #expect(peer.randomTime == .seconds(300))
        #expect(peer.pools == ["pool1", "pool2"])
        #expect(peer.interfaceIDIn == .value(7))
        #expect(peer.interfaceIDOut == .unique)
    }

    @Test("every key of a child is read")
    func child() throws {
        let loaded = try load(
            """
            children { net {
                esp_proposals = aes256gcm16-x25519
                ah_proposals = sha256
                sha256_96 = yes
                local_ts = 10.1.0.0/16[tcp/80], dynamic[udp/1701], 10.3.0.1
                remote_ts = 10.2.0.1-10.2.0.9[17/1024-2048], fd00::/8[gre], 10.4.0.0/24[tcp/opaque]
                rekey_time = 1000s
                rekey_bytes = 10k
                life_packets = 110
                updown = /usr/lib/ipsec/_updown iptables, x
                hostaccess = yes
                mode = transport
                policies = no
                policies_fwd_out = yes
                dpd_action = restart
                close_action = trap
                start_action = trap|start
                ipcomp = yes
                inactivity = 5m
                reqid = 12
                priority = 42
                interface = eth0
                mark_in = 0x2a/0xff
                mark_in_sa = yes
                mark_out = %unique
                set_mark_in = %same
                set_mark_out = 7
                if_id_in = %unique-dir
                if_id_out = 9
                label = system_u:object_r:ipsec_spd_t:s0
                label_mode = system
                tfc_padding = mtu
                replay_window = 128
                per_cpu_sas = no
                hw_offload = auto
                copy_df = no
                copy_ecn = no
                copy_dscp = in
                icmp = no
            } }
            """)
        #expect(loaded.warnings == ["'children.net.label' has no effect yet"])
        let child = try #require(loaded.peer.children.first)
        #expect(
            child.proposals.map(\.description) == [
                "ESP:AES_GCM_16_256/CURVE_25519/NO_EXT_SEQ", "AH:HMAC_SHA2_256_128/NO_EXT_SEQ",
            ])
        #expect(child.localSelectors[1] == .dynamic(ipProtocol: 17, startPort: 1701, endPort: 1701))
        #expect(child.remoteSelectors.count == 3)
        guard case .fixed(let opaque) = child.remoteSelectors[2] else { return }
        #expect(opaque.isOpaque)
        #expect(child.lifetime.lifeTime == .seconds(1100))
        #expect(child.lifetime.rekeyBytes == 10240)
        #expect(child.lifetime.lifeBytes == 11264)
        #expect(child.lifetime.rekeyPackets == 100)
        #expect(child.lifetime.randomPackets == 10)
        #expect(child.mode == .transport)
        #expect(child.updown == "/usr/lib/ipsec/_updown iptables, x")
        #expect(child.startAction == [.trap, .start])
        #expect(child.markIn == MarkConfig(value: .value(0x2a), mask: 0xff))
        #expect(child.markOut == MarkConfig(value: .unique, mask: .max))
        #expect(child.tfcPadding == .max)
        #expect(child.hardwareOffload == .auto)
        #expect(child.sha256TruncatedTo96)
    }

    @Test("authentication rounds stand in their order, with keys and certificates as bytes")
    func authentication() throws {
        var tree = try node(
            "local-b { round = 2\n auth = psk }\nlocal-a { round = 1\n auth = rsa/pss-sha256\n id = gw.example.org }")
        var remote = ConfigurationNode()
        remote.append("auth", text: "rsa-2048-ecdsa-256-sha256-sha384")
        remote.append("id", text: "fqdn:^vpn[0-9]+$")
        remote.append("certs", .list([Array(somePEM.utf8), someDER]))
        remote.append("revocation", text: "strict")
        tree.append("remote", .section(remote))
        let peer = try ConnectionLoader(environment: ConfigurationEnvironment(), files: MemoryFiles())
            .load(name: "gw", tree).peer
        #expect(peer.local.map(\.method) == [.pubkey, .psk])
        #expect(peer.local[0].schemes == [SignatureConstraint(key: .rsaPSS, hashes: ["sha256"])])
        #expect(peer.remote[0].certificates == [someDER, someDER])
        #expect(peer.remote[0].identity == .regex(kind: .fqdn, pattern: "^vpn[0-9]+$"))
        #expect(peer.remote[0].revocation == .strict)
        #expect(
            peer.remote[0].schemes == [
                SignatureConstraint(key: .rsa, leastBits: 2048),
                SignatureConstraint(key: .ecdsa, leastBits: 256, hashes: ["sha256", "sha384"]),
            ])
    }

    @Test("ike: stands before a key type and holds up to the next one")
    func constraintsForIKE() throws {
        func schemes(_ text: String) throws -> [SignatureConstraint] {
            try load("remote { auth = \(text) }").peer.remote[0].schemes
        }
        #expect(
            try schemes("pubkey-sha256-ike:rsa/pss-sha512-sha384") == [
                SignatureConstraint(key: .any, hashes: ["sha256"]),
                SignatureConstraint(key: .rsaPSS, hashes: ["sha512", "sha384"], onlyIKE: true),
            ])
        #expect(
            try schemes("ike:ecdsa-384-sha384-rsa-3072") == [
                SignatureConstraint(key: .ecdsa, leastBits: 384, hashes: ["sha384"], onlyIKE: true),
                SignatureConstraint(key: .rsa, leastBits: 3072),
            ])
        #expect(try schemes("ike:sha512") == [SignatureConstraint(key: .any, hashes: ["sha512"], onlyIKE: true)])
        #expect(throws: (any Error).self) { try schemes("pubkey-ike:sha257") }
    }

    @Test("a certificate file that is missing costs a warning that names it")
    func missingFile() throws {
        let loaded = try load("local { cert1 { file = /etc/swanctl/x509/gw.pem } }")
        #expect(loaded.peer.local[0].certificates.isEmpty)
        #expect(loaded.warnings.count == 1)
        #expect(loaded.warnings[0].contains("/etc/swanctl/x509/gw.pem"))
    }

    static let bad: [(String, String)] = [
        ("rekey_time = abc", "invalid value for: rekey_time: 'abc' is not a duration"),
        ("version = 3", "invalid value for: version: '3' is none of 0, 1, 2"),
        ("fragmentation = maybe", "invalid value for: fragmentation: 'maybe' is none of"),
        ("remote_adrs = 1.2.3.4", "unknown option: remote_adrs (did you mean 'remote_addrs'?)"),
        ("proposals = aes128-sha265-x25519", "did you mean 'sha256'?"),
        ("local_addrs = 300.1.1.1", "'300.1.1.1' is neither an address"),
        ("local_port = 70000", "is not a number from 0 to 65535"),
        ("dscp = 46", "six binary digits"),
        ("foo { }", "unknown section: foo"),
        ("children { net { interface = ipsec-to-the-moon } }", "cannot be the name of an interface"),
        ("children { net { interface = a/b } }", "cannot be the name of an interface"),
        ("children { net { local_ts = 10.1.0.0/33 } }", "'33' is not a prefix length from 0 to 32"),
        ("children { net { local_ts = 10.1.0.0/16[tcpp] } }", "did you mean 'tcp'?"),
        ("children { net { local_ts = 10.1.0.0/16[tcp/80 } }", "lacks the closing bracket"),
        ("children { net { mode = tunel } }", "did you mean 'tunnel'?"),
        ("children { net { mode = iptfs } }", "'iptfs' is not offered"),
        ("children { net { esp_proposals = sha256 } }", "an ESP proposal needs an ENCRYPTION_ALGORITHM"),
        ("children { net { rekey_tim = 5 } }", "unknown option: children.net.rekey_tim (did you mean 'rekey_time'?)"),
        ("children { net { mark_in = %same } }", "'%same' is only for"),
        ("children { net { rekey_bytes = 99999999999999999999 } }", "is not a number of bytes"),
        ("children = x", "unknown option: children"),
        ("local { auth = pks }", "invalid value for: local.auth: 'pks' is no authentication method"),
        ("local { cert { handle = 12 } }", "tokens are not offered"),
        ("remote { cacerts = nonsense }", "is no certificate in DER or PEM"),
    ]

    @Test("a wrong value is refused with its key, the value and what is wanted", arguments: bad)
    func refuse(text: String, part: String) throws {
        let error = try #require(#expect(throws: ConnectionLoadError.self) { try load(text) })
        #expect(error.description.contains(part), "\(error)")
        #expect(error.description.hasSuffix(", config discarded"))
    }

    @Test("keys without effect are named")
    func ineffective() throws {
        let loaded = try load(
            "mediation = yes\nlocal { auth = eap-mschapv2 }\nchildren { net { per_cpu_sas = encap } }")
        #expect(loaded.warnings.count == 3)
    }

    @Test("lifetimes near the end of the number range do not overflow")
    func extremeLimits() throws {
        let child = try #require(
            try load("children { net { rekey_bytes = 18446744073709551615\n rekey_packets = 0xffffffffffffffff } }")
                .peer.children.first)
        #expect(child.lifetime.lifeBytes == .max)
        #expect(child.lifetime.randomPackets == 0)
    }

    @Test("every truncation of a connection loads or is refused")
    func truncations() throws {
        let text = Array(
            "version = 2\nlocal_addrs = 1.2.3.4\nchildren { n { local_ts = 10.0.0.0/8[tcp/80-90]\n mark_in = 1/0xff\n esp_proposals = aes128-sha256 } }\nremote { id = fqdn:^a$ }"
        )
        for count in text.indices {
            _ = try? load(String(text[..<count]))
        }
    }

    @Test("a newer snapshot tells what changed")
    func snapshot() throws {
        let first = ConfigurationSnapshot(fromFiles: [PeerConfig(name: "a")]).loading(PeerConfig(name: "b"))
        var changed = PeerConfig(name: "b")
        changed.mobike = false
        let second = first.loading(changed).loading(PeerConfig(name: "c")).replacingFiles([])
        let changes = first.changes(to: second)
        #expect(changes.added == ["c"])
        #expect(changes.removed == ["a"])
        #expect(changes.changed == ["b"])
        #expect(second.connections.map(\.name) == ["b", "c"])
        #expect(second.unloading("a") == nil)
        #expect(first.loading(PeerConfig(name: "a")).connections.map(\.name) == ["b", "a"])
    }
}
