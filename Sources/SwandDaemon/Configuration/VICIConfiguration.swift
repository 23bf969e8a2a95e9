import Configuration
import VICI

extension ConfigurationNode {
    /// What a control message says about a connection.
    init(_ message: VICIMessage) {
        self.init(
            message.elements.map { element in
                switch element {
                case .value(let name, let bytes): Item(key: name, content: .value(bytes))
                case .list(let name, let items): Item(key: name, content: .list(items))
                case .section(let name, let elements):
                    Item(key: name, content: .section(ConfigurationNode(VICIMessage(elements))))
                }
            })
    }
}
