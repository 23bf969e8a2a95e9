package import CLinux
private import Glibc
package import IPsecModel

/// Reads and writes `sockaddr_in` and `sockaddr_in6` in memory that the system calls share.
package enum SocketAddress {
    package static let capacity = MemoryLayout<sockaddr_in6>.size

    /// Writes an endpoint and says how many bytes it takes. `room` has ``capacity`` bytes at least.
    package static func write(_ endpoint: Endpoint, scope: UInt32 = 0, to room: UnsafeMutableRawBufferPointer) -> Int {
        switch endpoint.address.family {
        case .v4:
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = endpoint.port.bigEndian
            address.sin_addr = ipv4(endpoint.address)
            room.storeBytes(of: address, as: sockaddr_in.self)
            return MemoryLayout<sockaddr_in>.size
        case .v6:
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = endpoint.port.bigEndian
            address.sin6_addr = ipv6(endpoint.address)
            address.sin6_scope_id = scope
            room.storeBytes(of: address, as: sockaddr_in6.self)
            return MemoryLayout<sockaddr_in6>.size
        }
    }

    /// The endpoint (and IPv6 scope) that a system call wrote; `nil` for another family or too few bytes.
    package static func read(_ bytes: UnsafeRawBufferPointer) -> (endpoint: Endpoint, scope: UInt32)? {
        guard bytes.count >= MemoryLayout<sa_family_t>.size else { return nil }
        switch Int32(bytes.loadUnaligned(as: sa_family_t.self)) {
        case AF_INET where bytes.count >= MemoryLayout<sockaddr_in>.size:
            let address = bytes.loadUnaligned(as: sockaddr_in.self)
            return (Endpoint(ipAddress(address.sin_addr), UInt16(bigEndian: address.sin_port)), 0)
        case AF_INET6 where bytes.count >= MemoryLayout<sockaddr_in6>.size:
            let address = bytes.loadUnaligned(as: sockaddr_in6.self)
            let endpoint = Endpoint(ipAddress(address.sin6_addr), UInt16(bigEndian: address.sin6_port))
            return (endpoint, address.sin6_scope_id)
        default: return nil
        }
    }

    package static func ipv4(_ address: IPAddress) -> in_addr {
        in_addr(s_addr: UInt32(truncatingIfNeeded: address.value).bigEndian)
    }

    package static func ipv6(_ address: IPAddress) -> in6_addr {
        var result = in6_addr()
        withUnsafeMutableBytes(of: &result) { $0.storeBytes(of: address.value.bigEndian, as: UInt128.self) }
        return result
    }

    package static func ipAddress(_ address: in_addr) -> IPAddress {
        IPAddress(v4: UInt32(bigEndian: address.s_addr))
    }

    package static func ipAddress(_ address: in6_addr) -> IPAddress {
        withUnsafeBytes(of: address) {
            IPAddress(family: .v6, value: UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)))
        }
    }
}
