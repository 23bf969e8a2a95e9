import Configuration
import IPsecModel
import Testing

@Suite("ipsec.conf: what connections become")
struct ConnTests {
    @Test("an empty connection has the documented defaults")
    func defaults() throws {
        let peer = try conn("right=192.0.2.2")
        #expect(peer.version == .any)
        #expect(peer.keyingTries == 3)
        #expect(peer.reauthTime == .seconds(3 * 3600 - 540))
        #expect(peer.rekeyTime == .zero)
        #expect(peer.overTime == .seconds(540))
        #expect(peer.randomTime == .seconds(540))
        #expect(peer.dpdDelay == .zero)
        #expect(peer.mobike)
        #expect(peer.fragmentation == .yes)
        #expect(peer.unique == .replace)
        #expect(peer.proposals.first?.description == "IKE:AES_CBC_128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_3072")
        #expect(peer.proposals.count == 3)
        let child = peer.children[0]
        #expect(child.name == "c")
        #expect(child.lifetime.lifeTime == .seconds(3600))
        #expect(child.lifetime.rekeyTime == .seconds(3060))
        #expect(child.lifetime.randomTime == .seconds(540))
        #expect(child.proposals.count == 3)
        #expect(child.localSelectors == [.dynamic()])
        #expect(child.startAction == [])
        #expect(peer.remote[0].identity == .identity(Identification(address: IPAddress("192.0.2.2")!)))
        #expect(peer.local[0].identity == nil)
    }

    @Test("lifetimes follow rekey, reauth, margin and fuzz")
    func lifetimes() throws {
        let rekeyed = try conn(
            "reauth=no\nikelifetime=1h\nmargintime=5m\nrekeyfuzz=50%\nlifebytes=1000\nmarginbytes=100")
        #expect(rekeyed.rekeyTime == .seconds(3300))
        #expect(rekeyed.reauthTime == .zero)
        #expect(rekeyed.randomTime == .seconds(150))
        #expect(rekeyed.children[0].lifetime.rekeyBytes == 900)
        #expect(rekeyed.children[0].lifetime.randomBytes == 50)
        let kept = try conn("rekey=no\nlifetime=10m")
        #expect(kept.rekeyTime == .zero)
        #expect(kept.reauthTime == .zero)
        #expect(kept.children[0].lifetime.rekeyTime == .zero)
        #expect(kept.children[0].lifetime.lifeTime == .seconds(600))
    }

    @Test(
        "liveness checks need an action other than none",
        arguments: [
            ("dpdaction=none", 0, ChildConfig.LossAction.none), ("dpddelay=10", 0, .none),
            ("dpdaction=clear", 30, .none),
            ("dpdaction=hold\ndpddelay=1m", 60, .trap), ("dpdaction=restart", 30, .start),
        ])
    func liveness(lines: String, delay: Int, action: ChildConfig.LossAction) throws {
        let peer = try conn(lines)
        #expect(peer.dpdDelay == .seconds(delay))
        #expect(peer.children[0].dpdAction == action)
    }

    @Test("left is ours unless right is an address of this machine")
    func swapped() throws {
        let ours = IPAddress("192.0.2.2")!
        let environment = ConfigurationEnvironment(isLocal: { $0 == ours })
        let text =
            "left=192.0.2.1\nleftsubnet=10.1.0.0/16\nright=192.0.2.2\nrightid=@sun\nleftid=@moon"
        let swapped = try conn(text, environment: environment)
        #expect(swapped.localAddresses == [.address(ours)])
        #expect(swapped.local[0].identity == Identification(fqdn: "sun"))
        #expect(swapped.remote[0].identity == .identity(Identification(fqdn: "moon")))
        #expect(try conn(text).local[0].identity == Identification(fqdn: "moon"))
    }

    @Test("proposals end with the defaults unless they are strict")
    func proposals() throws {
        #expect(try conn("ike=aes128-sha256-x25519!").proposals.count == 1)
        #expect(try conn("ike=aes128-sha256-x25519").proposals.count == 3)
        #expect(try conn("esp=aes128gcm16,aes256-sha256!").children[0].proposals.count == 2)
        #expect(try conn("ah=sha256!").children[0].proposals.map(\.protocolID) == [.ah])
    }

