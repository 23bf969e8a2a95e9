import CryptoInterface
import IKECodec
package import IKESA
import IPsecModel
import Wire

// Which path an IKE_SA uses, and how it follows changes of addresses and routes (RFC 4555 §3.3, §3.5, §3.10).

extension IKEv2SA {
    /// Paths that are tried at most.
    private static let pathLimit = 8

    var usesMobike: Bool { capabilities.contains(.mobike) }

    // MARK: Looking

    /// Whether the present path can still be used, as far as our own routes tell.
    private var isPathUsable: Bool {
        let kernel = environment.kernel
        let local = path.local.address
        let remote = path.remote.address
        if environment.settings.preferBestPath, usesMobike { return kernel.sourceAddress(toward: remote) == local }
        // An address that the administrator chose may belong to an interface other than the one with the route.
        if peer.localAddresses.contains(.address(local)) {
            return kernel.isLocal(local) && kernel.sourceAddress(toward: remote) != nil
        }
        return kernel.hasRoute(toward: remote, from: local)
    }

    /// Every path that our routes and the peer's addresses allow, the best first.
    var candidatePaths: [Path] {
        let kernel = environment.kernel
        let own = kernel.usableAddresses()
        var found = isPathUsable ? [path] : []
        for remote in [path.remote.address] + peerAddresses {
            var locals = own.filter { kernel.hasRoute(toward: remote, from: $0) }
            if let best = kernel.sourceAddress(toward: remote) { locals.insert(best, at: 0) }
            for local in locals where !kernel.isLocal(remote) {
                let path = Path(local: Endpoint(local, path.local.port), remote: Endpoint(remote, path.remote.port))
                if !found.contains(path) { found.append(path) }
            }
        }
        return Array(found.prefix(Self.pathLimit))
    }

    // MARK: Changes on our side

    /// Addresses or routes of ours have changed.
    package func roam(addressesChanged: Bool, _ turn: inout Turn) {
        guard state == .established || state == .rekeying else { return roamAtEnd(&turn) }
        // Without MOBIKE, an address that was chosen by the administrator is waited for.
        if !usesMobike, peer.localAddresses.contains(.address(path.local.address)) { return }
        if isPathUsable { return keepPath(addressesChanged: addressesChanged, &turn) }
        guard let new = candidatePaths.first else {
            log(&turn, .ike) { "no route found to reach \(self.path.remote.address), MOBIKE update deferred" }
            isStale = true
            return
        }
        isStale = false
        if usesMobike {
            leavePath(for: new, &turn)
        } else {
            log(&turn, .ike) { "reauthenticating IKE_SA due to address change" }
            // What is still said in this IKE_SA has to leave from an address that we have.
            path = new
            host.reauthenticate(self, commands: [], &turn)
        }
    }

    /// What is on its way out only wants its delete answered.
    private func roamAtEnd(_ turn: inout Turn) {
        guard state == .rekeyed || state == .deleting, !isPathUsable, let new = candidatePaths.first else { return }
        take(new, movingChildren: false, &turn)
    }

    private func keepPath(addressesChanged: Bool, _ turn: inout Turn) {
        log(&turn, .ike, 2) { "keeping connection path \(self.path.local.address) - \(self.path.remote.address)" }
        let wasStale = isStale
        isStale = false
        guard usesMobike else { return }
        if addressesChanged, Mobike.furtherAddresses(self) != announcedAddresses {
            log(&turn, .ike) { "sending address list update using MOBIKE" }
            requestAddressUpdate(movesSAs: false, listsAddresses: true, &turn)
        } else if wasStale || environment.settings.checkCurrentPath, active == nil, queue.isEmpty {
            log(&turn, .ike) { "checking if current path still works using DPD" }
            enqueue(LivenessExchange(), &turn)
        }
    }

    /// Only the initiator may move the SAs; the responder's new list makes it do so (RFC 4555 §3.6).
    private func leavePath(for new: Path, _ turn: inout Turn) {
        let wasLost = !environment.kernel.isLocal(path.local.address)
        if isOriginalInitiator {
            log(&turn, .ike) { "requesting address change using MOBIKE" }
        } else {
            log(&turn, .ike) { "sending address list update using MOBIKE, implicitly requesting an address change" }
        }
        // At an address that is gone, the responder's CHILD_SAs can neither send nor receive. charon's initiators
        // follow the list without an UPDATE_SA_ADDRESSES.
        take(new, movingChildren: wasLost, &turn)
        requestAddressUpdate(movesSAs: isOriginalInitiator, listsAddresses: true, &turn)
    }

    /// From now on the IKE_SA uses `new`, and what waits for an answer is sent there again. CHILD_SAs follow at once
    /// where their old path is gone, and with the peer's answer otherwise.
    func take(_ new: Path, movingChildren: Bool, _ turn: inout Turn) {
        if movingChildren {
            move(to: new, &turn)
        } else if new != path {
            log(&turn, .ike) { "using path \(new.local) - \(new.remote)" }
            path = new
        }
        if let outstanding = requests.outstanding { transmit(outstanding.datagrams, &turn) }
    }

    /// Asks the peer to follow us, to remember our addresses, or both; before anything else that waits.
    func requestAddressUpdate(movesSAs: Bool, listsAddresses: Bool, _ turn: inout Turn) {
        if let waiting = queue.first(where: { $0 is AddressUpdateExchange }) as? AddressUpdateExchange {
            waiting.movesSAs = waiting.movesSAs || movesSAs
            waiting.listsAddresses = waiting.listsAddresses || listsAddresses
        } else {
            queue.insert(AddressUpdateExchange(movesSAs: movesSAs, listsAddresses: listsAddresses), at: 0)
        }
        initiateNext(&turn)
    }

    // MARK: Paths that work, and that do not

    /// Where a request goes that was not answered: the initiator tries all paths, an address update sooner than what
    /// may just have been lost (RFC 4555 §3.10).
    func retransmissionPaths(attempt: Int) -> [Path] {
        guard usesMobike, isOriginalInitiator, state == .established || state == .rekeying,
            attempt >= (active is AddressUpdateExchange ? 1 : 2)
        else { return [path] }
        let candidates = candidatePaths
        return candidates.contains(path) ? candidates : [path] + candidates
    }

    /// A response came on another path than the one in use: that one works.
    func pathProved(_ proved: Path, _ turn: inout Turn) {
        guard usesMobike, isOriginalInitiator, state == .established || state == .rekeying,
            proved.local.address != path.local.address || proved.remote.address != path.remote.address,
            candidatePaths.contains(proved)
        else { return }
        log(&turn, .ike) { "path \(proved.local) - \(proved.remote) works, requesting address change using MOBIKE" }
        move(to: proved, &turn)
        requestAddressUpdate(movesSAs: true, listsAddresses: true, &turn)
    }

    /// The responder lists its addresses; where the one in use is neither listed nor the sender, it is gone.
    func addressesListed(on path: Path, _ turn: inout Turn) {
        let used = self.path.remote.address
        guard isOriginalInitiator, path.remote.address != used, !peerAddresses.contains(used) else { return }
        log(&turn, .ike) { "the peer has left \(used), requesting address change using MOBIKE" }
        move(to: path, &turn)
        requestAddressUpdate(movesSAs: true, listsAddresses: false, &turn)
    }
}
