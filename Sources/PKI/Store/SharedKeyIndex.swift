import CryptoInterface
import IPsecModel

/// Shared keys by the identities that own them, so that a lookup does not walk over all keys of a gateway.
struct SharedKeyIndex {
    private let keys: [SharedKey]
    /// Places of the keys that an identity owns by its very name.
    private var named: [Identification: [Int]] = [:]
    /// Places of the keys with an owner that may fit several identities, or with none.
    private var patterns: [Int] = []

    init(_ keys: [SharedKey]) {
        self.keys = keys
        for (place, key) in keys.enumerated() {
            for owner in Set(key.owners.map(\.canonical)) { named[owner, default: []].append(place) }
            if key.owners.isEmpty || key.owners.contains(where: \.hasWildcards) { patterns.append(place) }
        }
    }

    /// The key that fits best; of equals, the one that was loaded first.
    func best(_ use: SharedKey.Use, local: Identification, remote: Identification) -> SecretBytes? {
        var best: (place: Int, quality: (remote: Int, local: Int))?
        for place in candidates(use, local, remote) {
            guard let quality = keys[place].quality(local: local, remote: remote) else { continue }
            if let best, best.quality > quality || best.quality == quality && best.place < place { continue }
            best = (place, quality)
        }
        return best.map { keys[$0.place].secret }
    }

    /// A key that names the peer beats every other. Without one, those with patterns count, and of the keys that name
    /// us alone the first: they all fit equally.
    private func candidates(_ use: SharedKey.Use, _ local: Identification, _ remote: Identification) -> [Int] {
        let ofPeer = (named[remote.canonical] ?? []).filter { keys[$0].use == use }
        if remote.kind != .any, !ofPeer.isEmpty { return ofPeer }
        let ours = named[local.canonical]?.first { keys[$0].use == use && !isPattern($0) }
        return patterns.filter { keys[$0].use == use } + (ours.map { [$0] } ?? [])
    }

    private func isPattern(_ place: Int) -> Bool {
        keys[place].owners.isEmpty || keys[place].owners.contains(where: \.hasWildcards)
    }
}
