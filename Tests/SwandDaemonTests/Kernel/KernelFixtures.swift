import CryptoInterface
import IKESA
import IPsecModel

let alice = IPAddress("192.0.2.1")!
let bob = IPAddress("192.0.2.2")!
let aliceNet = TrafficSelector(network: IPAddress("10.1.0.0")!, prefix: 16)
let bobNet = TrafficSelector(network: IPAddress("10.2.0.0")!, prefix: 16)

func outboundSA(_ spi: UInt32 = 0xc000_0001, mode: ChildConfig.Mode = .tunnel) -> SAParameters {
    var sa = SAParameters(
        identifier: SAIdentifier(
            protocolID: .esp, spi: SPI(rawValue: spi), source: alice, destination: bob),
        isInbound: false, mode: mode, reqid: 1)
    sa.encryption = (.encryption(.aesGCM16, 128), SecretBytes(copying: [UInt8](repeating: 7, count: 20)))
    return sa
}

func inboundSA(_ spi: UInt32 = 0xc000_0002, mode: ChildConfig.Mode = .tunnel) -> SAParameters {
    var sa = SAParameters(
        identifier: SAIdentifier(
            protocolID: .esp, spi: SPI(rawValue: spi), source: bob, destination: alice),
        isInbound: true, mode: mode, reqid: 1)
    sa.encryption = (.encryption(.aesGCM16, 128), SecretBytes(copying: [UInt8](repeating: 8, count: 20)))
    return sa
}

func outboundPolicy(
    spi: UInt32 = 0xc000_0001, reqid: UInt32 = 1, _ policyClass: PolicyParameters.Class = .established,
    mode: ChildConfig.Mode = .tunnel
) -> PolicyParameters {
    PolicyParameters(
        direction: .outbound, source: aliceNet, destination: bobNet,
        action: .protect(
            PolicyTemplate(
                protocolID: .esp, mode: mode, reqid: reqid, source: alice, destination: bob,
                spi: SPI(rawValue: spi))),
        policyClass: policyClass, local: alice, remote: bob)
}
