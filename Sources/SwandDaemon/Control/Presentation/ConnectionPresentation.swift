import IPsecModel
import VICI

/// Configured connections with charon's keys and spellings (`list-conn`).
struct ConnectionPresentation {
    /// The subject of a configured certificate, from its DER.
    let subject: ([UInt8]) -> String

    func connection(_ connection: PeerConfig) -> VICIMessage {
        var section = VICIMessage()
        section.list("local_addrs", connection.localAddresses.map { "\($0)" })
        section.list("remote_addrs", connection.remoteAddresses.map { "\($0)" })
        section.set("version", Self.name(of: connection.version))
        section.set("reauth_time", connection.reauthTime.inSeconds)
        section.set("rekey_time", connection.rekeyTime.inSeconds)
        section.set("unique", Self.name(of: connection.unique))
        if connection.dpdDelay > .zero { section.set("dpd_delay", connection.dpdDelay.inSeconds) }
        if connection.dpdTimeout > .zero { section.set("dpd_timeout", connection.dpdTimeout.inSeconds) }
        section.set("ppk_id", ifPresent: connection.ppkID.map { "\($0)" })
        if connection.ppkRequired { section.set("ppk_required", true) }
        for (index, round) in connection.local.enumerated() { section.section("local-\(index + 1)", local(round)) }
        for (index, round) in connection.remote.enumerated() { section.section("remote-\(index + 1)", remote(round)) }
        section.section("children") { children in
            for child in connection.children { children.section(child.name, Self.child(child)) }
        }
        return section
    }

    // MARK: Authentication

    private func local(_ round: LocalAuthentication) -> VICIMessage {
        var section = VICIMessage()
        section.set("id", ifPresent: round.identity.map { "\($0)" })
        section.set("eap_id", ifPresent: round.eapIdentity.map { "\($0)" })
        section.set("aaa_id", ifPresent: round.aaaIdentity.map { "\($0)" })
        section.set("xauth_id", ifPresent: round.xauthIdentity)
        Self.method(round.method, into: &section)
        section.list("groups", [String]())
        section.list("cert_policy", [String]())
        section.list("certs", round.certificates.map(subject))
        section.list("cacerts", [String]())
        return section
    }

    private func remote(_ round: RemoteAuthentication) -> VICIMessage {
        var section = VICIMessage()
        section.set("id", ifPresent: Self.text(of: round.identity))
        section.set("eap_id", ifPresent: round.eapIdentity.map { "\($0)" })
        section.set("ca_id", ifPresent: round.authorityIdentity.map { "\($0)" })
        Self.method(round.method, into: &section)
        section.set("revocation", ifPresent: Self.name(of: round.revocation))
        section.list("groups", round.groups)
        section.list("cert_policy", round.certificatePolicies)
        section.list("certs", round.certificates.map(subject))
        section.list("cacerts", round.authorities.map(subject))
        return section
    }

    private static func method(_ method: AuthenticationMethod, into section: inout VICIMessage) {
        switch method {
        case .pubkey: section.set("class", "public key")
        case .psk: section.set("class", "pre-shared key")
        case .eap(let type):
            section.set("eap-type", "EAP_" + type.uppercased())
            section.set("class", "EAP")
        case .xauth(let backend):
            section.set("class", "XAuth")
            if !backend.isEmpty { section.set("xauth", backend) }
        }
    }

    /// `nil` for any identity, which charon does not list.
    private static func text(of pattern: IdentityPattern) -> String? {
        switch pattern {
        case .any: nil
        case .identity(let identity): "\(identity)"
        case .regex(_, let pattern): pattern
        }
    }

    /// charon lists the validation result that a policy asks for; the default is not listed.
    private static func name(of revocation: RemoteAuthentication.Revocation) -> String? {
        switch revocation {
        case .relaxed: nil
        case .ifURI: "SKIPPED"
        case .strict: "GOOD"
        }
    }

    private static func name(of version: PeerConfig.Version) -> String {
        switch version {
        case .any: "IKEv1/2"
        case .ikev1: "IKEv1"
        case .ikev2: "IKEv2"
        }
    }

    private static func name(of policy: PeerConfig.UniquePolicy) -> String {
        switch policy {
        case .never: "UNIQUE_NEVER"
        case .no: "UNIQUE_NO"
        case .replace: "UNIQUE_REPLACE"
        case .keep: "UNIQUE_KEEP"
        }
    }

    // MARK: Children

    private static func child(_ child: ChildConfig) -> VICIMessage {
        var section = VICIMessage()
        section.set("mode", child.mode.rawValue)
        section.set("label", ifPresent: child.label)
        section.set("rekey_time", child.lifetime.rekeyTime.inSeconds)
        section.set("rekey_bytes", child.lifetime.rekeyBytes)
        section.set("rekey_packets", child.lifetime.rekeyPackets)
        section.set("dpd_action", name(of: child.dpdAction))
        section.set("close_action", name(of: child.closeAction))
        section.list("local-ts", child.localSelectors.map(SelectorText.text))
        section.list("remote-ts", child.remoteSelectors.map(SelectorText.text))
        section.set("interface", ifPresent: child.interface)
        if child.priority != 0 { section.set("priority", child.priority) }
        return section
    }

    private static func name(of action: ChildConfig.LossAction) -> String {
        switch action {
        case .none: "none"
        case .trap: "trap"
        case .start: "start"
        }
    }
}
