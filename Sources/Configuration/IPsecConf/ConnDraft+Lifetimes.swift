import IPsecModel

extension ConnDraft {
    /// `lifetime` is when an SA ends, `margintime` how long before that it is replaced, `rekeyfuzz` how much earlier
    /// chance may make it: rekeying begins at lifetime − (margintime + random(0, margintime · rekeyfuzz)).
    mutating func readLifetimes(_ child: inout ChildConfig) {
        let margin = reader.value("margintime", .seconds(540), Value.duration)
        let fuzz = reader.value("rekeyfuzz", 100, Value.percent)
        let isRekeyed = reader.value("rekey", true, Value.boolean)
        let isReauthenticated = reader.value("reauth", true, Value.boolean)
        let jitter = margin * Int(fuzz) / 100

        let ike = reader.value("ikelifetime", .seconds(3 * 3600), Value.duration)
        let ikeStart = start(ike, margin: margin, key: "ikelifetime")
        if isRekeyed, ikeStart > .zero {
            setTimes(
                rekey: isReauthenticated ? .zero : ikeStart, reauth: isReauthenticated ? ikeStart : .zero,
                over: margin, random: min(jitter, ikeStart))
        } else {
            setTimes(rekey: .zero, reauth: .zero, over: .zero, random: .zero)
        }

        let life = reader.value("lifetime", .seconds(3600), Value.duration)
        let childStart = start(life, margin: margin, key: "lifetime")
        child.lifetime.lifeTime = life
        child.lifetime.rekeyTime = isRekeyed ? childStart : .zero
        child.lifetime.randomTime = isRekeyed ? min(jitter, childStart) : .zero
        (child.lifetime.lifeBytes, child.lifetime.rekeyBytes, child.lifetime.randomBytes) = volume(
            life: "lifebytes", margin: "marginbytes", fuzz: fuzz, isRekeyed: isRekeyed)
        (child.lifetime.lifePackets, child.lifetime.rekeyPackets, child.lifetime.randomPackets) = volume(
            life: "lifepackets", margin: "marginpackets", fuzz: fuzz, isRekeyed: isRekeyed)
    }

    private mutating func start(_ life: Duration, margin: Duration, key: String) -> Duration {
        guard life > .zero, margin >= life else { return max(life - margin, .zero) }
        let entry = reader.entry(key) ?? reader.entry("margintime")
        reader.report(
            .error, at: entry?.valueLocation ?? reader.section.location,
            "\(key) of \(life.inSeconds) s leaves no room for a margintime of \(margin.inSeconds) s",
            suggestion: "make margintime smaller than \(key)")
        return .zero
    }

    private mutating func volume(
        life: String, margin: String, fuzz: UInt64, isRekeyed: Bool
    ) -> (life: UInt64, rekey: UInt64, random: UInt64) {
        let limit = reader.value(life, 0) { text throws(ValueError) in try Value.number(text) as UInt64 }
        let room = reader.value(margin, 0) { text throws(ValueError) in try Value.number(text) as UInt64 }
        guard limit > 0, isRekeyed else { return (limit, 0, 0) }
        guard room < limit else {
            let entry = reader.entry(margin) ?? reader.entry(life)
            reader.report(
                .error, at: entry?.valueLocation ?? reader.section.location, "\(margin) is not smaller than \(life)")
            return (limit, 0, 0)
        }
        let jitter = room.multipliedFullWidth(by: fuzz)
        let random = jitter.high < 100 ? UInt64(100).dividingFullWidth(jitter).quotient : .max
        return (limit, limit - room, min(random, limit - room))
    }
}
