import CryptoInterface
import IPsecModel

/// Shared keys by the identities that own them: neither a lookup nor a change walks over all keys of a gateway.
struct SharedKeyTable {
    private struct Entry {
        let key: SharedKey
        let source: CredentialSource
    }

    private struct Name: Hashable {
        let source: CredentialSource
        let id: String
    }

    /// By a number that grows with each key that is loaded.
    private var entries: [Int: Entry] = [:]
    private var nextNumber = 0
    private var numbers: [Name: Int] = [:]
    /// Numbers of the keys that an identity owns by its very name, in order.
    private var named: [Identification: [Int]] = [:]
    /// Numbers of the keys with an owner that may fit several identities, or with none, in order.
    private var patterns: [Int] = []
    /// Numbers of the post-quantum pre-shared keys, in order.
    private var ppks: [Int] = []

    // MARK: Changes

    /// A key of the same source with the same name goes.
    mutating func add(_ key: SharedKey, from source: CredentialSource) {
        if let id = key.id { _ = remove(id, from: source) }
        let number = nextNumber
        nextNumber += 1
        entries[number] = Entry(key: key, source: source)
        if let id = key.id { numbers[Name(source: source, id: id)] = number }
        for owner in Set(key.owners.map(\.canonical)) { named[owner, default: []].append(number) }
        if key.isPattern { patterns.append(number) }
        if key.use == .ppk { ppks.append(number) }
    }

    mutating func remove(_ id: String, from source: CredentialSource) -> Bool {
        guard let number = numbers.removeValue(forKey: Name(source: source, id: id)),
            let entry = entries.removeValue(forKey: number)
        else { return false }
        for owner in Set(entry.key.owners.map(\.canonical)) {
            named[owner]?.removeAll { $0 == number }
            if named[owner]?.isEmpty == true { named[owner] = nil }
        }
        if entry.key.isPattern { patterns.removeAll { $0 == number } }
        if entry.key.use == .ppk { ppks.removeAll { $0 == number } }
        return true
    }

    mutating func clear(_ source: CredentialSource) {
        var rest = SharedKeyTable()
        for (_, entry) in entries.sorted(by: { $0.key < $1.key }) where entry.source != source {
            rest.add(entry.key, from: entry.source)
        }
        self = rest
    }

    /// Names in the order of loading.
    func names(from source: CredentialSource) -> [String] {
        numbers.filter { $0.key.source == source }.sorted { $0.value < $1.value }.map(\.key.id)
    }

    // MARK: Lookup

    /// The key that fits best; of equals, the one that was loaded first.
    func best(_ use: SharedKey.Use, local: Identification, remote: Identification) -> SecretBytes? {
        var best: (number: Int, quality: (remote: Int, local: Int), secret: SecretBytes)?
        for number in candidates(use, local, remote) {
            guard let key = entries[number]?.key, let quality = key.quality(local: local, remote: remote) else {
                continue
            }
            if let best, best.quality > quality || best.quality == quality && best.number < number { continue }
            best = (number, quality, key.secret)
        }
        return best?.secret
    }

    var hasPPK: Bool { !ppks.isEmpty }

    /// The post-quantum pre-shared key whose owner has this name on the wire, otherwise one without owners.
    func ppk(id: [UInt8]) -> SecretBytes? {
        let keys = ppks.compactMap { entries[$0]?.key }
        return (keys.first { $0.owners.contains { $0.data == id } } ?? keys.first { $0.owners.isEmpty })?.secret
    }

    /// A key that names the peer beats every other. Without one, those with patterns count, and of the keys that name
    /// us alone the first: they all fit equally.
    private func candidates(_ use: SharedKey.Use, _ local: Identification, _ remote: Identification) -> [Int] {
        let ofPeer = (named[remote.canonical] ?? []).filter { entries[$0]?.key.use == use }
        if remote.kind != .any, !ofPeer.isEmpty { return ofPeer }
        let ours = named[local.canonical]?.first { number in
            entries[number].map { $0.key.use == use && !$0.key.isPattern } ?? false
        }
        return patterns.filter { entries[$0]?.key.use == use } + (ours.map { [$0] } ?? [])
    }
}

extension SharedKey {
    fileprivate var isPattern: Bool { owners.isEmpty || owners.contains(where: \.hasWildcards) }
}
