import CryptoInterface
import PKI
import Testing

/// Keys that look like others: of the size of P-256 but on another curve, RSA but for one kind of signature.
@Suite("Keys with limits")
struct LimitedKeyTests {
    @Test("a Brainpool key signs by RFC 7427, and not with the methods of RFC 4754")
    func brainpool() throws {
        let key = try privateKey(Self.brainpool256)
        #expect(key.kind == .ecdsa(bits: 256))
        let publicKey = try PublicKey(subjectPublicKeyInfo: key.subjectPublicKeyInfo)
        let signature = try key.sign(.ecdsa(.sha256), [1])
        #expect(publicKey.isValid(signature, scheme: .ecdsa(.sha256), over: [1]))
        #expect(throws: CryptoError.self) { try key.sign(.ecdsaConcatenated(.sha256), [1]) }
    }

    @Test("a key for RSASSA-PSS says so and refuses PKCS #1")
    func pss() throws {
        let key = try privateKey(Self.rsaPSS)
        #expect(key.demandsPSS)
        #expect(try !privateKey(Fixtures.rsaKey).demandsPSS)
        let publicKey = try PublicKey(subjectPublicKeyInfo: key.subjectPublicKeyInfo)
        let signature = try key.sign(.rsaPSS(.sha384), [1])
        #expect(publicKey.isValid(signature, scheme: .rsaPSS(.sha384), over: [1]))
        #expect(throws: CryptoError.self) { try key.sign(.rsaPKCS1(.sha256), [1]) }
        #expect(!publicKey.isValid(signature, scheme: .rsaPKCS1(.sha384), over: [1]))
    }

    // Made with `openssl genpkey`; they open nothing.
    static let brainpool256 = """
        -----BEGIN PRIVATE KEY-----
        MIGIAgEAMBQGByqGSM49AgEGCSskAwMCCAEBBwRtMGsCAQEEIDxq/X9cLak3oW7M
        QuXXvVzWih3qy71z5RnvWn4sP8e5oUQDQgAEN4YCVkKUE6tlZupg+16iBsd/NydY
        8Apxp8//0anlXfF4PkAQgI9wI2PQJAqg0K10/BmdFhzIdebDEpJCrYzIHQ==
        -----END PRIVATE KEY-----
        """
    static let rsaPSS = """
        -----BEGIN PRIVATE KEY-----
        MIIEvAIBADALBgkqhkiG9w0BAQoEggSoMIIEpAIBAAKCAQEAxKsoUgkl5mGYW4MO
        SGTRrK1CVdqqlsv7C06bDZ4SyfAmL4ew1vkhrNaf8NZM2FEtW5swho3Vf5FvnVjv
        pv/dQHlo4CcAVgrMIn6PmGzCXqWpmeHwLnA15ueGXzIcPwUVUfu2erZaijkGvcRk
        DXUo0/Hg82uMyMPNi6eQRgwc8nZ9H9KkGxOjHDBsdVIm19yAeBnyxwdR5aJTBDiX
        KdzpcyurRN1FFw3Py17sSqFr18TkMmaVnTsrlspV6EpAzraLB4HQYrNhwwsNEksr
        N0Mf+BhByOT8P4XKkIi7PunvhDDetlWnJekXcYjFPVOcjBBsyzmR9MiDuSMwlRLe
        SLXnGwIDAQABAoIBABrf1qErLdom8PZkWMHMwRgrDtsDh/cWRaZcZfS86o1cuyMY
        lDI0FgVzyKRU7GhM43lWohFo9Uk62vkx64GzCg1i6dFjkviu/gkiqUWnawIa+iuU
        g8kcvUjhz2tXwiNccvbigiOPopyrwT+SRCfQoDUiIt6wjirrEr3oNl9UDWqWR9Z+
        URH9CMOSzZT0TnMHO3ljq0JhxKWsEy9U0b+XVW55MK21qw9k9wFHWnByxe2aePHk
        +B04t/J7UHw3H6soRWJVHjkqRxedwIRgKHVNrQRGGVSu+dESzUky5uFy8WiWN8EW
        BWCT0UKCLDGahahC1MEcghzxJJHw7ymGxmrrT/0CgYEA9q+DsIkCRhVHQgcCb452
        B2+UjRkor+ccZuAMYHlEgmTRtfqNb0zCmV7WiksecX8ZuT/ywNaMHAmIhAI/GE8Z
        X9qfVAySYmswPAEzop/ee6fYRiqVUm5JoOuwKiA2uDtobNIw05jA33+oZnWRf0rA
        S0mrf3wvdKnnO9/pJ/yl+wcCgYEAzBgsi/A59lgBuxT4Pwfyq/SUEl1Mwjn1/0Dq
        ZIBIco2VT+yj/41gdGe/qVbvaEbKgrzimc/+SAu94hdzdO3JCEiOQY5UGflPzNjC
        NbGWknLkgWCkk9G0CormJJHVmCzLPI5DqD251tRgupqvxN/DrJeEAOgTO+/RfDSV
        +3vD6k0CgYEArf9qsdBR7EEB/A6ZpzojAmevrj56tmgbXmzWDg47RoX6bZOGw2Sv
        NiLwzKbjmEaATGxQu7gZJ4WJ5yL2ghz41uWL0Gr1rbnRUeG/HAwLj8j6AbPzkyr7
        gCf+IBiMwDIXG/q+OeHa2Upf67UtpU2CiRgzgT6E8pMM6Oystmm8YW0CgYBcfpQp
        s2xBVW8rXvyGbE6xWX2FuRzhZS00SjIv6+dpavsBJsjIN0VAXAiDcS+8vWBn0byM
        YrPl6NRcU65yjpUuGNvHn/5DazacKpwRg3Mu2bzvWWIcz8vdf0d/yUvY1Gwi/IJz
        C85eKw/PYe1ItvRSErSzSHn3Dt+Mf7R9LYEDfQKBgQD2FTgQisMPTatZeqihnrMD
        ufMftY3jBjFwG3yIYoLzRv89TfF/WJTAn+NWevO/Wz/XvKI5nGPiQxUNmyMrLR1h
        6+1WsNnj9XXdN5YqQJiagN0acHVvJLzXSbLpS/CmbU/6ryL7gGg8zHbK0MnA8Cs7
        01IlORwdeMJha2bLUv57XQ==
        -----END PRIVATE KEY-----
        """
}
