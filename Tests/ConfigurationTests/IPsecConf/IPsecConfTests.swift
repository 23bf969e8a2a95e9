import Configuration
import IPsecModel
import Testing

func parse(
    _ text: String, files: MemoryFiles = MemoryFiles(),
    environment: ConfigurationEnvironment = ConfigurationEnvironment()
) -> IPsecConfiguration {
    IPsecConfiguration.parse(text: text, file: "/etc/ipsec.conf", files: files, environment: environment)
}

/// A connection section with the lines given, loaded.
func conn(
    _ lines: String, files: MemoryFiles = MemoryFiles(),
    environment: ConfigurationEnvironment = ConfigurationEnvironment()
) throws -> PeerConfig {
    let indented = lines.split(separator: "\n").map { "  \($0)\n" }.joined()
    let result = parse("conn c\n  auto=add\n" + indented, files: files, environment: environment)
    return try #require(result.connections.first, "\(result.diagnostics)")
}

@Suite("ipsec.conf: grammar")
struct IPsecConfGrammarTests {
    @Test("an unknown keyword of %default is reported once and stops nobody")
    func unknownInDefault() {
        let result = parse(
            """
            conn %default
                keyexchange=ikev2
                keyexchagne=ikev2
            conn a
                right=192.0.2.2
                auto=add
            conn b
                right=192.0.2.3
                auto=add
            """)
        #expect(result.connections.map(\.name) == ["a", "b"])
        #expect(result.diagnostics.count(where: { $0.severity == .error }) == 1)
        #expect(result.diagnostics.first?.description.contains("3:5") == true, "\(result.diagnostics)")
        #expect(result.diagnostics.first?.description.contains("did you mean 'keyexchange'?") == true)
    }

    @Test("a familiar file gives its connections, in order")
    func sample() throws {
        let result = parse(
            """
            # a comment
            version 2
            config setup
                uniqueids=never   # for tests
                charondebug="ike 2, knl 1"

            conn %default
                keyexchange=ikev2
                ike=aes256gcm16-prfsha384-ecp384!
                esp=aes256gcm16-ecp384!

            conn net
                left=192.0.2.1
                leftsubnet=10.1.0.0/16,10.9.0.0/24[tcp/80]
                leftid="C=CH, O=Example, CN=moon # not a comment"
                right=192.0.2.2
                rightid=@sun.example.org
                rightsubnet=10.2.0.0/16
                auto=start

            conn host
            \talso=base
            \tright = 198.51.100.7
            conn base
                auto=route
                type=transport
            """,
            environment: ConfigurationEnvironment(identify: { Identification(kind: .keyID, data: Array($0.utf8)) }))
        #expect(result.diagnostics.isEmpty, "\(result.diagnostics)")
        #expect(result.setup.uniqueIDs == .never)
        #expect(result.setup.logLevels == ["ike": 2, "knl": 1])
        #expect(result.connections.map(\.name) == ["net", "host", "base"])
        let net = result.connections[0]
        #expect(net.version == .ikev2)
        #expect(net.source == "/etc/ipsec.conf:12")
        #expect(net.proposals.map(\.description) == ["IKE:AES_GCM_16_256/PRF_HMAC_SHA2_384/ECP_384"])
        #expect(net.children[0].localSelectors.count == 2)
        #expect(net.children[0].startAction == .start)
        #expect(net.local[0].identity?.data == Array("C=CH, O=Example, CN=moon # not a comment".utf8))
        #expect(result.connections[1].children[0].mode == .transport)
        #expect(result.connections[1].children[0].startAction == .trap)
    }

