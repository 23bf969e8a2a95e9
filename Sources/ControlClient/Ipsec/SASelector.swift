/// What `ipsec down` and `ipsec rekey` accept as a name.
///
///     name         the IKE_SAs of that name, or else the CHILD_SAs
///     name[n] [n]  the IKE_SA with that number        name[] name[*]  all IKE_SAs of the name
///     name{n} {n}  the CHILD_SA with that number      name{} name{*}  all CHILD_SAs of the name
enum SASelector: Equatable {
    case name(String)
    case ikeName(String)
    case ikeID(String)
    case childName(String)
    case childID(String)

    /// - Throws: ``ControlError/usage(_:)``.
    init(_ text: String) throws(ControlError) {
        guard let close = text.last, close == "]" || close == "}" else {
            self = .name(text)
            return
        }
        guard let open = text.lastIndex(of: close == "]" ? "[" : "{") else {
            throw .usage("'\(text)' has no opening bracket")
        }
        let name = String(text[..<open])
        let number = String(text[text.index(after: open)...].dropLast())
        switch (close, number) {
        case (_, ""), (_, "*"):
            guard !name.isEmpty else { throw .usage("'\(text)' names nothing") }
            self = close == "]" ? .ikeName(name) : .childName(name)
        default:
            guard UInt32(number) != nil else { throw .usage("'\(number)' is not a number of an SA") }
            self = close == "]" ? .ikeID(number) : .childID(number)
        }
    }

    /// The fields of requests to be tried in this order.
    var requests: [[String: String]] {
        switch self {
        case .name(let name): [["ike": name], ["child": name]]
        case .ikeName(let name): [["ike": name]]
        case .ikeID(let id): [["ike-id": id]]
        case .childName(let name): [["child": name]]
        case .childID(let id): [["child-id": id]]
        }
    }

    /// For messages.
    var what: String {
        switch self {
        case .name(let name): "connection '\(name)'"
        case .ikeName(let name): "IKE_SA '\(name)'"
        case .ikeID(let id): "IKE_SA [\(id)]"
        case .childName(let name): "CHILD_SA '\(name)'"
        case .childID(let id): "CHILD_SA {\(id)}"
        }
    }
}
