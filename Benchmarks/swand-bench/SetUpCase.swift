import CBenchmark
import IPsecModel

/// One way to set up an IKE_SA with a CHILD_SA.
struct SetUpCase {
    let name: String
    let ike: String
    let esp: String
    /// "EC" or "RSA"; `nil`: pre-shared keys.
    let certificates: String?
    /// libcrypto's names, for the floor.
    let group: String
    let cipher: String

    static let psk = SetUpCase(
        name: "psk-x25519", ike: "aes256gcm16-prfsha256-x25519", esp: "aes256gcm16", certificates: nil,
        group: "X25519", cipher: "AES-256-GCM")
    static let certificates = SetUpCase(
        name: "ec256-x25519", ike: "aes128gcm16-prfsha256-x25519", esp: "aes128gcm16", certificates: "EC",
        group: "X25519", cipher: "AES-128-GCM")
    static let all = [
        psk,
        SetUpCase(
            name: "psk-ecp256", ike: "aes128gcm16-prfsha256-ecp256", esp: "aes128gcm16", certificates: nil,
            group: "P-256", cipher: "AES-128-GCM"),
        certificates,
        SetUpCase(
            name: "ec256-ecp256", ike: "aes128gcm16-prfsha256-ecp256", esp: "aes128gcm16", certificates: "EC",
            group: "P-256", cipher: "AES-128-GCM"),
        SetUpCase(
            name: "rsa-modp2048", ike: "aes128-sha256-modp2048", esp: "aes128-sha256", certificates: "RSA",
            group: "modp_2048", cipher: "AES-128-CBC"),
    ]

    func ikeProposal() throws -> Proposal { try Proposal.parse(ike, protocol: .ike) }
    func espProposal() throws -> Proposal { try Proposal.parse(esp, protocol: .esp) }
}
