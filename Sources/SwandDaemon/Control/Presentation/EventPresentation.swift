import IKESA
import IPsecModel
import VICI

/// What happened to an SA, and log lines, as VICI events.
enum EventPresentation {
    /// The event that tells of `event`; `nil` for what only counters know.
    static func name(of event: SAEvent) -> String? {
        switch event {
        case .ikeUpDown: ControlEvent.ikeUpDown
        case .ikeRekeyed: ControlEvent.ikeRekey
        case .ikeUpdated: ControlEvent.ikeUpdate
        case .childUpDown: ControlEvent.childUpDown
        case .childRekeyed: ControlEvent.childRekey
        case .alert: ControlEvent.alert
        case .counter: nil
        }
    }

    static func message(for event: SAEvent) -> VICIMessage {
        var message = VICIMessage()
        switch event {
        case .ikeUpDown(let up, let sa):
            if up { message.set("up", true) }
            message.section(sa.name, SAPresentation.ike(sa))
        case .ikeRekeyed(let old, let new):
            message.section(old.name) { section in
                section.section("old", SAPresentation.ike(old))
                section.section("new", SAPresentation.ike(new))
            }
        case .ikeUpdated(let sa, let path):
            message.set("local-host", "\(path.local.address)")
            message.set("local-port", path.local.port)
            message.set("remote-host", "\(path.remote.address)")
            message.set("remote-port", path.remote.port)
            message.section(sa.name, SAPresentation.ikeWithChildren(sa))
        case .childUpDown(let up, let sa):
            if up { message.set("up", true) }
            message.section(sa.name, SAPresentation.ikeWithChildren(sa))
        case .childRekeyed(let ike, let old, let new):
            message.section(ike.name, rekeyed(ike, old, new))
        case .alert(let alert):
            write(alert, into: &message)
        case .counter:
            break
        }
        return message
    }

    private static func rekeyed(_ ike: IKESASnapshot, _ old: ChildSASnapshot, _ new: ChildSASnapshot) -> VICIMessage {
        var section = SAPresentation.ike(ike)
        section.section("child-sas") { children in
            children.section(old.name) { pair in
                pair.section("old", SAPresentation.child(old))
                pair.section("new", SAPresentation.child(new))
            }
        }
        return section
    }

    private static func write(_ alert: Alert, into message: inout VICIMessage) {
        message.set("type", alert.kind)
        message.set("ikesa-name", ifPresent: alert.connection)
        message.set("remote-host", ifPresent: alert.remote.map { "\($0.address)" })
        message.set("remote-port", ifPresent: alert.remote.map { "\($0.port)" })
        message.set("msg", alert.text)
    }

    // MARK: Log lines

    static func log(_ line: LogLine) -> VICIMessage { self.line(line, thread: 0) }
    static func controlLog(_ line: LogLine) -> VICIMessage { self.line(line, thread: nil) }

    private static func line(_ line: LogLine, thread: Int?) -> VICIMessage {
        var message = VICIMessage()
        message.set("group", line.group.name)
        message.set("level", line.level)
        message.set("thread", ifPresent: thread.map(String.init))
        message.set("ikesa-name", ifPresent: line.ikeName)
        message.set("ikesa-uniqueid", ifPresent: line.uniqueID.map { "\($0)" })
        message.set("msg", line.text)
        return message
    }
}
