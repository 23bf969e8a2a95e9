import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing
import Wire

@testable import IKEv2

@Suite("Keys and transcript of additional key exchanges")
struct IntermediateTranscriptTests {
    private let crypto = SeededCrypto(seed: 1)
    private let proposal = Proposal(
        protocolID: .ike, transforms: [.encryption(.aesGCM16, 128), .prf(.hmacSHA256), .keyExchange(.curve25519)])
    private let nonceI = [UInt8](0x10..<0x30)
    private let nonceR = [UInt8](0x40..<0x60)
    private let initiatorSPI = IKESPI(rawValue: 0x0102_0304_0506_0708)
    private let responderSPI = IKESPI(rawValue: 0x1112_1314_1516_1718)

    private var inputs: KeyDerivation.Inputs {
        KeyDerivation.Inputs(
            initiatorNonce: nonceI, responderNonce: nonceR, initiatorSPI: initiatorSPI, responderSPI: responderSPI,
            isInitiator: true)
    }

    private func secret(_ octet: UInt8) -> SecretBytes { SecretBytes(copying: [UInt8](repeating: octet, count: 32)) }
    private func bytes(_ secret: SecretBytes) -> [UInt8] { secret.withUnsafeBytes { Array($0) } }
    private func hmac(_ key: [UInt8], _ data: [UInt8]) throws -> [UInt8] {
        bytes(try crypto.prf(.hmacSHA256, key: SecretBytes(copying: key), data))
    }

    /// prf+ of RFC 7296 §2.13, written out.
    private func expand(_ key: [UInt8], _ seed: [UInt8], _ count: Int) throws -> [UInt8] {
        var output: [UInt8] = []
        var block: [UInt8] = []
        var number: UInt8 = 1
        while output.count < count {
            block = try hmac(key, block + seed + [number])
            output += block
            number += 1
        }
        return Array(output.prefix(count))
    }

    private func expectKeys(_ keys: IKEKeys, of skeyseed: [UInt8]) throws {
        let spis = [UInt8](0x01...0x08) + [UInt8](0x11...0x18)
        let material = try expand(skeyseed, nonceI + nonceR + spis, 32 + 20 + 20 + 32 + 32)
        #expect(bytes(keys.skD) == Array(material[0..<32]))
        #expect(bytes(keys.outbound.encryption) == Array(material[32..<52]))
        #expect(bytes(keys.inbound.encryption) == Array(material[52..<72]))
        #expect(bytes(keys.skPLocal) == Array(material[72..<104]))
        #expect(bytes(keys.skPRemote) == Array(material[104..<136]))
    }

    @Test("SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr)")
    func mixedKeys() throws {
        let derivation = KeyDerivation(crypto)
        let first = try derivation.initialKeys(proposal, sharedSecret: secret(1), inputs: inputs)
        let second = try derivation.mixedKeys(first, sharedSecret: secret(2), inputs: inputs)
        try expectKeys(second, of: hmac(bytes(first.skD), bytes(secret(2)) + nonceI + nonceR))
        let third = try derivation.mixedKeys(second, sharedSecret: secret(3), inputs: inputs)
        try expectKeys(third, of: hmac(bytes(second.skD), bytes(secret(3)) + nonceI + nonceR))
    }

    @Test("a rekeyed IKE_SA: SKEYSEED = prf(SK_d, SK(0) | Ni | Nr | SK(1) | SK(2))")
    func rekeyedKeys() throws {
        let derivation = KeyDerivation(crypto)
        let old = try derivation.initialKeys(proposal, sharedSecret: secret(1), inputs: inputs)
        let new = try derivation.rekeyedKeys(
            proposal, old: old, sharedSecret: secret(2), additional: [secret(3), secret(4)], inputs: inputs)
        let data = bytes(secret(2)) + nonceI + nonceR + bytes(secret(3)) + bytes(secret(4))
        try expectKeys(new, of: hmac(bytes(old.skD), data))
    }

    @Test("a CHILD_SA: KEYMAT = prf+(SK_d, SK(0) | Ni | Nr | SK(1) | SK(2))")
    func childKeys() throws {
        let derivation = KeyDerivation(crypto)
        let keys = try derivation.initialKeys(proposal, sharedSecret: secret(1), inputs: inputs)
        let esp = Proposal(protocolID: .esp, transforms: [.encryption(.aesGCM16, 128), .keyExchange(.curve25519)])
        let child = try derivation.childKeys(
            esp, keys: keys, sharedSecret: secret(2), additional: [secret(3), secret(4)], initiatorNonce: nonceI,
            responderNonce: nonceR, isInitiator: true)
        let seed = bytes(secret(2)) + nonceI + nonceR + bytes(secret(3)) + bytes(secret(4))
        let material = try expand(bytes(keys.skD), seed, 40)
        #expect(bytes(child.outbound.encryption) == Array(material[..<20]))
        #expect(bytes(child.inbound.encryption) == Array(material[20...]))
    }

    @Test("a PPK: SK_d = prf+(PPK, SK_d'), and so SK_pi and SK_pr; the others stay")
    func ppk() throws {
        let derivation = KeyDerivation(crypto)
        let plain = try derivation.initialKeys(proposal, sharedSecret: secret(1), inputs: inputs)
        let mixed = try derivation.keys(plain, with: secret(9))
        #expect(try bytes(mixed.skD) == expand(bytes(secret(9)), bytes(plain.skD), 32))
        #expect(try bytes(mixed.skPLocal) == expand(bytes(secret(9)), bytes(plain.skPLocal), 32))
        #expect(try bytes(mixed.skPRemote) == expand(bytes(secret(9)), bytes(plain.skPRemote), 32))
        #expect(bytes(mixed.outbound.encryption) == bytes(plain.outbound.encryption))
        #expect(bytes(mixed.inbound.encryption) == bytes(plain.inbound.encryption))
    }

    // One exchange with a KE payload of four octets each way, octet by octet.
    @Test("IntAuth = IntAuth_i | IntAuth_r | message ID of IKE_AUTH, over messages with adjusted lengths")
    func transcript() throws {
        let payload: [UInt8] = [0, 0, 0, 12, 0, 19, 0, 0, 1, 2, 3, 4]
        let spis = [UInt8](0x01...0x08) + [UInt8](0x11...0x18)
        func message(flags: UInt8, id: UInt8) -> [UInt8] {
            spis + [46, 0x20, 43, flags, 0, 0, 0, id, 0, 0, 0, 44] + [34, 0, 0, 16] + payload
        }
        var transcript = IntermediateTranscript()
        #expect(transcript.signedOctets == [])
        var ofInitiator: [UInt8] = []
        var ofResponder: [UInt8] = []
        for id in UInt8(1)...2 {
            for flags in [IKEHeader.Flags.initiator, .response] {
                let header = IKEHeader(
                    initiatorSPI: initiatorSPI, responderSPI: responderSPI, nextPayload: .encryptedFragment,
                    exchange: .ikeIntermediate, flags: flags, messageID: UInt32(id), length: 999)
                try transcript.append(
                    header, first: .keyExchange, payloads: payload,
                    key: secret(flags == .initiator ? id : 0x80 + id), prf: .hmacSHA256, crypto: crypto)
            }
            ofInitiator = try hmac(bytes(secret(id)), ofInitiator + message(flags: 0x08, id: id))
            ofResponder = try hmac(bytes(secret(0x80 + id)), ofResponder + message(flags: 0x20, id: id))
            #expect(transcript.signedOctets == ofInitiator + ofResponder + [0, 0, 0, id + 1])
        }
    }
}
