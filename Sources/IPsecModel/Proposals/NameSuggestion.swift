/// The candidate that a mistyped word most likely stands for; `nil` where none is close.
///
/// "Close" means at most one edit for every three letters, and two for a short word: a wrong guess misleads more
/// than no guess. Words longer than 64 letters are never compared.
package func closestName(to word: some StringProtocol, among candidates: some Sequence<String>) -> String? {
    let typed = Array(word.lowercased().utf8)
    guard !typed.isEmpty, typed.count <= 64 else { return nil }
    let limit = max(2, typed.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let letters = Array(candidate.lowercased().utf8)
        guard letters.count <= 64, abs(letters.count - typed.count) <= limit else { continue }
        let distance = editDistance(typed, letters)
        if distance <= limit, distance < letters.count, distance < best?.distance ?? .max {
            best = (candidate, distance)
        }
    }
    return best?.name
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforePrevious: [Int] = []
    var previous = Array(0...b.count)
    for row in a.indices {
        var current = [row + 1]
        for column in b.indices {
            let replaced = previous[column] + (a[row] == b[column] ? 0 : 1)
            var cost = min(replaced, previous[column + 1] + 1, current[column] + 1)
            if row > 0, column > 0, a[row] == b[column - 1], a[row - 1] == b[column] {
                cost = min(cost, beforePrevious[column - 1] + 1)
            }
            current.append(cost)
        }
        beforePrevious = previous
        previous = current
    }
    return previous.last ?? 0
}
