/// A section as it was written: repeated sections continued, references not yet followed.
struct RawSettingsSection {
    struct Value {
        var key: String
        /// Nil when the file clears the key.
        var text: String?
        var location: SourceLocation
    }

    struct Reference {
        var path: String
        var location: SourceLocation
    }

    /// Tells sections of one file apart, so that circles of references end.
    var id: Int
    var name: String
    var location: SourceLocation
    var values: [Value] = []
    var sections: [RawSettingsSection] = []
    var references: [Reference] = []

    private var valueIndex: [String: Int] = [:]
    private var sectionIndex: [String: Int] = [:]

    init(id: Int, name: String, location: SourceLocation) {
        self.id = id
        self.name = name
        self.location = location
    }

    /// Sets a key; a later value replaces an earlier one in its place.
    mutating func set(_ value: Value) {
        if let index = valueIndex[value.key] {
            values[index] = value
        } else {
            valueIndex[value.key] = values.count
            values.append(value)
        }
    }

    func section(named name: String) -> RawSettingsSection? {
        sectionIndex[name].map { sections[$0] }
    }

    /// The position of the section of this name, which `make` creates if it is new.
    mutating func position(ofSection name: String, make: () -> RawSettingsSection) -> Int {
        if let index = sectionIndex[name] { return index }
        sectionIndex[name] = sections.count
        sections.append(make())
        return sections.count - 1
    }
}
