import COpenSSL
import IPsecModel

/// The two encodings of an ECDSA signature: DER (RFC 7427) and r, s side by side (RFC 4754).
enum ECDSASignature {
    static func concatenated(der: [UInt8], bits: Int) -> [UInt8]? {
        let signature = decoded(der, { d2i_ECDSA_SIG(nil, $0, $1) }, free: ECDSA_SIG_free)
        guard let signature else { return nil }
        defer { ECDSA_SIG_free(signature) }
        let size = (bits + 7) / 8
        var plain = [UInt8](repeating: 0, count: 2 * size)
        let isWritten = plain.withUnsafeMutableBufferPointer { buffer -> Bool in
            guard let start = buffer.baseAddress else { return false }
            return BN_bn2binpad(ECDSA_SIG_get0_r(signature), start, Int32(size)) >= 0
                && BN_bn2binpad(ECDSA_SIG_get0_s(signature), start + size, Int32(size)) >= 0
        }
        return isWritten ? plain : nil
    }

    static func der(concatenated: [UInt8], bits: Int) -> [UInt8]? {
        let size = (bits + 7) / 8
        guard concatenated.count == 2 * size else { return nil }
        return DER.element(
            DER.Tag.sequence, integer(concatenated[..<size]) + integer(concatenated[size...]))
    }

    /// An unsigned number without needless zeros in front.
    private static func integer(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        let digits = Array(octets.drop { $0 == 0 })
        let needsZero = digits.first.map { $0 >= 0x80 } ?? true
        return DER.element(DER.Tag.integer, (needsZero ? [0] : []) + digits)
    }
}
