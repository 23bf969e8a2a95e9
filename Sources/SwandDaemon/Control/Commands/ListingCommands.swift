import IKESA
import IPsecModel
import VICI

/// `list-sas` and `list-policies`: what is there now, one event each, as fast as the client reads.
package struct ListingCommands: CommandGroup {
    private let control: any SAControl

    package init(control: any SAControl) { self.control = control }

    package var commands: [ControlCommand] {
        [
            ControlCommand("list-sas") { (request) throws(CommandFailure) in try self.listSAs(request) },
            ControlCommand("list-policies") { (request) throws(CommandFailure) in self.listPolicies(request) },
        ]
    }

    /// `noblock` needs no support: nothing here waits for an SA that is being worked on. An SA that goes while the
    /// listing is under way is left out.
    private func listSAs(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        let filter = try SAFilter(request)
        let ids = filter.ikeID.map { [$0] } ?? control.ikeSAIDs
        return .listing(ControlEvent.listSA, of: ids) { id in
            guard let sa = control.ikeSA(id), let shown = filter.apply(to: sa) else { return nil }
            var message = VICIMessage()
            message.section(shown.name, SAPresentation.ikeWithChildren(shown))
            return message
        }
    }

    /// Without `trap`, `drop` or `pass` in the request there is nothing to list, as with charon.
    private func listPolicies(_ request: VICIMessage) -> CommandReply {
        let wantsTrap = request.bool("trap") ?? false
        let wantsDrop = request.bool("drop") ?? false
        let wantsPass = request.bool("pass") ?? false
        let child = request.string("child")
        let ike = request.string("ike")
        let chosen = control.policies().filter { policy in
            let isWanted =
                switch policy.mode {
                case .drop: wantsDrop
                case .pass: wantsPass
                default: wantsTrap
                }
            return isWanted && (child.map { $0 == policy.child } ?? true) && (ike.map { $0 == policy.ike } ?? true)
        }
        return .listing(ControlEvent.listPolicy, of: chosen, PolicyPresentation.message)
    }
}

/// Which SAs a `list-sas` request means.
private struct SAFilter {
    let ike: String?
    let ikeID: UInt32?
    let child: String?
    let childID: UInt32?

    init(_ request: VICIMessage) throws(CommandFailure) {
        ike = request.string("ike")
        child = request.string("child")
        ikeID = try Self.number("ike-id", request)
        childID = try Self.number("child-id", request)
    }

    private static func number(_ key: String, _ request: VICIMessage) throws(CommandFailure) -> UInt32? {
        guard let text = request.text(key) else { return nil }
        guard let number = UInt32(text) else { throw CommandFailure("\(key) is not a number: \(text)") }
        return number == 0 ? nil : number
    }

    /// The SA with the children that are meant; `nil` if neither it nor a child of it is.
    func apply(to sa: IKESASnapshot) -> IKESASnapshot? {
        if let ike, ike != sa.name { return nil }
        if let ikeID, ikeID != sa.uniqueID { return nil }
        guard child != nil || childID != nil else { return sa }
        var sa = sa
        sa.children.removeAll { candidate in
            (child.map { $0 != candidate.name } ?? false) || (childID.map { $0 != candidate.uniqueID } ?? false)
        }
        return sa.children.isEmpty ? nil : sa
    }
}
