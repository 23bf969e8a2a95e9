/// A place in a configuration file.
package struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    /// The path as the reader named it; for text that came over VICI the name of its source.
    package var file: String
    /// Line, from 1.
    package var line: Int
    /// Column in Unicode scalars, from 1; a tab counts as one.
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`, as compilers write it and editors jump to it.
    package var description: String { "\(file):\(line):\(column)" }
}
