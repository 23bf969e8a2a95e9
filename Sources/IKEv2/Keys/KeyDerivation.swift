import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Derivation of IKE_SA and CHILD_SA keys (RFC 7296 §2.13 to §2.18).
struct KeyDerivation {
    let crypto: any CryptoProvider

    init(_ crypto: any CryptoProvider) { self.crypto = crypto }

    /// What both sides mixed into an IKE_SA.
    struct Inputs {
        var initiatorNonce: [UInt8]
        var responderNonce: [UInt8]
        var initiatorSPI: IKESPI
        var responderSPI: IKESPI
        /// Whether we are the initiator, who sends with SK_ei and SK_ai.
        var isInitiator: Bool

        init(
            initiatorNonce: [UInt8], responderNonce: [UInt8], initiatorSPI: IKESPI, responderSPI: IKESPI,
            isInitiator: Bool
        ) {
            self.initiatorNonce = initiatorNonce
            self.responderNonce = responderNonce
            self.initiatorSPI = initiatorSPI
            self.responderSPI = responderSPI
            self.isInitiator = isInitiator
        }

        var nonces: [UInt8] { initiatorNonce + responderNonce }
    }

    /// Keys of a new IKE_SA: SKEYSEED = prf(Ni | Nr, g^ir).
    func initialKeys(
        _ proposal: Proposal, sharedSecret: SecretBytes, inputs: Inputs
    ) throws(CryptoError) -> IKEKeys {
        let (protection, prf) = try algorithms(proposal)
        // PRFs with keys of a fixed size take the first half of it from each nonce (RFC 7296 §2.14).
        let key = prf.hasFixedKeySize ? inputs.initiatorNonce.prefix(8) + inputs.responderNonce.prefix(8) : inputs.nonces[...]
        let seed = try SecretBytes(count: prf.outputBytes) { (output) throws(CryptoError) in
            try Array(key).withUnsafeBufferPointer { (key) throws(CryptoError) in
                try sharedSecret.withUnsafeBytes { (secret) throws(CryptoError) in
                    try crypto.prf(prf, key: UnsafeRawBufferPointer(key), [secret], into: output)
                }
            }
        }
        return try expand(seed, protection: protection, prf: prf, inputs: inputs)
    }

    /// Keys of an IKE_SA after an additional key exchange: SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr)
    /// (RFC 9370 §2.2.2).
    func mixedKeys(_ keys: IKEKeys, sharedSecret: SecretBytes, inputs: Inputs) throws(CryptoError) -> IKEKeys {
        let seed = try prfOfSecret(
            keys.prf, key: keys.skD, sharedSecret.appending(SecretBytes(copying: inputs.nonces)))
        return try expand(seed, protection: keys.protection, prf: keys.prf, inputs: inputs)
    }

    /// Keys of an IKE_SA with a post-quantum pre-shared key: SK_d = prf+(PPK, SK_d'), and so SK_pi and SK_pr
    /// (RFC 8784 §3).
    func keys(_ keys: IKEKeys, with ppk: SecretBytes) throws(CryptoError) -> IKEKeys {
        func mixed(_ key: SecretBytes) throws(CryptoError) -> SecretBytes {
            try crypto.prfPlus(keys.prf, key: ppk, seed: key, count: key.count)
        }
        return IKEKeys(
            protection: keys.protection, prf: keys.prf, skD: try mixed(keys.skD), outbound: keys.outbound,
            inbound: keys.inbound, skPLocal: try mixed(keys.skPLocal), skPRemote: try mixed(keys.skPRemote))
    }

    /// Keys of an IKE_SA that replaces another: SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr), with the old PRF
    /// (RFC 7296 §2.18). Additional secrets stand at the end (RFC 9370 §2.2.4).
    func rekeyedKeys(
        _ proposal: Proposal, old: IKEKeys, sharedSecret: SecretBytes, additional: [SecretBytes] = [], inputs: Inputs
    ) throws(CryptoError) -> IKEKeys {
        let (protection, prf) = try algorithms(proposal)
        let seed = try prfOfSecret(
            old.prf, key: old.skD, mixture(sharedSecret, inputs.nonces, additional))
        return try expand(seed, protection: protection, prf: prf, inputs: inputs)
    }

    /// SK(0) | Ni | Nr | SK(1) | … | SK(n)
    private func mixture(_ first: SecretBytes, _ nonces: [UInt8], _ additional: [SecretBytes]) -> SecretBytes {
        additional.reduce(first.appending(SecretBytes(copying: nonces))) { $0.appending($1) }
    }

