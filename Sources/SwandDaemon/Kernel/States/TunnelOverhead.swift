package import IKESA
import IPsecModel
import XFRM

/// What a packet grows by on its way into a tunnel.
package struct TunnelOverhead: Hashable, Sendable {
    /// Outer IP header, UDP header where there is one, header and IV of ESP (or all of AH), and the ICV.
    var fixed: UInt32
    /// What the padded packet is a multiple of; the padding ends with two octets of its own (RFC 4303 §2.4). 0: no
    /// padding.
    var block: UInt32

    /// The largest packet that fits into a link with this MTU once it is protected.
    package func innerMTU(of link: UInt32) -> UInt32 {
        let room = link > fixed ? link - fixed : 0
        guard block > 0 else { return room }
        let whole = room / block * block
        return whole > 2 ? whole - 2 : 0
    }
}

extension SAParameters {
    /// `nil` where the algorithms are none that the kernel knows.
    package var overhead: TunnelOverhead? {
        let outer: UInt32 = identifier.source.family == .v4 ? 20 : 40
        let udp: UInt32 = encapsulation == nil ? 0 : 8
        let mac = integrity.flatMap { KernelAlgorithm.mac($0.algorithm)?.truncatedBits }.map { $0 / 8 } ?? 0
        guard identifier.protocolID == .esp else {
            // The whole header is a multiple of 4 octets in IPv4, of 8 in IPv6 (RFC 4302 §3.3.3.2.1).
            let unit: UInt32 = identifier.source.family == .v4 ? 4 : 8
            return TunnelOverhead(fixed: outer + (12 + mac + unit - 1) / unit * unit, block: 0)
        }
        guard let transform = encryption?.transform else { return nil }
        let algorithm = EncryptionAlgorithm(rawValue: transform.id)
        let base = outer + udp + 8
        if let aead = KernelAlgorithm.aead(algorithm) {
            return TunnelOverhead(fixed: base + 8 + aead.icvBits / 8, block: 4)
        }
        switch KernelAlgorithm.cipher(algorithm) {
        case "ecb(cipher_null)": return TunnelOverhead(fixed: base + mac, block: 4)
        case "rfc3686(ctr(aes))": return TunnelOverhead(fixed: base + 8 + mac, block: 4)
        case "cbc(aes)", "cbc(camellia)": return TunnelOverhead(fixed: base + 16 + mac, block: 16)
        case nil: return nil
        default: return TunnelOverhead(fixed: base + 8 + mac, block: 8)
        }
    }
}
