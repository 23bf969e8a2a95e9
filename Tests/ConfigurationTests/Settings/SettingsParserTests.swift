import Configuration
import Testing

@Suite("Settings files")
struct SettingsParserTests {
    static func parse(
        _ text: String, files: [String: [(path: String, text: String)]] = [:],
        warn: (ConfigurationError) -> Void = { _ in }
    ) throws(ConfigurationError) -> SettingsSection {
        try SettingsParser.parse(
            text: text, file: "test.conf",
            include: { (pattern, _) throws(SettingsIncludeFailure) in
                guard pattern != "locked.conf" else { throw SettingsIncludeFailure("Permission denied") }
                return files[pattern] ?? []
            },
            warn: warn)
    }

    /// A section as text, to compare whole trees.
    static func dump(_ section: SettingsSection) -> String {
        let values = section.values.map { "\($0.key)=\($0.value.text)" }
        let sections = section.sections.map { "\($0.name){\(dump($0))}" }
        return (values + sections).joined(separator: " ")
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var expected: String
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "empty", text: "", expected: ""),
        Case(name: "one line", text: "a { b = 1 }", expected: "a{b=1}"),
        Case(name: "empty sections", text: "a {} b { }", expected: "a{} b{}"),
        Case(name: "comments", text: "# x\na { # y }\n b = 1 # z\n}", expected: "a{b=1}"),
        Case(name: "Windows line ends", text: "a {\r\n b = 1\r\n}\r\n", expected: "a{b=1}"),
        Case(name: "brace and equals on later lines", text: "a\n{ b\n= 1\n}", expected: "a{b=1}"),
        Case(name: "structure characters in values", text: "k = 1 = 2 : {x, y; z", expected: "k=1 = 2 : {x, y; z"),
        Case(name: "comment right behind a value", text: "k = a#b", expected: "k=a"),
        Case(name: "blanks inside a value become one space", text: "k =  a \t b  ", expected: "k=a b"),
        Case(name: "quoted and plain parts join by a space", text: #"k = "a"  "b"c d"#, expected: "k=a b c d"),
        Case(name: "escapes in quotes", text: #"k = "a\n\t\\\"\z # }""#, expected: "k=a\n\t\\\"z # }"),
        Case(name: "no escapes outside", text: #"k = a\nb"#, expected: #"k=a\nb"#),
        Case(name: "backslash at the end of a quoted line", text: "k = \"a \\\n  b\"", expected: "k=a   b"),
        Case(name: "quotes span lines", text: "k = \"a\nb\"", expected: "k=a\nb"),
        Case(name: "an empty quoted value is a value", text: "k = \"\"", expected: "k="),
        Case(name: "an empty value clears", text: "k = 1\nk =\nj = 2", expected: "j=2"),
        Case(name: "later wins in place", text: "k = 1\nj = 2\nk = 3", expected: "k=3 j=2"),
        Case(
            name: "repeated sections are continued", text: "a { x=1\n s { y=1 } }\na { z=1\n s { w=1 } }",
            expected: "a{x=1 z=1 s{y=1 w=1}}"),
        Case(name: "a key and a section of one name", text: "a = 1\na { b = 2 }", expected: "a=1 a{b=2}"),
        Case(name: "odd names", text: "k-1_%@/+!$&*() = ü\nü = 1", expected: "k-1_%@/+!$&*()=ü ü=1"),
        Case(name: "include as a key", text: "include = 3\nincludefoo = 1", expected: "include=3 includefoo=1"),
        Case(
            name: "references: own first, then inherited, cleared keys stay away",
            text: """
                b { version=1
                 l { auth=psk } }
                conns { a : b { k=v }
                 c : conns.a, b { version =
                  l { auth=
                   m=1 }
                  z=1 }
                 d : conns.c { z=2 } }
                """,
            expected: "b{version=1 l{auth=psk}} conns{a{k=v version=1 l{auth=psk}} c{z=1 k=v l{m=1}} d{z=2 k=v l{m=1}}}"
        ),
        Case(
            name: "the first reference wins", text: "x { k=1 }\ny { k=2\n j=2 }\nz : x, y { }",
            expected: "x{k=1} y{k=2 j=2} z{k=1 j=2}"),
        Case(name: "references to later sections", text: "z : x { }\nx { k=1 }", expected: "z{k=1} x{k=1}"),
        Case(name: "circles end", text: "a : b { x=1 }\nb : a { y=2 }", expected: "a{x=1 y=2} b{y=2 x=1}"),
        Case(
            name: "references add up", text: "x { k=1 }\ny { j=1 }\nz : x { }\nz : y { }",
            expected: "x{k=1} y{j=1} z{k=1 j=1}"),
    ]

    @Test("are read as strongSwan reads them", arguments: cases)
    func accepted(c: Case) throws {
        #expect(try Self.dump(Self.parse(c.text)) == c.expected)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var line: Int
        var column: Int
        var message: String
        var testDescription: String { name }
    }

    static let faults = [
        Fault(name: "unclosed section", text: "a {\n b {\n }\n", line: 1, column: 1, message: "not closed"),
        Fault(name: "brace too many", text: "a { }\n }", line: 2, column: 2, message: "closes no section"),
        Fault(name: "point in a name", text: "a {\n x.y = 3\n}", line: 2, column: 3, message: "point"),
        Fault(name: "quoted name", text: "\"a b\" { }", line: 1, column: 1, message: "unexpected \""),
        Fault(name: "missing equals", text: "a {\n  version  1\n}", line: 2, column: 3, message: "neither"),
        Fault(name: "value on the next line", text: "k = \\\n v\n", line: 2, column: 2, message: "neither"),
        Fault(name: "open quote", text: "k = 1\nj = \"abc\n", line: 2, column: 5, message: "does not end"),
        Fault(name: "reference without a name", text: "a : { }", line: 1, column: 5, message: "name of a section"),
        Fault(name: "two colons", text: "a : b : c { }", line: 1, column: 7, message: "commas"),
        Fault(name: "stray equals", text: "= 1", line: 1, column: 1, message: "unexpected ="),
        Fault(name: "unreadable include", text: "\ninclude locked.conf", line: 2, column: 1, message: "Permission"),
        Fault(name: "include without a file", text: "include # none", line: 1, column: 1, message: "no file"),
        Fault(name: "section inside itself", text: "a { x : a { } }", line: 1, column: 5, message: "endless"),
        Fault(name: "columns count characters", text: "ä = 1\nü ü", line: 2, column: 1, message: "neither"),
        Fault(name: "too deep", text: String(repeating: "a{", count: 40), line: 1, column: 65, message: "deeper"),
    ]

    @Test("with a fault name its place", arguments: faults)
    func refused(fault: Fault) throws {
        let error = try #require(throws: ConfigurationError.self) { try Self.parse(fault.text) }
        #expect(error.location == SourceLocation(file: "test.conf", line: fault.line, column: fault.column))
        #expect(error.message.contains(fault.message))
    }

    @Test("include others at the place of the statement, in order")
    func includes() throws {
        let files = [
            "d/*.conf": [
                (path: "d/a.conf", text: "s { x = 1 }"), (path: "d/b.conf", text: "t { y = 2\n include in }"),
            ],
            "in": [(path: "in.conf", text: "z = 3\nu { }")],
        ]
        let root = try Self.parse("include d/*.conf # all\nc { include \"in\" \n }", files: files)
        #expect(Self.dump(root) == "s{x=1} t{y=2 z=3 u{}} c{z=3 u{}}")
        #expect(root.section("t")?.value("z")?.location == SourceLocation(file: "in.conf", line: 1, column: 1))
    }

    @Test("that include themselves are refused")
    func circularInclude() {
        let files = ["self": [(path: "test.conf", text: "include self")]]
        #expect(throws: ConfigurationError.self) { try Self.parse("include self", files: files) }
        let endless = ["x": [(path: "a", text: "include y")], "y": [(path: "b", text: "include x")]]
        #expect(throws: ConfigurationError.self) { try Self.parse("include x", files: endless) }
    }

    @Test("warn of includes without files and of references to nothing, once each")
    func warnings() throws {
        var warnings: [String] = []
        _ = try Self.parse("include none*.conf\na : nothing { }\nb : a { }\nc : a { }") { warnings.append($0.message) }
        #expect(
            warnings == ["no file matches include none*.conf", "section a refers to nothing, which does not exist"])
    }

    @Test("cut anywhere or with any byte changed never trap")
    func damage() {
        let text = Array(Self.cases.map(\.text).joined(separator: "\n").utf8)
        for length in text.indices {
            _ = try? Self.parse(String(decoding: text[..<length], as: UTF8.self))
        }
        for index in text.indices {
            for byte in Array("\n\"#{}:=,.\\ \0é".utf8) {
                var changed = text
                changed[index] = byte
                _ = try? Self.parse(String(decoding: changed, as: UTF8.self))
            }
        }
    }

    @Test("that grow without end through references are refused")
    func doubling() {
        var text = "s0 { }\n"
        for level in 1...31 { text += "s\(level) { a : s\(level - 1) { }\n b : s\(level - 1) { } }\n" }
        #expect(throws: ConfigurationError.self) { try Self.parse(text) }
    }
}
