import Glibc

/// Figures as a table, in the form in which docs/performance.md has them.
struct Table {
    private let columns: [String]
    private var rows: [[String]] = []

    init(_ columns: String...) { self.columns = columns }

    mutating func row(_ cells: String...) { rows.append(cells) }

    func print(title: String) {
        Swift.print("\n\(title)\n")
        let widths = columns.indices.map { column in ([columns] + rows).map { $0[column].count }.max() ?? 0 }
        line(columns, widths)
        line(widths.map { String(repeating: "-", count: $0) }, widths)
        rows.forEach { line($0, widths) }
        fflush(nil)
    }

    private func line(_ cells: [String], _ widths: [Int]) {
        let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }
        Swift.print("| " + padded.joined(separator: " | ") + " |")
    }
}

extension [Double] {
    /// The middle of several runs: noise of a shared machine only ever adds.
    var median: Double {
        let sorted = sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

extension Double {
    func text(_ decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int64((self * scale).rounded())
        guard decimals > 0 else { return "\(scaled)" }
        let fraction = String(abs(scaled) % Int64(scale))
        return "\(scaled / Int64(scale))." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
}

/// Progress goes to the standard error, figures to the standard output.
func note(_ text: String) { _ = "\(text)\n".withCString { write(STDERR_FILENO, $0, strlen($0)) } }

/// What ends a benchmark: a set-up that failed measures nothing.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
