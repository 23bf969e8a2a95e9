/// One entry of `local_addrs`, `remote_addrs`, `left` or `right`.
package enum HostPattern: Hashable, Sendable {
    case any
    case address(IPAddress)
    case subnet(IPAddress, prefix: Int)
    case range(IPAddress, IPAddress)
    /// A name that is resolved whenever it is needed.
    case name(String)

    /// An address, or a name that stands for some.
    package var isSingle: Bool {
        switch self {
        case .address, .name: true
        case .any, .subnet, .range: false
        }
    }

    /// `nil`: both, or not known.
    package var family: IPAddress.Family? {
        switch self {
        case .address(let address), .subnet(let address, _), .range(let address, _): address.family
        case .any, .name: nil
        }
    }

    /// The addresses of a family that the pattern covers; `nil` where it covers none, or only a name's.
    package func addresses(_ family: IPAddress.Family) -> TrafficSelector? {
        let covered: TrafficSelector? =
            switch self {
            case .any: .all(family)
            case .address(let address): TrafficSelector(host: address)
            case .subnet(let network, let prefix): TrafficSelector(network: network, prefix: prefix)
            case .range(let first, let last): TrafficSelector(start: first, end: last)
            case .name: nil
            }
        return covered?.family == family ? covered : nil
    }

    /// How well the pattern fits, larger is more specific; `nil` if it does not fit. Names fit nothing here: the
    /// caller resolves them first.
    package func specificity(of address: IPAddress) -> Int? {
        switch self {
        case .any: 0
        case .address(let own): own == address ? 129 : nil
        case .subnet(let network, let prefix): address.isInside(network, prefix: prefix) ? prefix + 1 : nil
        case .range(let first, let last):
            first.family == address.family && first <= address && address <= last ? 1 : nil
        case .name: nil
        }
    }
}

extension HostPattern: CustomStringConvertible {
    package var description: String {
        switch self {
        case .any: "%any"
        case .address(let address): "\(address)"
        case .subnet(let network, let prefix): "\(network)/\(prefix)"
        case .range(let first, let last): "\(first)-\(last)"
        case .name(let name): name
        }
    }
}
