import IPsecModel

/// What a set-up costs once there are many SAs or many connections, against its own cost without them.
struct ScaleBenchmark {
    let rounds: Int
    let count: Int
    let size: Int

    func run() throws {
        let setUp = SetUpCase.psk
        let cases: [(name: String, pair: InProcessPair)] = [
            ("base", try InProcessPair(setUp)),
            ("\(size) IKE_SAs", try InProcessPair(setUp)),
            ("\(size) connections, an address each", try InProcessPair(setUp)),
            ("\(size) connections at %any, an identity each", try InProcessPair(setUp)),
        ]
        note("scale: making \(size) IKE_SAs")
        _ = try cases[1].pair.measure(size)
        note("scale: loading connections")
        try load(into: cases[2].pair) { $0.remoteAddresses = [.address(IPAddress(v4: 0x0b00_0000 + UInt32($1)))] }
        try load(into: cases[3].pair) {
            $0.remote[0].identity = .identity(Identification(fqdn: "other\($1).example"))
        }
        var figures = [[Double]](repeating: [], count: cases.count)
        for (_, pair) in cases { _ = try pair.measure(max(1, count / 10)) }
        for round in 1...rounds {
            note("scale: run \(round) of \(rounds)")
            for (index, item) in cases.enumerated() { figures[index].append(try item.pair.measure(count).microseconds) }
        }
        var table = Table("with", "engine us per set-up", "against base")
        for (index, item) in cases.enumerated() {
            table.row(
                item.name, figures[index].median.text(1), (figures[index].median / figures[0].median).text(2))
        }
        table.print(title: "Set-ups (\(setUp.name)) beside much else, median of \(rounds) runs")
    }

    private func load(into pair: InProcessPair, _ change: (inout PeerConfig, Int) -> Void) throws {
        let peers = Peers(setUp: pair.setUp)
        var all = try (0..<size).map { number in
            var peer = try peers.gateway("other\(number)")
            change(&peer, number)
            return peer
        }
        all.append(try peers.gateway())
        pair.responder.load(all)
    }
}
