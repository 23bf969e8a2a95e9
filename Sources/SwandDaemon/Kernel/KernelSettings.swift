package import XFRM

/// What the administrator can say about the kernel's side, with charon's names and defaults.
package struct KernelSettings: Sendable {
    /// `spi_min` … `spi_max`
    package var spiRange: ClosedRange<UInt32> = 0xc000_0000...0xcfff_ffff
    /// `install_routes`
    package var installRoutes = true
    /// `routing_table`; 0: no rule of ours, routes go into the main table.
    package var routingTable: UInt32 = 220
    /// `routing_table_prio`
    package var routingTablePriority: UInt32 = 220
    /// `plugins.kernel-netlink.fwmark`: packets that the rule is for.
    package var ruleMark = XFRMMark()
    package var isRuleMarkInverted = false
    /// `interfaces_use`, `interfaces_ignore`; the former, if there are any, decides alone.
    package var interfacesUse: [String] = []
    package var interfacesIgnore: [String] = []
    /// `ignore_routing_tables`
    package var ignoredRoutingTables: Set<UInt32> = []
    /// `install_virtual_ip_on`; `nil`: the interface that leads to the peer.
    package var virtualIPInterface: String?
    /// Seconds until an acquire that nobody answers is forgotten, and how long an SPI can wait for its SA.
    package var acquireExpiry: UInt32 = 165
    /// `plugins.kernel-netlink.spdh_thresh`: local and remote prefix lengths from which on policies are hashed.
    package var hashThresholdsV4: (local: UInt8, remote: UInt8)?
    package var hashThresholdsV6: (local: UInt8, remote: UInt8)?
    /// `prefer_temporary_addrs`: IPv6 privacy addresses before lasting ones.
    package var prefersTemporaryAddresses = false
    /// `process_route`: whether changes of routes are listened for.
    package var processesRoutes = true
    /// `plugins.kernel-netlink.roam_events`: whether the engine hears of changes in the network.
    package var reportsChanges = true
    /// `plugins.kernel-netlink.mtu` and `.mss` of tunnel routes; 0: none.
    package var routeMTU: UInt32 = 0
    package var routeMSS: UInt32 = 0
    /// `plugins.kernel-netlink.port_bypass`: IKE passes by policies for its ports instead of the sockets' own.
    package var bypassesPorts = false
    /// `plugins.kernel-netlink.set_proto_port_transport_sa`
    package var narrowsTransportSAs = false
    /// `plugins.kernel-netlink.receive_buffer_size`
    package var eventBuffer = EventBuffer()
    /// Where is written what was installed; `nil`: nowhere, and a crashed run leaves its entries behind.
    package var journalPath: String? = "/run/swand/kernel.state"
    /// Root of the kernel's settings, for tests.
    package var sysctlRoot = "/proc/sys"

    package init() {}

    /// Whether `interface` may be used for IKE and ESP.
    package func isUsed(_ interface: String) -> Bool {
        interfacesUse.isEmpty ? !interfacesIgnore.contains(interface) : interfacesUse.contains(interface)
    }
}

/// How much of what the kernel says by itself can wait to be read.
///
/// Events come in bursts (a full table's worth of routes, of acquires), and a full buffer loses them.
package struct EventBuffer: Hashable, Sendable {
    package var size: UInt32 = 8 << 20
    /// Whether it may exceed the machine's limit.
    package var isForced = true

    package init() {}

    package init(size: UInt32, isForced: Bool) {
        self.size = size
        self.isForced = isForced
    }
}
