private import CryptoInterface
private import IPsecModel
import XFRM

/// Finds out whether the kernel can do ESP, by adding an SA that nobody uses and taking it away again.
///
/// A kernel can have the XFRM interface and yet no ESP: SAs are negotiated then, and no packet goes through. It looks
/// for the algorithms before it looks for ESP, so several are tried until one of them is there.
package struct KernelProbe {
    private let channel: any NetlinkChannel
    private let spiRange: ClosedRange<UInt32>

    package init(channel: any NetlinkChannel, spiRange: ClosedRange<UInt32>) {
        self.channel = channel
        self.spiRange = spiRange
    }

    /// `nil` if all is well, or a sentence that says what is missing.
    package func run() -> String? {
        guard let first = attempt(Self.gcm) else { return nil }
        guard first.isMissingAlgorithm else { return explain(first) }
        for attributes in [Self.cbc, Self.null] {
            guard let failure = attempt(attributes) else {
                return "this kernel has ESP but not AES-GCM (CONFIG_CRYPTO_GCM): SAs with it cannot be installed"
            }
            if !failure.isMissingAlgorithm { return explain(failure) }
        }
        return "this kernel has no algorithms for ESP (CONFIG_CRYPTO_GCM, CONFIG_CRYPTO_CBC, CONFIG_CRYPTO_HMAC): "
            + "SAs can be negotiated but no traffic can be protected"
    }

    /// Why an SA with these algorithms cannot be added; `nil` if it can.
    private func attempt(_ attributes: XFRMStateAttributes) -> NetlinkFailure? {
        let loopback = IPAddress(v4: 0x7f00_0001)
        let spi = SPI(rawValue: UInt32.random(in: spiRange))
        let state = XFRMState(
            source: loopback, destination: loopback, spi: spi, ipProtocol: .esp, mode: .transport, reqid: 0)
        do throws(NetlinkFailure) {
            try channel.transact(StateRequest.add(state, attributes))
        } catch {
            // The SPI is somebody's, who has ESP.
            return error.code == NetlinkFailure.exists ? nil : error
        }
        try? channel.transact(
            StateRequest.delete(XFRMStateID(destination: loopback, spi: spi, ipProtocol: .esp, source: loopback)))
        return nil
    }

    private func explain(_ failure: NetlinkFailure) -> String {
        switch failure.code {
        case NetlinkFailure.noProtocol:
            "this kernel cannot do ESP (CONFIG_INET_ESP is missing or the module cannot be loaded): "
                + "SAs can be negotiated but no traffic can be protected"
        case NetlinkFailure.permission:
            "swand needs CAP_NET_ADMIN to install SAs: no traffic can be protected"
        default:
            "this kernel refuses a plain ESP SA: \(failure.reason)"
        }
    }

    // MARK: Algorithms

    private static var gcm: XFRMStateAttributes {
        var attributes = XFRMStateAttributes()
        attributes.aead = .init(name: "rfc4106(gcm(aes))", key: key(20), icvBits: 128)
        return attributes
    }

    private static var cbc: XFRMStateAttributes {
        var attributes = XFRMStateAttributes()
        attributes.encryption = .init(name: "cbc(aes)", key: key(16))
        attributes.authentication = .init(name: "hmac(sha256)", key: key(32), icvBits: 128)
        return attributes
    }

    private static var null: XFRMStateAttributes {
        var attributes = XFRMStateAttributes()
        attributes.encryption = .init(name: "ecb(cipher_null)", key: key(0))
        attributes.authentication = .init(name: "digest_null", key: key(0), icvBits: 0)
        return attributes
    }

    private static func key(_ count: Int) -> SecretBytes {
        SecretBytes(copying: (0..<count).map { _ in UInt8.random(in: 0...255) })
    }
}

extension NetlinkFailure {
    fileprivate var isMissingAlgorithm: Bool { code == Self.noSystemCall || code == Self.noEntry }
}
