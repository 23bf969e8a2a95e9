import Testing
import VICI

@testable import ControlClient

@Suite("Certificates")
struct CertificateTests {
    /// 2026-12-01 00:00:00 UTC.
    static let now = 1_796_083_200

    static func event(_ text: String, flag: String = "NONE", type: String = "X509") throws -> VICIMessage {
        var event = message(["type": type, "flag": flag, "has_privkey": "yes"])
        event.set("data", bytes: try #require(Base64.decode(text)))
        return event
    }

    @Test("are shown in the layout of strongSwan's swanctl")
    func layout() throws {
        var listing = CertificateListing(short: false, utc: true, now: Self.now)
        let lines = listing.lines(of: try Self.event(SampleCertificates.gateway))
        #expect(
            lines == [
                "", "List of X.509 End Entity Certificates", "",
                "  subject:  \"C=CH, O=x, CN=moon\"",
                "  issuer:   \"C=CH, O=x, CN=CA\"",
                "  validity:  not before Nov 21 20:51:55 UTC 2026, ok",
                "             not after  Nov 21 20:51:55 UTC 2027, ok (expires in 355 days)",
                "  serial:    5c:65:df:af:99:cf:d1:25:8b:8f:71:85:ff:d9:3a:de:0c:e9:37:45",
                "  altNames:  moon.x, 192.0.2.1, a@b",
                "  flags:     serverAuth clientAuth ",
                "  CRL URIs:  http://crl.x/a.crl",
                "  OCSP URIs: http://ocsp.x/",
                "  authkeyId: 2c:09:78:52:cc:45:76:8b:6f:c9:a7:8e:d8:7b:91:c8:c9:ba:af:cf",
                "  subjkeyId: ac:d6:c6:03:c9:8b:98:71:fb:f9:5a:0f:f4:4f:38:87:a4:20:7d:9f",
                "  pubkey:    RSA 2048 bits, has private key",
                "  keyid:     0e:ad:dd:26:5f:f0:29:9b:28:10:f4:76:e6:49:47:2e:fb:16:a3:12",
                "  subjkey:   ac:d6:c6:03:c9:8b:98:71:fb:f9:5a:0f:f4:4f:38:87:a4:20:7d:9f",
            ])
        let second = listing.lines(of: try Self.event(SampleCertificates.authority, flag: "CA"))
        #expect(second[1] == "List of X.509 CA Certificates")
        #expect(second.contains("  flags:     CA self-signed "))
        #expect(second.contains("  pubkey:    ECDSA 256 bits, has private key"))
        #expect(
            listing.lines(of: try Self.event(SampleCertificates.authority, flag: "CA")).prefix(2).last?.hasPrefix(
                "  sub") == true)
    }

    @Test("show every kind of name and of address")
    func names() throws {
        let data = try #require(Base64.decode(SampleCertificates.subordinate))
        let summary = try #require(X509Summary(data))
        #expect(summary.subject == "C=DE, ST=Bayern, L=München, O=A, B, OU=x, E=a@b.c")
        #expect(summary.extensions.alternativeNames == ["http://x/y", "C=DE, CN=dir", "fe80::1"])
        #expect(summary.extensions.pathLength == 2)
        #expect(summary.extensions.signsCRLs)
        #expect(summary.extensions.crlURIs == ["http://a/1.crl", "http://b/2.crl"])
        #expect(summary.extensions.ocspURIs == ["http://o1/", "http://o2/"])
        #expect(summary.publicKey?.description == "ED25519 256 bits")
    }

    @Test("tell what is not valid")
    func validity() throws {
        let data = try #require(Base64.decode(SampleCertificates.gateway))
        let summary = try #require(X509Summary(data))
        func lines(_ now: Int) -> [String] {
            X509Listing(summary: summary, hasPrivateKey: false, short: true, utc: true, now: now).lines
        }
        #expect(lines(summary.notBefore - 3 * 3600)[2].hasSuffix("not valid yet (valid in 3 hours)"))
        #expect(lines(summary.notAfter + 1)[3].hasSuffix("expired (1 second ago)"))
    }

    @Test(
        "cut anywhere or with any byte changed never trap",
        arguments: [
            SampleCertificates.gateway, SampleCertificates.authority, SampleCertificates.subordinate,
        ])
    func damage(text: String) throws {
        let bytes = try #require(Base64.decode(text))
        var listing = CertificateListing(short: false, utc: true, now: Self.now)
        var event = message(["type": "X509"])
        func show(_ data: [UInt8]) {
            event.elements[1...] = [.value(name: "data", bytes: data)]
            _ = listing.lines(of: event)
        }
        for length in bytes.indices { show(Array(bytes[..<length])) }
        for index in bytes.indices {
            for flip: UInt8 in [0x01, 0x10, 0x20, 0x80, 0xff] {
                var changed = bytes
                changed[index] ^= flip
                show(changed)
            }
        }
    }

    @Test("print as PEM")
    func pem() throws {
        let lines = CertificateListing.pem(try Self.event(SampleCertificates.authority))
        #expect(lines.first == "-----BEGIN CERTIFICATE-----")
        #expect(lines.last == "-----END CERTIFICATE-----")
        #expect(lines.dropFirst().dropLast().joined() == SampleCertificates.authority)
        #expect(lines.allSatisfy { $0.count <= 64 })
    }
}

@Suite("Small text formats")
struct TextFormatTests {
    @Test(
        "SHA-1",
        arguments: [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        ])
    func sha1(text: String, digest: String) {
        #expect(MessageText.hex(SHA1.digest(Array(text.utf8))) == digest)
    }

    @Test("base 64", arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func base64(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
        #expect(Base64.decode(encoded + "*") == (encoded.hasSuffix("=") ? Array(text.utf8) : nil))
    }

    @Test(
        "secrets",
        arguments: [
            ("text", Array("text".utf8)), ("0x", []), ("0x0aFF", [10, 255]), ("0xfff", [15, 255]),
            ("0x0a:0b", [10, 11]),
            ("0sAQID", [1, 2, 3]), ("0xzz", nil), ("0s!", nil), ("0", [0x30]),
        ] as [(String, [UInt8]?)])
    func secrets(text: String, data: [UInt8]?) {
        #expect(SecretText.decode(text) == data)
    }

    @Test("options files")
    func optionsFile() {
        #expect(
            OptionsFile.words(of: "# c\n--a 'b c' \"d'e\" f#g ''\n\n -x") == ["--a", "b c", "d'e", "f#g", "", "-x"])
    }

    @Test(
        "durations take the largest unit of which there are more than two",
        arguments: [
            (0, "0 seconds"), (1, "1 second"), (120, "120 seconds"), (121, "2 minutes"), (7201, "2 hours"),
            (172_801, "2 days"),
        ] as [(UInt64, String)])
    func durations(seconds: UInt64, text: String) {
        #expect(DisplayText.duration(seconds) == text)
    }

    @Test("JSON strings")
    func json() {
        #expect(JSONText.string("a\"\\\n\u{1}ü") == "\"a\\\"\\\\\\n\\u0001ü\"")
    }
}
