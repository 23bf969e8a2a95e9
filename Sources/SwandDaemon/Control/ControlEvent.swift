/// Events that clients may register for.
enum ControlEvent {
    static let log = "log"
    static let controlLog = "control-log"
    static let listSA = "list-sa"
    static let listPolicy = "list-policy"
    static let listConnection = "list-conn"
    static let listCertificate = "list-cert"
    static let listAuthority = "list-authority"
    static let ikeUpDown = "ike-updown"
    static let ikeRekey = "ike-rekey"
    static let ikeUpdate = "ike-update"
    static let childUpDown = "child-updown"
    static let childRekey = "child-rekey"
    static let alert = "alert"

    static let all: Set<String> = [
        log, controlLog, listSA, listPolicy, listConnection, listCertificate, listAuthority, ikeUpDown, ikeRekey,
        ikeUpdate, childUpDown, childRekey, alert,
    ]
}
