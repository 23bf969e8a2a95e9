private import CLinux
private import Glibc
package import IPsecModel

/// What the kernel has to know of the sockets that IKE is spoken by.
package enum IKESocketOptions {
    /// Lets the socket's own packets pass beside all policies, or IKE could not be spoken with a peer whose traffic is
    /// protected or blocked.
    ///
    /// - Parameter family: What the socket is made for; an IPv6 socket that takes IPv4 too needs both.
    /// - Returns: The `errno` of the failure, 0 if there was none.
    package static func bypassPolicies(_ descriptor: Int32, _ family: IPAddress.Family) -> Int32 {
        for direction in [UInt8(XFRM_POLICY_OUT), UInt8(XFRM_POLICY_IN)] {
            var policy = xfrm_userpolicy_info()
            policy.sel.family = family.socketFamily
            policy.dir = direction
            policy.action = UInt8(XFRM_POLICY_ALLOW)
            let level = family == .v4 ? Int32(IPPROTO_IP) : Int32(IPPROTO_IPV6)
            let option = family == .v4 ? ipPolicy : ipv6Policy
            let size = socklen_t(MemoryLayout<xfrm_userpolicy_info>.size)
            if setsockopt(descriptor, level, option, &policy, size) != 0 { return errno }
        }
        return 0
    }

    /// Makes the kernel take ESP packets out of the UDP packets that come to this socket (RFC 3948).
    ///
    /// - Returns: The `errno` of the failure, 0 if there was none.
    package static func receiveESP(_ descriptor: Int32) -> Int32 {
        var kind = espInUDP
        return setsockopt(descriptor, Int32(IPPROTO_UDP), udpEncapsulation, &kind, 4) == 0 ? 0 : errno
    }

    // IP_XFRM_POLICY, IPV6_XFRM_POLICY, UDP_ENCAP and UDP_ENCAP_ESPINUDP; the C library has no names for them all.
    private static let ipPolicy: Int32 = 17
    private static let ipv6Policy: Int32 = 35
    private static let udpEncapsulation: Int32 = 100
    private static let espInUDP: Int32 = 2
}

extension IPAddress.Family {
    fileprivate var socketFamily: UInt16 { UInt16(self == .v4 ? AF_INET : AF_INET6) }
}
