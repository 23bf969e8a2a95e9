/// The version of the daemon.
package enum Version {
    package static let current = "0.1.0"
}