    @Test("sections of one name are merged, the last of two equal keys counts, an empty value clears")
    func merging() throws {
        let result = parse(
            """
            conn a
                leftsubnet=10.1.0.0/16
                auto=add
            conn %default
                leftsubnet=10.9.0.0/16
                mobike=no
                keylife=2h
            conn b
                leftsubnet=
                auto=add
                right=1.2.3.4
                lifetime=30m
            conn a
                leftsubnet=10.2.0.0/16
            """)
        #expect(
            result.connections[0].children[0].localSelectors == [
                .fixed(TrafficSelector(network: IPAddress("10.2.0.0")!, prefix: 16))
            ])
        #expect(!result.connections[0].mobike)
        #expect(result.connections[1].children[0].localSelectors == [.dynamic()])
        #expect(result.connections[1].children[0].lifetime.lifeTime == .seconds(1800))
        #expect(result.connections[0].children[0].lifetime.lifeTime == .seconds(7200))
    }

    @Test("quotes keep blanks and line ends, escapes are replaced")
    func quotes() throws {
        let text = "conn c\n auto=add\n leftupdown=\"/bin/up \\\"x\\\"\\ty \\\n z # kept\n end\" more # comment\n"
        let result = parse(text)
        #expect(result.connections.first?.children[0].updown == "/bin/up \"x\"\ty  z # kept\n end more")
    }

    @Test("includes with patterns, relative to the including file, also inside a section")
    func includes() throws {
        let files = MemoryFiles(contents: [
            "/etc/ipsec.conf.d/a.conf": "conn a\n  auto=add\n  right=1.1.1.1\n",
            "/etc/ipsec.conf.d/b.conf": "conn b\n  auto=add\n  include lines.inc\n",
            "/etc/ipsec.conf.d/lines.inc": "  mobike=no\n",
        ])
        let result = parse("include ipsec.conf.d/*.conf\ninclude /nowhere/*.conf\n", files: files)
        #expect(result.connections.map(\.name) == ["a", "b"])
        #expect(!result.connections[1].mobike)
        #expect(result.diagnostics.map(\.severity) == [.warning])
    }

    @Test("a file that includes itself ends")
    func includeLoop() {
        let files = MemoryFiles(contents: ["/etc/ipsec.conf": "include ipsec.conf\n"])
        let result = parse("include ipsec.conf\n", files: files)
        #expect(result.hasErrors)
    }

    static let faults: [(String, Int, Int, String)] = [
        ("conn good\n auto=add\ncon bad\n auto=add\n", 3, 1, "did you mean 'conn'?"),
        ("conn good\n auto=add\nconn\n auto=add\n", 3, 5, "the section has no name"),
        ("conn good\n auto=add\nconn bad\n auto add\n", 4, 2, "'auto' is not followed by '='"),
        ("conn good\n auto=add\nconn bad\n auto=add\n righ=1.2.3.4\n", 5, 2, "did you mean 'right'?"),
        ("conn good\n auto=add\nconn bad\n auto=add\n right=1.2.3\n", 5, 8, "neither an address"),
        ("conn good\n auto=add\nconn bad\n auto=add\n also=goof\n", 5, 7, "did you mean 'good'?"),
        ("conn good\n auto=add\nconn bad\n auto=add\n leftid=\"@x\n", 5, 9, "never closed"),
        ("conn bad\n auto=add\n leftid=\"@x\nconn good\n auto=add\n leftid=\"@y\"\n", 3, 9, "never closed"),
        ("conn good\n auto=add\nconn bad\n auto=add\n ike=aes128-sha265\n", 5, 6, "did you mean 'sha256'?"),
        ("conn good\n auto=add\nconn bad\n auto=adds\n", 4, 7, "did you mean 'add'?"),
        ("conn good\n auto=add\nauto=add\n", 3, 1, "indent it"),
        ("conn good\n auto=add\nconn bad\n auto=add\n leftfirewall=yes\n leftupdown=x\n", 5, 2, "exclude each other"),
        ("conn good\n auto=add\nconn bad\n auto=add\n margintime=2h\n", 5, 13, "leaves no room"),
        ("conn good\n auto=add\nconn bad\n auto=add\n narrowing=yes\n", 5, 2, "libreswan"),
        ("conn good\n auto=add\nconfig set\n uniqueids=no\n", 3, 8, "write 'config setup'"),
        ("conn good\n auto=add\nconn a b\n auto=add\n", 3, 6, "names have no blanks"),
    ]

    @Test("a fault is told with its place, and costs its own section only", arguments: faults)
    func fault(text: String, line: Int, column: Int, part: String) throws {
        let result = parse(text)
        let error = try #require(result.diagnostics.first { $0.severity == .error })
        #expect(error.location == SourceLocation(file: "/etc/ipsec.conf", line: line, column: column))
        #expect(error.description.contains(part), "\(error)")
        #expect(result.connections.map(\.name) == ["good"])
    }

    static let doubts: [(String, Int, Int, String)] = [
        ("conn a\n also=b\n auto=add\nconn b\n also=a\n", 5, 7, "in a circle: a, b, a"),
        ("conn a\n auto=add\n right=1.2.3.4\n auto=route\n", 4, 2, "the last one counts (remove that of /etc/ipsec.conf:2:2)"),
        ("conn a\n auto=add\nconn a\n right=1.2.3.4\n", 3, 1, "stands here again"),
        ("conn a\n auto=add\n rightid=@192.0.2.2\n", 3, 2, "write 192.0.2.2 for the address"),
        ("conn a\n auto=add\n leftid=@192.0.2.2\n", 3, 2, "write 192.0.2.2 for the address"),
        ("conn a\n auto=add\n ike=3des-md5-modp1024!\n", 3, 2, "'3des', 'md5', 'modp1024' are weak"),
        ("conn a\n auto=add\n authby=xauthpsk\n", 3, 2, "several authentication rounds"),
        ("conn a\n auto=add\n leftauth2=psk\n", 3, 2, "several authentication rounds"),
    ]

    @Test("what is allowed and hardly meant is told with its place", arguments: doubts)
    func doubt(text: String, line: Int, column: Int, part: String) throws {
        let result = parse(text)
        #expect(!result.hasErrors, "\(result.diagnostics)")
        let warning = try #require(result.diagnostics.first { $0.description.contains(part) }, "\(result.diagnostics)")
        #expect(warning.location == SourceLocation(file: "/etc/ipsec.conf", line: line, column: column))
    }

    @Test("lines that a faulty heading leaves without a section are not told one by one")
    func lostLines() {
        for heading in ["connection net", "left=192.0.2.1"] {
            let result = parse("conn good\n auto=add\n\(heading)\n right=192.0.2.2\n authby=secret\nconn other\n auto=add\n")
            #expect(result.diagnostics.count == 1, "\(result.diagnostics)")
            #expect(result.connections.flatMap(\.children).map(\.name) == ["good", "other"])
        }
        #expect(parse(" left=1.2.3.4\n right=1.2.3.5\n").diagnostics.count == 1)
    }

    @Test("an own identity that the certificate does not confirm gives way to its subject")
    func unconfirmedIdentity() throws {
        var environment = ConfigurationEnvironment()
        environment.certificateConfirms = { $1 == Identification(fqdn: "moon") }
        let files = MemoryFiles(contents: ["/etc/ipsec.d/certs/moon.pem": somePEM])
        let good = parse("conn c\n auto=add\n leftcert=moon.pem\n leftid=@moon\n", files: files, environment: environment)
        #expect(good.connections[0].local[0].identity == Identification(fqdn: "moon"))
        #expect(good.diagnostics.isEmpty)
        let other = parse("conn c\n auto=add\n leftcert=moon.pem\n leftid=@mars\n", files: files, environment: environment)
        #expect(other.connections[0].local[0].identity == nil)
        #expect(other.diagnostics.map(\.message).joined().contains("id 'mars' not confirmed by certificate, defaulting to"))
    }

    @Test("also in a circle ends")
    func circle() {
        let result = parse("conn a\n also=b\n auto=add\nconn b\n also=a\n mobike=no\n")
        #expect(result.connections.flatMap(\.children).map(\.name) == ["a", "b"])
    }

    @Test("every truncation of a large file is read to its end without a trap")
    func truncations() {
        let text = Array(everyKeyword)
        for count in stride(from: 0, to: text.count, by: 3) {
            _ = parse(String(text[..<count]))
        }
    }

    @Test("a large file with random faults is read to its end without a trap")
    func mutations() {
        let text = Array(everyKeyword.utf8)
        let replacements = Array("\0\t\n \"#%,-/:=@[]\\x9\u{ff}".utf8)
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        func random(_ limit: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(limit))
        }
        for _ in 0..<400 {
            var copy = text
            for _ in 0..<8 { copy[random(copy.count)] = replacements[random(replacements.count)] }
            _ = parse(String(decoding: copy, as: UTF8.self))
        }
    }

    @Test("every keyword that is documented is read, deprecated ones included")
    func everyKeywordIsKnown() throws {
        let result = parse(everyKeyword)
        let errors = result.diagnostics.filter { $0.severity == .error }
        #expect(errors.isEmpty, "\(errors)")
        #expect(result.connections.count == 1)
        #expect(result.authorities.count == 1)
        let warnings = result.diagnostics.map(\.message).joined(separator: "\n")
        for word in [
            "nat_traversal", "pfs", "leftnexthop", "cachecrls", "crluri", "rightsourceip", "pkcs11proxy",
        ] {
            #expect(warnings.contains("'\(word)'"), "\(word)")
        }
    }
}

