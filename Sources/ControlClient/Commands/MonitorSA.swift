import VICI

extension Command {
    /// Shows what happens to SAs until it is interrupted.
    static let monitorSA = Command("monitor-sa", ["m"], "monitor for IKE_SA and CHILD_SA changes") {
        (context) throws(ControlError) in
        try context.client().follow(
            ["ike-updown", "child-updown", "ike-rekey", "child-rekey", "ike-update"],
            optional: ["ike-rekey", "child-rekey", "ike-update"]
        ) { event, message in
            switch context.format {
            case .json: context.output.print("{\(JSONText.string(event)):\(JSONText.object(message))}")
            case let format?: context.show(message, label: "\(event) event", as: format)
            case nil: context.print(lines(of: message, event: event))
            }
            context.output.flush()
        }
        return 0
    }

    private static func lines(of message: VICIMessage, event: String) -> [String] {
        let direction = event.hasSuffix("updown") ? (message.bool("up") == true ? " up" : " down") : ""
        return ["\(event)\(direction):"]
            + message.sections.flatMap { name, content in
                // A rekeyed IKE_SA comes as its old and its new self.
                guard let new = content.section("new") else { return SAListing.lines(of: content, name: name) }
                return SAListing.lines(of: new, name: name)
            }
    }
}
