private import CryptoInterface
private import IPsecModel
import XFRM

/// Finds out whether the kernel can do ESP, by adding an SA that nobody uses and taking it away again.
///
/// A kernel can have the XFRM interface and yet no ESP: SAs are negotiated then, and no packet goes through.
package struct KernelProbe {
    private let channel: any NetlinkChannel
    private let spiRange: ClosedRange<UInt32>

    package init(channel: any NetlinkChannel, spiRange: ClosedRange<UInt32>) {
        self.channel = channel
        self.spiRange = spiRange
    }

    /// `nil` if all is well, or a sentence that says what is missing.
    package func run() -> String? {
        let loopback = IPAddress(v4: 0x7f00_0001)
        let spi = SPI(rawValue: UInt32.random(in: spiRange))
        let state = XFRMState(
            source: loopback, destination: loopback, spi: spi, ipProtocol: .esp, mode: .transport, reqid: 0)
        var attributes = XFRMStateAttributes()
        let key = SecretBytes(copying: (0..<20).map { _ in UInt8.random(in: 0...255) })
        attributes.aead = .init(name: "rfc4106(gcm(aes))", key: key, icvBits: 128)
        do throws(NetlinkFailure) {
            try channel.transact(StateRequest.add(state, attributes))
        } catch {
            return explain(error)
        }
        try? channel.transact(
            StateRequest.delete(XFRMStateID(destination: loopback, spi: spi, ipProtocol: .esp, source: loopback)))
        return nil
    }

    private func explain(_ failure: NetlinkFailure) -> String? {
        switch failure.code {
        case NetlinkFailure.noProtocol:
            "this kernel cannot do ESP (CONFIG_INET_ESP is missing or the module cannot be loaded): "
                + "SAs can be negotiated but no traffic can be protected"
        case NetlinkFailure.permission:
            "swand needs CAP_NET_ADMIN to install SAs: no traffic can be protected"
        case NetlinkFailure.noSystemCall, NetlinkFailure.noEntry:
            "this kernel has ESP but not AES-GCM (CONFIG_CRYPTO_GCM): SAs with it cannot be installed"
        case NetlinkFailure.exists:
            nil  // the SPI is somebody's, who has ESP
        default:
            "this kernel refuses a plain ESP SA: \(failure.reason)"
        }
    }
}
