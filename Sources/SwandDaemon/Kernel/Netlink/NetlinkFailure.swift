private import Glibc
package import IKESA

/// A netlink request that was refused or that got no usable answer.
package struct NetlinkFailure: Error, Hashable, Sendable {
    /// `errno`.
    package let code: Int32
    /// The kernel's own explanation, where it has one.
    package let text: String?

    package init(code: Int32, text: String? = nil) {
        self.code = code
        self.text = text
    }

    package static let badMessage = EBADMSG
    package static let exists = EEXIST
    package static let noSuchProcess = ESRCH
    package static let noEntry = ENOENT
    package static let permission = EPERM
    package static let noProtocol = EPROTONOSUPPORT
    package static let invalid = EINVAL
    package static let noSystemCall = ENOSYS
    package static let notSupported = EOPNOTSUPP
    package static let noAddressFamily = EAFNOSUPPORT

    /// What the code means for somebody who reads the log.
    package var reason: String {
        let plain: String =
            switch code {
            case EPERM, EACCES: "swand needs CAP_NET_ADMIN for this"
            case EEXIST: "it exists already"
            case ESRCH, ENOENT: "the kernel has no such entry"
            case ENOSYS: "the kernel does not have the algorithm"
            case EPROTONOSUPPORT, EAFNOSUPPORT: "the kernel does not have the protocol"
            case EINVAL: "the kernel finds the request invalid"
            case ENOBUFS, ENOMEM: "the kernel is out of memory"
            case EBADMSG: "the kernel's answer cannot be understood"
            case EAGAIN: "the kernel does not answer"
            case EOPNOTSUPP: "the kernel or the network device cannot do this"
            case ENETUNREACH, EHOSTUNREACH: "there is no route"
            case ENODEV: "there is no such network device"
            case EBUSY: "another process uses it"
            default: String(cString: strerror(code))
            }
        return text.map { "\(plain) (\($0))" } ?? plain
    }

    package func asKernelError(_ request: String) -> KernelError {
        KernelError(request: request, code: code, reason: reason)
    }
}

/// Runs a request whose failure is reported in the words of `request`.
func naming<Result>(
    _ request: @autoclosure () -> String, _ body: () throws(NetlinkFailure) -> Result
) throws(KernelError) -> Result {
    do {
        return try body()
    } catch {
        throw error.asKernelError(request())
    }
}
