import IPsecModel

/// What `left…` or `right…` says, before it is known which of them is ours.
struct ConnEnd {
    /// `left` or `right`.
    let side: String
    var hosts: [HostPattern] = [.any]
    var allowAny = false
    var authentication: Value.Authentication?
    var authentication2: Value.Authentication?
    var identity: String?
    var identity2: String?
    var certificates: String?
    var certificates2: String?
    var signatureKey: String?
    var authority: String?
    var authority2: String?
    var certificatePolicies: [String] = []
    var groups: [String] = []
    var groups2: [String] = []
    var ikePort: UInt16 = 500
    var selectors: [SelectorPattern] = [.dynamic()]
    var sendCertificate: PeerConfig.SendCertificate = .ifAsked
    var sourceIPs: [String] = []
    var dns: [IPAddress] = []
    var updown: String?
    var firewall = false
    var hostAccess = false

    init(side: String, reader: inout IPsecConfSectionReader) {
        self.side = side
        readAddresses(&reader)
        readAuthentication(&reader)
        readTraffic(&reader)
    }

    /// The key of a word on this side: `leftsubnet`.
    func key(_ word: String) -> String { side + word }

    private mutating func readAddresses(_ reader: inout IPsecConfSectionReader) {
        allowAny = reader.value(key("allowany"), false, Value.boolean)
        var prefixed = false
        hosts = reader.value(side, [.any]) { text throws(ValueError) in
            var hosts: [HostPattern] = []
            for part in Value.list(text) {
                if part == "%defaultroute" || part == "%group" {
                    hosts.append(.any)
                } else if part.hasPrefix("%"), !part.hasPrefix("%any") {
                    prefixed = true
                    hosts.append(try Value.host(part.dropFirst()))
                } else {
                    hosts.append(try Value.host(part))
                }
            }
            return hosts
        }
        if allowAny || prefixed, !hosts.contains(.any) { hosts.append(.any) }
        ikePort = reader.value(key("ikeport"), 500) { text throws(ValueError) in try Value.number(text, in: 1...65535) }
    }

    private mutating func readAuthentication(_ reader: inout IPsecConfSectionReader) {
        authentication = reader.value(key("auth"), nil, Value.authentication)
        authentication2 = reader.value(key("auth2"), nil, Value.authentication)
        (identity, identity2) = (reader.text(key("id")), reader.text(key("id2")))
        (certificates, certificates2) = (reader.text(key("cert")), reader.text(key("cert2")))
        (authority, authority2) = (reader.text(key("ca")), reader.text(key("ca2")))
        signatureKey = reader.text(key("sigkey")).flatMap { $0 == "%cert" || $0 == "%none" ? nil : $0 }
        certificatePolicies = Value.list(reader.text(key("certpolicy")) ?? "")
        groups = Value.list(reader.text(key("groups")) ?? "")
        groups2 = Value.list(reader.text(key("groups2")) ?? "")
        sendCertificate = reader.value(key("sendcert"), .ifAsked) { text throws(ValueError) in
            try Value.word(
                text, ["ifasked": .ifAsked, "always": .always, "yes": .always, "never": .never, "no": .never])
        }
    }

    private mutating func readTraffic(_ reader: inout IPsecConfSectionReader) {
        let ports = reader.value(key("protoport"), Value.ProtocolPorts()) { text throws(ValueError) in
            try Value.protocolPorts(text, separator: "/")
        }
        let dynamic = SelectorPattern.dynamic(
            ipProtocol: ports.ipProtocol, startPort: ports.startPort, endPort: ports.endPort)
        selectors = reader.value(key("subnet"), [dynamic]) { text throws(ValueError) in
            try Value.selectors(text, outer: ports)
        }
        sourceIPs = Value.list(reader.text(key("sourceip")) ?? "")
        dns = reader.value(key("dns"), []) { text throws(ValueError) in
            try Value.list(text).filter { !$0.hasPrefix("%") }.mapValues { part throws(ValueError) in
                try Value.address(part)
            }
        }
        updown = reader.text(key("updown"))
        firewall = reader.value(key("firewall"), false, Value.boolean)
        hostAccess = reader.value(key("hostaccess"), false, Value.boolean)
    }

    /// The one address or name of this end; `nil` where there are several, or none.
    var onlyHost: HostPattern? {
        guard hosts.count == 1 || (hosts.count == 2 && hosts.last == .any) else { return nil }
        switch hosts[0] {
        case .address, .name: return hosts[0]
        default: return nil
        }
    }

    func isOurs(_ isLocal: (IPAddress) -> Bool) -> Bool {
        hosts.contains { if case .address(let address) = $0 { isLocal(address) } else { false } }
    }
}
