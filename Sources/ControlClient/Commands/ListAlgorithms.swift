import VICI

extension Command {
    /// Lists algorithms with what implements them.
    static let listAlgorithms = Command("list-algs", ["g"], "show loaded algorithms") {
        (context) throws(ControlError) in
        try context.answer("get-algorithms") { response in
            response.sections.flatMap { kind, algorithms in
                ["\(DisplayText.clean(kind)):"]
                    + algorithms.elements.map { algorithm in
                        let name = DisplayText.clean(algorithm.name)
                        return "  \(name)[\(algorithms.shown(algorithm.name) ?? "")]"
                    }
            }
        }
    }
}
