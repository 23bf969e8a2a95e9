import IPsecModel

/// Every keyword of ipsec.conf and what becomes of it here.
enum IPsecConfKeywords {
    enum Status: Equatable {
        case effective
        /// Read and checked, and nothing follows from it yet.
        case ineffective
        /// Gone from strongSwan itself; harmless.
        case deprecated
    }

    /// A keyword of one kind of section; `nil` for a word that is none.
    static func status(of key: String, in kind: IPsecConfSection.Kind) -> Status? {
        let key = aliases[key] ?? key
        switch kind {
        case .setup: return setup[key] ?? deprecatedSetup[key]
        case .ca: return ca[key] ?? deprecatedCA[key]
        case .conn:
            return conn[key] ?? deprecatedConn[key] ?? side(key).flatMap { end[$0.word] ?? deprecatedEnd[$0.word] }
        }
    }

    /// What to say about a keyword that this kind of section does not have.
    static func unknown(_ entry: IPsecConfEntry, in kind: IPsecConfSection.Kind) -> ConfigurationError {
        ConfigurationError(
            location: entry.location, message: "'\(entry.key)' is not a keyword of a '\(kind.rawValue)' section",
            suggestion: suggestion(for: entry.key, in: kind))
    }

    static func suggestion(for key: String, in kind: IPsecConfSection.Kind) -> String? {
        closestName(to: key, among: words(of: kind)).map { "did you mean '\($0)'?" } ?? otherDaemon(key)
    }

    /// All words of a kind of section, without the deprecated ones.
    static func words(of kind: IPsecConfSection.Kind) -> [String] {
        switch kind {
        case .setup: setup.keys.sorted()
        case .ca: ca.keys.sorted() + ["crluri", "ocspuri"]
        case .conn: conn.keys.sorted() + ["keylife", "rekeymargin"] + words(of: "left") + words(of: "right")
        }
    }

    private static func words(of side: String) -> [String] {
        let words: [String] = end.keys.sorted() + ["rsasigkey", "subnetwithin"]
        return words.map { side + $0 }
    }

    /// Splits `leftsubnet` into its side and its word.
    static func side(_ key: String) -> (isLeft: Bool, word: String)? {
        if key.hasPrefix("left") { return (true, String(key.dropFirst(4))) }
        if key.hasPrefix("right") { return (false, String(key.dropFirst(5))) }
        return nil
    }

    static let aliases: [String: String] = [
        "keylife": "lifetime", "rekeymargin": "margintime", "crluri1": "crluri", "ocspuri1": "ocspuri",
        "leftrsasigkey": "leftsigkey", "rightrsasigkey": "rightsigkey",
        "leftsubnetwithin": "leftsubnet", "rightsubnetwithin": "rightsubnet",
    ]

    private static func otherDaemon(_ key: String) -> String? {
        libreswan.contains(key) ? "libreswan knows this keyword, strongSwan and swand do not" : nil
    }

    private static let setup: [String: Status] = [
        "cachecrls": .ineffective, "charondebug": .effective, "strictcrlpolicy": .effective, "uniqueids": .effective,
    ]

    private static let deprecatedSetup = deprecated(
        "interfaces dumpdir charonstart plutostart klipsdebug plutodebug prepluto postpluto plutostderrlog fragicmp "
            + "packetdefault hidetos overridemtu crlcheckinterval nocrsend nat_traversal keep_alive force_keepalive "
            + "virtual_private pkcs11module pkcs11initargs pkcs11keepstate pkcs11proxy")

    private static let ca: [String: Status] = [
        "also": .effective, "auto": .effective, "cacert": .effective, "crluri": .ineffective, "crluri2": .ineffective,
        "ocspuri": .ineffective, "ocspuri2": .ineffective, "certuribase": .ineffective,
    ]

    private static let deprecatedCA = deprecated("ldaphost ldapbase")

    private static let conn: [String: Status] = [
        "aaa_identity": .ineffective, "aggressive": .ineffective, "ah": .effective, "also": .effective,
        "auto": .effective, "authby": .effective, "closeaction": .effective, "compress": .effective,
        "dpdaction": .effective, "dpddelay": .effective, "dpdtimeout": .ineffective, "eap_identity": .ineffective,
        "esp": .effective, "forceencaps": .effective, "fragmentation": .effective, "ike": .effective,
        "ikedscp": .effective, "ikelifetime": .effective, "inactivity": .effective, "installpolicy": .effective,
        "keyexchange": .effective, "keyingtries": .effective, "lifebytes": .effective, "lifepackets": .effective,
        "lifetime": .effective, "marginbytes": .effective, "marginpackets": .effective, "margintime": .effective,
        "mark": .effective, "mark_in": .effective, "mark_out": .effective, "mediation": .ineffective,
        "mediated_by": .ineffective, "me_peerid": .ineffective, "mobike": .effective, "modeconfig": .ineffective,
        "reauth": .effective, "rekey": .effective, "rekeyfuzz": .effective, "replay_window": .effective,
        "reqid": .effective, "sha256_96": .effective, "tfc": .effective, "type": .effective, "xauth": .ineffective,
        "xauth_identity": .ineffective,
    ]

    private static let deprecatedConn = deprecated("pfs pfsgroup eap auth")

    /// Behind `left` and `right`; the empty word is the address itself.
    private static let end: [String: Status] = [
        "": .effective, "allowany": .effective, "auth": .effective, "auth2": .ineffective, "ca": .effective,
        "ca2": .ineffective, "cert": .effective, "cert2": .ineffective, "certpolicy": .effective,
        "dns": .ineffective, "firewall": .effective, "groups": .effective, "groups2": .ineffective,
        "hostaccess": .effective, "id": .effective, "id2": .ineffective, "ikeport": .effective,
        "protoport": .effective, "sendcert": .effective, "sigkey": .effective, "sourceip": .ineffective,
        "subnet": .effective, "updown": .effective,
    ]

    private static let deprecatedEnd = deprecated("nexthop natip")

    private static func deprecated(_ words: String) -> [String: Status] {
        Dictionary(
            words.split(separator: " ").map { (String($0), .deprecated) }, uniquingKeysWith: { first, _ in first })
    }

    private static let libreswan = Set(libreswanWords.split(separator: " ").map(String.init))

    private static let libreswanWords = """
        connalias clones hostaddrfamily clientaddrfamily ppk ppk-ids intermediate esn encap-dscp decap-dscp nopmtudisc \
        narrowing pam-authorize send-redirect redirect-to accept-redirect accept-redirect-to session-resumption \
        nat-keepalive initial-contact iptfs send-vendorid sha2-truncbug share-lease pfs-rekey-workaround \
        retransmit-timeout retransmit-interval ikepad sec-label remote-peer-type cisco-unity xauthby xauthfail \
        modecfgpull modecfgdns modecfgdomains modecfgbanner vti-interface vti-routing ipsec-interface nic-offload \
        encapsulation overlapip failureshunt negotiationshunt enable-tcp tcp-remoteport phase2 phase2alg metric mtu \
        priority nflog-group sendca leftaddresspool rightaddresspool autheap leftsubnets rightsubnets \
        leftmodecfgclient rightmodecfgserver ikev2 salifetime
        """
}