    /// {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr)
    private func expand(
        _ seed: SecretBytes, protection: MessageProtection, prf: PRFAlgorithm, inputs: Inputs
    ) throws(CryptoError) -> IKEKeys {
        let integrity = protection.integrityKeyBytes
        let encryption = protection.encryptionKeyBytes
        let prfSize = prf.outputBytes
        let material = try crypto.prfPlus(
            prf, key: seed, seed: inputs.nonces + inputs.initiatorSPI.bytes + inputs.responderSPI.bytes,
            count: 3 * prfSize + 2 * integrity + 2 * encryption)
        var offset = 0
        func take(_ count: Int) -> SecretBytes {
            defer { offset += count }
            return material.slice(offset..<offset + count)
        }
        let skD = take(prfSize)
        let (skAi, skAr) = (take(integrity), take(integrity))
        let (skEi, skEr) = (take(encryption), take(encryption))
        let (skPi, skPr) = (take(prfSize), take(prfSize))
        let initiator = DirectionKeys(encryption: skEi, integrity: skAi)
        let responder = DirectionKeys(encryption: skEr, integrity: skAr)
        let isInitiator = inputs.isInitiator
        return IKEKeys(
            protection: protection, prf: prf, skD: skD, outbound: isInitiator ? initiator : responder,
            inbound: isInitiator ? responder : initiator, skPLocal: isInitiator ? skPi : skPr,
            skPRemote: isInitiator ? skPr : skPi)
    }

    /// KEYMAT = prf+(SK_d, [g^ir (new) |] Ni | Nr), first the keys of the SA from initiator to responder
    /// (RFC 7296 §2.17). Additional secrets stand at the end (RFC 9370 §2.2.4).
    func childKeys(
        _ proposal: Proposal, keys: IKEKeys, sharedSecret: SecretBytes?, additional: [SecretBytes] = [],
        initiatorNonce: [UInt8], responderNonce: [UInt8], isInitiator: Bool
    ) throws(CryptoError) -> ChildKeys {
        let sizes = ChildKeySizes(proposal)
        let nonces = initiatorNonce + responderNonce
        let count = 2 * (sizes.encryption + sizes.integrity)
        let material: SecretBytes
        if let sharedSecret {
            material = try crypto.prfPlus(
                keys.prf, key: keys.skD, seed: mixture(sharedSecret, nonces, additional), count: count)
        } else {
            material = try crypto.prfPlus(keys.prf, key: keys.skD, seed: nonces, count: count)
        }
        var offset = 0
        func direction() -> ChildDirectionKeys {
            let encryption = material.slice(offset..<offset + sizes.encryption)
            offset += sizes.encryption
            let integrity = material.slice(offset..<offset + sizes.integrity)
            offset += sizes.integrity
            return ChildDirectionKeys(encryption: encryption, integrity: integrity)
        }
        let fromInitiator = direction()
        let fromResponder = direction()
        return isInitiator
            ? ChildKeys(outbound: fromInitiator, inbound: fromResponder)
            : ChildKeys(outbound: fromResponder, inbound: fromInitiator)
    }

    private func prfOfSecret(
        _ prf: PRFAlgorithm, key: SecretBytes, _ data: SecretBytes
    ) throws(CryptoError) -> SecretBytes {
        try SecretBytes(count: prf.outputBytes) { (output) throws(CryptoError) in
            try key.withUnsafeBytes { (key) throws(CryptoError) in
                try data.withUnsafeBytes { (data) throws(CryptoError) in
                    try crypto.prf(prf, key: key, [data], into: output)
                }
            }
        }
    }

    private func algorithms(_ proposal: Proposal) throws(CryptoError) -> (MessageProtection, PRFAlgorithm) {
        guard let protection = MessageProtection(proposal), let prf = proposal.prf, prf.outputBytes > 0 else {
            throw .unsupported(proposal.description)
        }
        return (protection, prf)
    }
}

extension PRFAlgorithm {
    /// AES-XCBC and AES-CMAC are keyed with 128 bits (RFC 7296 §2.14).
    var hasFixedKeySize: Bool { self == .aesXCBC || self == .aesCMAC }
}

/// Octets of keying material that one direction of a CHILD_SA takes.
struct ChildKeySizes {
    let encryption: Int
    let integrity: Int

    init(_ proposal: Proposal) {
        if let transform = proposal.encryption {
            let algorithm = EncryptionAlgorithm(rawValue: transform.id)
            encryption = Int(transform.keyLength ?? algorithm.fixedKeyLength ?? 0) / 8 + algorithm.saltBytes
            integrity = algorithm.isAEAD ? 0 : proposal.integrity?.keyBytes ?? 0
        } else {
            encryption = 0
            integrity = proposal.integrity?.keyBytes ?? 0
        }
    }
}