    @Test("authby sets both sides, leftauth and rightauth one each")
    func authentication() throws {
        let psk = try conn("authby=secret")
        #expect(psk.local[0].method == .psk)
        #expect(psk.remote[0].method == .psk)
        let mixed = try conn("leftauth=pubkey-sha256\nrightauth=psk")
        #expect(mixed.local[0].method == .pubkey)
        #expect(mixed.local[0].schemes == [SignatureConstraint(key: .any, hashes: ["sha256"])])
        #expect(mixed.remote[0].method == .psk)
        let xauth = try conn("authby=xauthpsk\nxauth=server")
        #expect(xauth.remote.map(\.method) == [.psk, .xauth("")])
        #expect(try conn("rightauth=eap-mschapv2").remote[0].method == .eap("mschapv2"))
    }

    @Test("identities of the peer: patterns, loose ones, and those of a second round")
    func identities() throws {
        let peer = try conn("right=1.2.3.4\nrightid=%sun\nrightauth2=psk\nrightid2=fqdn:^gw[0-9]$")
        #expect(
            peer.remote.map(\.identity) == [
                .identity(Identification(fqdn: "sun")), .regex(kind: .fqdn, pattern: "^gw[0-9]$"),
            ])
        #expect(try conn("right=1.2.3.4\nrightid=%any").remote[0].identity == .any)
        #expect(try conn("right=1.2.3.4\nrightauth2=psk").remote[1].identity == .any)
        #expect(
            try conn("right=gw.example.org").remote[0].identity == .identity(Identification(fqdn: "gw.example.org")))
        #expect(parse("conn c\n auto=add\n rightid=\"C=CH, QQ=x\"\n").hasErrors)
        #expect(parse("conn c\n auto=add\n rightid=fqdn:^gw[0-9$\n").hasErrors)
    }

    @Test("certificates come from files; missing ones are named and do not stop the connection")
    func certificates() throws {
        let files = MemoryFiles(contents: ["/etc/ipsec.d/certs/moon.pem": somePEM, "/ca/x.pem": "nothing"])
        let result = parse(
            "conn c\n auto=add\n leftcert=moon.pem\n rightcert=/srv/sun.pem,/ca/x.pem\n", files: files,
            environment: ConfigurationEnvironment(certificateSubject: { _ in Identification(fqdn: "subject") }))
        #expect(result.connections[0].local[0].certificates == [someDER])
        #expect(result.connections[0].remote[0].certificates.isEmpty)
        #expect(result.diagnostics.count == 2)
        #expect(result.diagnostics[0].message.contains("/srv/sun.pem cannot be read: No such file or directory"))
        #expect(result.diagnostics[1].message.contains("/ca/x.pem holds no certificate"))
        #expect(result.diagnostics.allSatisfy { $0.severity == .warning && $0.section == "conn c" })
    }

    @Test("the folder of authorities is read, file by file")
    func authorities() {
        let files = MemoryFiles(contents: [
            "/etc/ipsec.d/cacerts/a.pem": somePEM + "\n" + somePEM, "/etc/ipsec.d/cacerts/README": "x",
        ])
        let loaded = IPsecDirectories().loadAuthorities(files: files)
        #expect(loaded.certificates.map(\.path) == ["/etc/ipsec.d/cacerts/a.pem", "/etc/ipsec.d/cacerts/a.pem"])
        #expect(loaded.diagnostics.map(\.message) == ["/etc/ipsec.d/cacerts/README holds no certificate"])
    }

    @Test("a ca section names its certificate and its places")
    func authoritySection() {
        let files = MemoryFiles(contents: ["/etc/ipsec.d/cacerts/ca.pem": somePEM])
        let result = parse(
            "ca %default\n auto=add\nca a\n cacert=ca.pem\n crluri=http://x\n crluri2=http://y\nca b\n auto=ignore\n",
            files: files)
        #expect(result.authorities.map(\.name) == ["a"])
        #expect(result.authorities[0].certificates == [someDER])
        #expect(result.authorities[0].crlURIs == ["http://x", "http://y"])
        #expect(result.diagnostics.allSatisfy { $0.severity == .warning })
    }

    @Test("a pinned certificate gives the peer its identity")
    func pinned() throws {
        let files = MemoryFiles(contents: ["/etc/ipsec.d/certs/sun.pem": somePEM])
        let environment = ConfigurationEnvironment(certificateSubject: { _ in Identification(fqdn: "subject") })
        let peer = try conn("right=1.2.3.4\nrightcert=sun.pem", files: files, environment: environment)
        #expect(peer.remote[0].identity == .identity(Identification(fqdn: "subject")))
    }

    @Test("an RFC 3110 key becomes a SubjectPublicKeyInfo")
    func rawKey() throws {
        let peer = try conn("rightsigkey=0x0103c0ffee")
        let key: [UInt8] = [
            0x30, 0x1d, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03,
            0x0c, 0x00, 0x30, 0x09, 0x02, 0x04, 0x00, 0xc0, 0xff, 0xee, 0x02, 0x01, 0x03,
        ]
        #expect(peer.remote[0].publicKeys == [key])
        #expect(try conn("rightsigkey=dns:0sAQPA/+4=").remote[0].publicKeys == [key])
        #expect(parse("conn c\n auto=add\n rightsigkey=0s!!\n").diagnostics.isEmpty == false)
    }

    @Test("subnets take protocols and ports, and leftprotoport where they have none")
    func selectors() throws {
        let child = try conn(
            "leftprotoport=tcp/80\nleftsubnet=10.1.0.0/16,10.2.0.0/16[udp/53],%dynamic[gre]\nrightprotoport=udp"
        ).children[0]
        guard case .fixed(let first) = child.localSelectors[0], case .fixed(let second) = child.localSelectors[1] else {
            Issue.record("not fixed")
            return
        }
        #expect((first.ipProtocol, first.startPort, first.endPort) == (6, 80, 80))
        #expect((second.ipProtocol, second.startPort, second.endPort) == (17, 53, 53))
        #expect(child.localSelectors[2] == .dynamic(ipProtocol: 47))
        #expect(child.remoteSelectors == [.dynamic(ipProtocol: 17)])
    }

    @Test("shunts, marks, start actions and the rest of a child")
    func child() throws {
        let shunt = try conn(
            "type=passthrough\nauthby=never\nleftsubnet=10.1.0.0/16\nrightsubnet=10.1.0.0/16\nauto=route")
        #expect(shunt.children[0].mode == .pass)
        #expect(shunt.children[0].startAction == .trap)
        let child = try conn(
            "mark=0x10/0xf0\nmark_out=%unique\nreqid=9\nreplay_window=64\ncloseaction=hold\nleftfirewall=yes"
        )
        .children[0]
        #expect(child.markIn == MarkConfig(value: .value(0x10), mask: 0xf0))
        #expect(child.markOut == MarkConfig(value: .unique, mask: .max))
        #expect(child.reqid == 9)
        #expect(child.replayWindow == 64)
        #expect(child.closeAction == .trap)
        #expect(child.firewall)
    }

    @Test("virtual addresses and pools")
    func addresses() throws {
        let result = parse(
            "conn c\n auto=add\n right=%any\n rightsourceip=10.3.0.0/24,%other,10.4.0.1-10.4.0.9\n rightdns=1.1.1.1\n")
        #expect(result.connections[0].pools == ["10.3.0.0/24", "other", "10.4.0.1-10.4.0.9"])
        #expect(result.pools.map(\.name) == ["10.3.0.0/24", "10.4.0.1-10.4.0.9"])
        #expect(result.pools[0].last == IPAddress("10.3.0.255"))
        #expect(result.pools[0].dns == [IPAddress("1.1.1.1")!])
        #expect(try conn("leftsourceip=%config4,%config6").virtualIPs == [.any(.v4), .any(.v6)])
    }

    @Test("connections to one peer share it; different ones do not; ignored ones are not there")
    func sharing() {
        let result = parse(
            """
            conn %default
                auto=add
                right=192.0.2.2
            conn a
                rightsubnet=10.2.0.0/16
            conn b
                rightsubnet=10.3.0.0/16
            conn c
                mobike=no
            conn d
                auto=ignore
            """)
        #expect(result.connections.map(\.name) == ["a", "c"])
        #expect(result.connections[0].children.map(\.name) == ["a", "b"])
        let snapshot = ConfigurationSnapshot(fromFiles: result.connections)
        #expect(snapshot.child(named: "b")?.peer.name == "a")
    }

    @Test(
        "addresses of either side",
        arguments: [
            ("%any", [HostPattern.any]), ("%any6", [.subnet(.any(.v6), prefix: 0)]),
            ("gw.example.org", [.name("gw.example.org")]),
            ("%gw.example.org", [.name("gw.example.org"), .any]),
            ("10.0.0.0/8", [.subnet(IPAddress("10.0.0.0")!, prefix: 8)]),
            ("1.2.3.4,2001:db8::1", [.address(IPAddress("1.2.3.4")!), .address(IPAddress("2001:db8::1")!)]),
            ("10.0.0.1-10.0.0.9", [.range(IPAddress("10.0.0.1")!, IPAddress("10.0.0.9")!)]),
        ])
    func hosts(text: String, hosts: [HostPattern]) throws {
        #expect(try conn("right=\(text)").remoteAddresses == hosts)
    }
}
