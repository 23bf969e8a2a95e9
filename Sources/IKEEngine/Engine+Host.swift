package import IKESA
package import IKEv2
package import IPsecModel

extension Engine: IKEv2Host {
    package func connections(for path: Path) -> ConnectionCandidates {
        connectionIndex.candidates(for: path, version: .ikev2)
    }

    package func connections(for path: Path, limit: Int) -> ConnectionCandidates {
        configured.index.candidates(for: path, version: .ikev2, limit: limit)
    }

    package func connections(for path: Path, remote: Identification, local: Identification?) -> ConnectionCandidates {
        connectionIndex.candidates(for: path, version: .ikev2, remote: remote, local: local)
    }

    package func adopt(_ sa: IKEv2SA) {
        table.insert(sa)
        touch(sa)
    }

    package func keep(_ response: LastResponse, of sa: IKEv2SA, at now: Instant) {
        farewells.keep(response, of: sa, at: now)
    }
}
