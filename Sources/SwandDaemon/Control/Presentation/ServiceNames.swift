private import Glibc

/// Names of protocols and ports from /etc/protocols and /etc/services, where the machine has them.
///
/// The look-ups use static storage of the C library and are made on the loop's thread only.
enum ServiceNames {
    static func ipProtocol(_ number: UInt8) -> String {
        guard number != 0 else { return "0" }
        return getprotobynumber(Int32(number)).map { String(cString: $0.pointee.p_name) } ?? "\(number)"
    }

    static func port(_ number: UInt16, of ipProtocol: UInt8) -> String {
        let name =
            ipProtocol == 0 ? nil : getprotobynumber(Int32(ipProtocol)).map { String(cString: $0.pointee.p_name) }
        let service = getservbyport(Int32(number.bigEndian), name)
        return service.map { String(cString: $0.pointee.s_name) } ?? "\(number)"
    }

    /// ICMP and ICMPv6.
    static func hasMessageTypes(_ ipProtocol: UInt8) -> Bool { ipProtocol == 1 || ipProtocol == 58 }
}
