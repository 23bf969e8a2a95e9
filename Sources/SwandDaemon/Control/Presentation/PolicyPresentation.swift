import IKESA
import IPsecModel
import VICI

/// Installed traps and shunts (`list-policy`).
enum PolicyPresentation {
    static func message(_ policy: PolicySnapshot) -> VICIMessage {
        var message = VICIMessage()
        message.section("\(policy.ike)/\(policy.child)") { section in
            section.set("child", policy.child)
            section.set("ike", policy.ike)
            section.set("mode", policy.mode.rawValue)
            // Beyond charon's keys, for `ipsec status`.
            section.set("uniqueid", policy.uniqueID)
            if policy.reqid != 0 { section.set("reqid", policy.reqid) }
            section.list("local-ts", policy.localSelectors.map(SelectorText.text))
            section.list("remote-ts", policy.remoteSelectors.map(SelectorText.text))
        }
        return message
    }
}