let everyKeyword = """
    config setup
        cachecrls=yes
        charondebug="dmn 1, mgr 1, ike 2, chd 1, job 1, cfg 1, knl 1, net 1, asn 1, enc 1, lib 1, esp 1, tls 1"
        strictcrlpolicy=ifuri
        uniqueids=replace
        interfaces=%defaultroute
        dumpdir=/tmp
        charonstart=yes
        plutostart=no
        klipsdebug=none
        plutodebug=none
        prepluto=x
        postpluto=x
        plutostderrlog=x
        fragicmp=yes
        packetdefault=drop
        hidetos=yes
        overridemtu=1400
        crlcheckinterval=0
        nocrsend=no
        nat_traversal=yes
        keep_alive=20
        force_keepalive=no
        virtual_private=%v4:10.0.0.0/8
        pkcs11module=x
        pkcs11initargs=x
        pkcs11keepstate=no
        pkcs11proxy=no
    ca strongswan
        also=base
        auto=add
        cacert=strongswanCert.pem
        crluri=http://crl.example.org/a.crl
        crluri2=http://crl.example.org/b.crl
        ocspuri=http://ocsp.example.org
        ocspuri1=http://ocsp.example.org
        ocspuri2=http://ocsp2.example.org
        certuribase=http://certs.example.org
        ldaphost=x
        ldapbase=x
    ca base
        crluri1=http://x
        auto=ignore
    conn %default
        ikelifetime=60m
        keylife=20m
        rekeymargin=3m
    conn every
        aaa_identity=aaa.example.org
        aggressive=no
        also=other
        auto=add
        authby=secret
        closeaction=none
        compress=yes
        dpdaction=restart
        dpddelay=30s
        dpdtimeout=150s
        eap_identity=%identity
        esp=aes128-sha256-modp2048,aes128gcm16
        forceencaps=yes
        fragmentation=accept
        ike=aes128-sha256-modp3072!
        ikedscp=000000
        inactivity=1h
        installpolicy=yes
        keyexchange=ikev2
        keyingtries=%forever
        lifebytes=1000000
        lifepackets=1000
        marginbytes=10000
        marginpackets=100
        mark=42/0xff
        mark_in=43
        mark_out=%unique
        mediation=no
        mediated_by=x
        me_peerid=x
        mobike=yes
        modeconfig=push
        reauth=no
        rekey=yes
        rekeyfuzz=50%
        replay_window=-1
        reqid=7
        sha256_96=no
        tfc=%mtu
        type=tunnel
        xauth=client
        xauth_identity=x
        pfs=yes
        pfsgroup=modp2048
        eap=md5
        left=%any
        leftallowany=no
        leftauth=psk
        leftauth2=psk
        leftca=ca.example.org
        leftca2=%same
        leftcert=moon.pem
        leftcert2=moon2.pem
        leftcertpolicy=1.2.3
        leftdns=%config4
        leftfirewall=yes
        leftgroups=a,b
        leftgroups2=c
        lefthostaccess=yes
        leftid=@moon.example.org
        leftid2=@moon2.example.org
        leftikeport=500
        leftnexthop=%direct
        leftprotoport=tcp/80
        leftrsasigkey=moon.pub
        leftsendcert=always
        leftsourceip=%config
        leftsubnet=10.1.0.0/16
        rightsubnetwithin=10.0.0.0/8[%any/%opaque]
        right=%gw.example.org
        rightallowany=yes
        rightauth=psk
        rightauth2=psk
        rightca=ca.example.org
        rightca2=%same
        rightcert=sun.pem
        rightcert2=sun2.pem
        rightcertpolicy=1.2.3
        rightdns=1.1.1.1,1.0.0.1
        rightgroups=a,b
        rightgroups2=c
        righthostaccess=yes
        rightid=%sun.example.org
        rightid2=%any
        rightikeport=4500
        rightnexthop=1.2.3.4
        rightprotoport=17/%any
        rightsigkey=sun.pub
        rightsendcert=never
        rightsourceip=10.3.0.0/24,10.4.0.1-10.4.0.9,10.5.0.1,%pool,%config
        rightupdown=x
    conn other
        auto=ignore
        ah=sha256
    """
