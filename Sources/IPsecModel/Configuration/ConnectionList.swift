/// Connections in the order of their loading, found by their names.
///
/// A change touches one entry: loading ten thousand connections one by one must not cost ten thousand copies of the
/// list. A removed connection leaves a gap, and the gaps are closed once they are as many as the connections.
package struct ConnectionList: Sendable {
    private var slots: [PeerConfig?] = []
    private var places: [String: Int] = [:]

    package init() {}

    /// Of several connections with one name, the last counts, in the place of the first.
    package init(_ connections: [PeerConfig]) {
        for connection in connections { set(connection) }
    }

    package var count: Int { places.count }
    package var all: [PeerConfig] { slots.compactMap { $0 } }
    package var names: [String] { slots.compactMap { $0?.name } }

    package func contains(_ name: String) -> Bool { places[name] != nil }
    package subscript(name: String) -> PeerConfig? { places[name].flatMap { slots[$0] } }

    /// Adds a connection, or puts it in the place of the one of the same name.
    package mutating func set(_ connection: PeerConfig) {
        if let place = places[connection.name] {
            slots[place] = connection
        } else {
            places[connection.name] = slots.count
            slots.append(connection)
        }
    }

    /// - Returns: what was removed; `nil` if there was none of that name.
    @discardableResult
    package mutating func remove(_ name: String) -> PeerConfig? {
        guard let place = places.removeValue(forKey: name), let removed = slots[place] else { return nil }
        slots[place] = nil
        if slots.count > 2 * places.count + 16 { self = ConnectionList(all) }
        return removed
    }
}
