package import CryptoInterface
import IPsecModel
import Wire

extension OpenSSLProvider {
    /// Known answers of what every deployment uses, in a few milliseconds: a broken or miscompiled libcrypto is found
    /// before a peer finds it. What a policy forbids is passed over.
    ///
    /// - Throws: ``CryptoError/backend(_:)`` with the name of the test that failed.
    package static func selfTest() throws(CryptoError) {
        try run { (it) throws(CryptoError) in try digests(it) }
        try run { (it) throws(CryptoError) in try pseudoRandomFunctions(it) }
        try run { (it) throws(CryptoError) in try aead(it) }
        try run { (it) throws(CryptoError) in try encryptThenMAC(it) }
        try run { (it) throws(CryptoError) in try curve25519(it) }
        try run { (it) throws(CryptoError) in try ecp256(it) }
        try run { (it) throws(CryptoError) in try agreement(it) }
    }

    private static func run(_ test: (OpenSSLProvider) throws(CryptoError) -> Void) throws(CryptoError) {
        do throws(CryptoError) {
            try test(OpenSSLProvider())
        } catch {
            guard case .unsupported = error else { throw error }
        }
    }

    private static func expect(_ condition: Bool, _ name: String) throws(CryptoError) {
        guard condition else { throw .backend("self test failed: \(name)") }
    }

    private static func octets(_ text: String) -> [UInt8] { bytes(hexadecimal: text) ?? [] }

    /// FIPS 180-2, "abc".
    private static func digests(_ provider: OpenSSLProvider) throws(CryptoError) {
        let digest = try provider.hash(.sha256, Array("abc".utf8))
        let expected = octets("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        try expect(digest == expected, "SHA-256")
    }

    /// RFC 4231 §4.3 and RFC 4434 §4.
    private static func pseudoRandomFunctions(_ provider: OpenSSLProvider) throws(CryptoError) {
        let key = SecretBytes(copying: Array("Jefe".utf8))
        let mac = try provider.prf(.hmacSHA256, key: key, Array("what do ya want for nothing?".utf8))
        let expected = octets("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        try expect(mac.isEqual(to: SecretBytes(copying: expected)), "HMAC-SHA-256")

        let xcbc = try provider.prf(.aesXCBC, key: SecretBytes(copying: Array(0..<16)), Array(0..<20))
        let xcbcExpected = octets("47f51b4564966215b8985c63055ed308")
        try expect(xcbc.isEqual(to: SecretBytes(copying: xcbcExpected)), "AES-XCBC-PRF-128")
    }

    /// McGrew and Viega, test case 4, with the first four octets of the nonce as salt.
    private static func aead(_ provider: OpenSSLProvider) throws(CryptoError) {
        let protection = MessageProtection(encryption: .aesGCM16, keyLength: 128, integrity: nil)
        let keys = DirectionKeys(
            encryption: SecretBytes(copying: octets("feffe9928665731c6d6a8f9467308308cafebabe")),
            integrity: SecretBytes(copying: []))
        let header = octets("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        let text = octets(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5"
                + "aa0de657ba637b39")
        let tag = octets("5bc94fbc3221a5db94fae95ae7121a47")
        var message = header + [UInt8](repeating: 0, count: 8) + text + [UInt8](repeating: 0, count: 16)
        try provider.seal(
            protection, keys: keys, message: &message, headerLength: header.count, ivCounter: 0xface_dbad_deca_f888)
        try expect(Array(message.suffix(16)) == tag, "AES-128-GCM")
        try provider.open(protection, keys: keys, message: &message, headerLength: header.count)
        try expect(Array(message[28..<28 + text.count]) == text, "AES-128-GCM decryption")
    }

    /// A round trip and an altered octet.
    private static func encryptThenMAC(_ provider: OpenSSLProvider) throws(CryptoError) {
        let protection = MessageProtection(encryption: .aesCBC, keyLength: 256, integrity: .hmacSHA256_128)
        let keys = DirectionKeys(
            encryption: SecretBytes(copying: Array(0..<32)), integrity: SecretBytes(copying: Array(32..<64)))
        let text = [UInt8](64..<96)
        var message = [UInt8](repeating: 7, count: 28 + 16) + text + [UInt8](repeating: 0, count: 16)
        try provider.seal(protection, keys: keys, message: &message, headerLength: 28, ivCounter: 1)
        var altered = message
        altered[30] ^= 1
        try expect(isRefused(provider, protection, keys, &altered), "an altered message")
        try provider.open(protection, keys: keys, message: &message, headerLength: 28)
        try expect(Array(message[44..<76]) == text, "AES-256-CBC with HMAC-SHA-256")
    }

    private static func isRefused(
        _ provider: OpenSSLProvider, _ protection: MessageProtection, _ keys: DirectionKeys, _ message: inout [UInt8]
    ) -> Bool {
        do throws(CryptoError) {
            try provider.open(protection, keys: keys, message: &message, headerLength: 28)
            return false
        } catch {
            return error == .integrity
        }
    }

    /// RFC 7748 §6.1.
    private static func curve25519(_ provider: OpenSSLProvider) throws(CryptoError) {
        guard let group = try provider.keyExchanges.group(.curve25519) as? MontgomeryGroup else { return }
        let pair = try group.pair(
            privateKey: octets("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
        let secret = try pair.sharedSecret(
            peer: octets("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"))
        let expected = octets("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
        try expect(secret.isEqual(to: SecretBytes(copying: expected)), "X25519")
    }

    /// RFC 5903 §8.1.
    private static func ecp256(_ provider: OpenSSLProvider) throws(CryptoError) {
        guard let group = try provider.keyExchanges.group(.ecp256) as? PrimeCurveGroup else { return }
        let pair = try group.pair(
            privateKey: octets("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"),
            publicValue: octets(
                "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
                    + "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3"))
        let secret = try pair.sharedSecret(
            peer: octets(
                "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
                    + "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab"))
        let expected = octets("d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de")
        try expect(secret.isEqual(to: SecretBytes(copying: expected)), "ECP-256")
    }

    /// Both sides of MODP-2048 find the same secret.
    private static func agreement(_ provider: OpenSSLProvider) throws(CryptoError) {
        let ours = try provider.keyExchange(.modp2048)
        let answer = try provider.answerKeyExchange(.modp2048, peer: ours.publicValue)
        let secret = try ours.sharedSecret(peer: answer.publicValue)
        try expect(secret.count == 256 && secret.isEqual(to: answer.secret), "MODP-2048")
    }
}
