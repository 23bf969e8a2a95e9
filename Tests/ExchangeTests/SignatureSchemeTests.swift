import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Testing

@testable import IKEv2

/// Which signature a key makes for a peer, and which of a peer's the configuration accepts (RFC 7427, RFC 4754).
@Suite("Signature schemes of IKE")
struct SignatureSchemeTests {
    static let every: [HashAlgorithm] = [.sha256, .sha384, .sha512, .identity]

    private func chosen(
        _ kind: PublicKeyKind, _ constraints: [SignatureConstraint] = [], peer: [HashAlgorithm]? = every,
        preferPSS: Bool = false, demandsPSS: Bool = false
    ) -> SignatureScheme? {
        SignatureAuthentication.scheme(
            for: kind, peerHashes: peer, constraints: constraints, preferPSS: preferPSS, demandsPSS: demandsPSS)?.scheme
    }

    @Test("without constraints the hash is as strong as the key")
    func suited() {
        #expect(chosen(.rsa(bits: 2048)) == .rsaPKCS1(.sha256))
        #expect(chosen(.rsa(bits: 2048), preferPSS: true) == .rsaPSS(.sha256))
        #expect(chosen(.ecdsa(bits: 521)) == .ecdsa(.sha512))
        #expect(chosen(.ed448) == .ed448)
        #expect(chosen(.ed25519, peer: [.sha256]) == nil)
        #expect(chosen(.rsa(bits: 2048), peer: nil) == .rsaPKCS1(.sha1))
    }

    @Test("the configured hashes are used in their order, and no others")
    func configured() {
        let strong = SignatureConstraint(key: .any, hashes: ["sha512", "sha384"])
        #expect(chosen(.rsa(bits: 2048), [strong]) == .rsaPKCS1(.sha512))
        #expect(chosen(.rsa(bits: 2048), [strong], peer: [.sha384, .sha256]) == .rsaPKCS1(.sha384))
        #expect(chosen(.rsa(bits: 2048), [strong], peer: [.sha256]) == nil)
        #expect(chosen(.ecdsa(bits: 256), [strong], peer: [.sha256]) == nil)
        let mixed = [
            SignatureConstraint(key: .rsa, hashes: ["sha256"]), SignatureConstraint(key: .rsaPSS, hashes: ["sha512"]),
        ]
        #expect(chosen(.rsa(bits: 2048), mixed) == .rsaPKCS1(.sha256))
        #expect(chosen(.rsa(bits: 2048), mixed, peer: [.sha512]) == .rsaPSS(.sha512))
        #expect(chosen(.ecdsa(bits: 256), mixed) == nil)
        #expect(chosen(.rsa(bits: 2048), [SignatureConstraint(key: .rsaPSS)]) == .rsaPSS(.sha256))
    }

    @Test("a key for RSASSA-PSS makes nothing else")
    func onlyPSS() {
        #expect(chosen(.rsa(bits: 2048), demandsPSS: true) == .rsaPSS(.sha256))
        let rsa = SignatureConstraint(key: .rsa, hashes: ["sha384"])
        #expect(chosen(.rsa(bits: 2048), [rsa], demandsPSS: true) == .rsaPSS(.sha384))
        #expect(chosen(.rsa(bits: 2048), peer: nil, demandsPSS: true) == nil)
        #expect(chosen(.rsa(bits: 2048), peer: [.sha1], demandsPSS: true) == nil)
    }

    @Test("constraints with ike: take the place of those without")
    func forIKE() {
        var settings = EngineSettings()
        let chain = SignatureConstraint(key: .any, hashes: ["sha256"])
        let explicit = SignatureConstraint(key: .any, hashes: ["sha512"], onlyIKE: true)
        #expect([chain].forIKE(settings) == [chain])
        #expect([chain, explicit].forIKE(settings) == [explicit])
        settings.signatureAuthenticationConstraints = false
        #expect([chain].forIKE(settings) == [])
        #expect([chain, explicit].forIKE(settings) == [explicit])
    }

    @Test("what the configuration accepts is announced, and everything where it names nothing")
    func announcement() {
        #expect(SignatureAuthentication.announcement([]) == [0, 2, 0, 3, 0, 4, 0, 5])
        let strong = SignatureConstraint(key: .any, hashes: ["sha512", "sha384"])
        #expect(SignatureAuthentication.announcement([strong]) == [0, 3, 0, 4])
        #expect(SignatureAuthentication.announcement([strong, SignatureConstraint(key: .ed25519)]) == [0, 3, 0, 4, 0, 5])
        #expect(SignatureAuthentication.announcement([SignatureConstraint(key: .rsa, leastBits: 3072)]).count == 8)
        #expect(SignatureAuthentication.announcement([SignatureConstraint(key: .any, hashes: ["md5"])]).count == 8)
    }

    @Test("a peer's scheme must meet a constraint, and SHA-1 is for the methods of RFC 7296 alone")
    func allowed() {
        func isAllowed(
            _ scheme: SignatureScheme, _ kind: PublicKeyKind, _ constraints: SignatureConstraint...
        ) -> Bool {
            SignatureAuthentication.isAllowed(
                scheme, method: .digitalSignature, kind: kind, constraints: constraints)
        }
        #expect(isAllowed(.rsaPKCS1(.sha256), .rsa(bits: 2048)))
        #expect(!isAllowed(.rsaPKCS1(.sha1), .rsa(bits: 2048)))
        let strong = SignatureConstraint(key: .rsa, leastBits: 3072, hashes: ["sha384"])
        #expect(!isAllowed(.rsaPKCS1(.sha384), .rsa(bits: 2048), strong))
        #expect(isAllowed(.rsaPKCS1(.sha384), .rsa(bits: 3072), strong))
        #expect(!isAllowed(.rsaPKCS1(.sha256), .rsa(bits: 3072), strong))
        #expect(!isAllowed(.ecdsa(.sha384), .ecdsa(bits: 384), strong))
        #expect(!isAllowed(.rsaPKCS1(.sha256), .rsa(bits: 2048), SignatureConstraint(key: .rsaPSS)))
    }

    @Test("the methods of RFC 4754 go with one curve and one hash each")
    func concatenated() {
        func isAllowed(_ hash: HashAlgorithm, _ bits: Int) -> Bool {
            SignatureAuthentication.isAllowed(
                .ecdsaConcatenated(hash), method: .ecdsa256, kind: .ecdsa(bits: bits), constraints: [])
        }
        #expect(isAllowed(.sha256, 256) && isAllowed(.sha384, 384) && isAllowed(.sha512, 521))
        #expect(!isAllowed(.sha256, 384) && !isAllowed(.sha512, 512) && !isAllowed(.sha512, 256))
    }
}
