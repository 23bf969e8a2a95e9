@testable import IKEEngine
import IKESA
@testable import IKEv2
import IPsecModel
import SimulatedNetwork

/// What an engine must have forgotten once nothing is going on any more: what no listing shows, and what would grow.
extension SimulatedHost {
    var residue: [String] {
        var found: [String] = []
        func expectNone(_ count: Int, _ what: String) { if count != 0 { found.append("\(count) \(what)") } }
        expectNone(engine.successions.count, "successions")
        expectNone(engine.resolutions.count, "names being resolved")
        expectNone(engine.groups.count, "commands that wait")
        expectNone(engine.halfOpen.count, "half-open IKE_SAs")
        if engine.farewells.count > Farewells.limit { found.append("too many farewells") }
        if engine.table.sizes.contains(where: { $0 > engine.table.count }) {
            found.append("indexes of \(engine.table.sizes) entries for \(engine.table.count) IKE_SAs")
        }
        if engine.timers.count > engine.table.count { found.append("timers of IKE_SAs that are gone") }
        let sas = engine.table.all.sorted { $0.uniqueID < $1.uniqueID }
        for sa in sas { found += sa.residue.map { "\(sa.label): \($0)" } }
        let used = sas.flatMap(\.children).filter(\.ownsReqid).map(\.reqid)
            + engine.traps.entries.values.filter(\.ownsReqid).map(\.reqid)
        if Set(used).count != engine.reqids.count {
            found.append("\(engine.reqids.count) reqids for \(Set(used).count) in use")
        }
        return found.map { "\(name): \($0)" }
    }
}

extension IKEv2SA {
    fileprivate var residue: [String] {
        var found: [String] = []
        func expect(_ holds: Bool, _ what: String) { if !holds { found.append(what) } }
        expect(handshake == nil, "the handshake is kept")
        expect(pending.isEmpty, "\(pending.count) CHILD_SAs wait")
        expect(unfinished.isEmpty, "\(unfinished.count) unfinished answers")
        expect(deletedEarly.isEmpty, "\(deletedEarly.count) early deletes")
        expect(closeActions.isEmpty, "\(closeActions.count) close actions")
        expect(reassembly[false].isEmpty && reassembly[true].isEmpty, "fragments of a message")
        expect(requests.isFree, "a request without response")
        expect(replacement == nil && predecessor == nil, "a replacement")
        for child in children where !child.hasInbound || !child.hasOutbound { found.append("\(child.label) lacks an SA") }
        for timer in timers.kinds where !isLasting(timer) { found.append("timer \(timer)") }
        return found
    }

    /// Timers that an IKE_SA at rest has.
    private func isLasting(_ timer: IKETimer) -> Bool {
        switch timer {
        case .rekey, .reauthenticate, .lifetime, .liveness, .keepAlive: true
        case .inactivity(let id): child(uniqueID: id) != nil
        default: false
        }
    }
}

/// IKE_SAs and CHILD_SAs that were there once, to see that none outlives its end.
struct Witnesses {
    private struct Witness {
        let host: String
        let name: String
        weak var object: AnyObject?
    }

    private var all: [Witness] = []
    private var known: Set<ObjectIdentifier> = []

    mutating func look(at host: SimulatedHost) {
        all.removeAll { $0.object == nil }
        known = Set(all.compactMap { $0.object.map(ObjectIdentifier.init) })
        for sa in host.engine.table.all {
            note(sa, "IKE_SA \(sa.label)", host)
            for child in sa.children { note(child, "CHILD_SA \(child.label)", host) }
        }
    }

    private mutating func note(_ object: AnyObject, _ name: String, _ host: SimulatedHost) {
        guard known.insert(ObjectIdentifier(object)).inserted else { return }
        all.append(Witness(host: host.name, name: name, object: object))
    }

    /// A crash is no end: what the engine held goes as it is.
    mutating func forget(_ host: SimulatedHost) { all.removeAll { $0.host == host.name } }

    var survivors: [String] { all.filter { $0.object != nil }.map { "\($0.host): \($0.name) is still in memory" } }
}
