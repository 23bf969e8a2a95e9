internal import Glibc

/// Seconds since 1970 from and to the forms that certificates and listings use.
enum CertificateTime {
    /// Reads UTCTime and GeneralizedTime with seconds and `Z` (RFC 5280 §4.1.2.5).
    static func seconds(_ element: DERReader.Element) -> Int? {
        let text = String(decoding: element.content, as: UTF8.self)
        guard text.hasSuffix("Z"), text.dropLast().utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let digits = text.dropLast().utf8.map { Int($0) - 0x30 }
        let yearDigits = element.tag == DERReader.Tag.utcTime ? 2 : 4
        guard digits.count == yearDigits + 10 else { return nil }
        var year = digits.prefix(yearDigits).reduce(0) { $0 * 10 + $1 }
        if yearDigits == 2 { year += year < 50 ? 2000 : 1900 }
        let pairs = stride(from: yearDigits, to: digits.count, by: 2).map { digits[$0] * 10 + digits[$0 + 1] }
        var time = tm()
        time.tm_year = Int32(year - 1900)
        time.tm_mon = Int32(pairs[0] - 1)
        time.tm_mday = Int32(pairs[1])
        time.tm_hour = Int32(pairs[2])
        time.tm_min = Int32(pairs[3])
        time.tm_sec = Int32(pairs[4])
        return timegm(&time)
    }

    /// `Nov 21 20:51:55 2026`, in local time or, with `UTC` before the year, in UTC.
    static func text(_ seconds: Int, utc: Bool) -> String {
        var clock = time_t(seconds)
        var time = tm()
        if utc { gmtime_r(&clock, &time) } else { localtime_r(&clock, &time) }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = months.indices.contains(Int(time.tm_mon)) ? months[Int(time.tm_mon)] : "???"
        let clockText = [time.tm_hour, time.tm_min, time.tm_sec].map(twoDigits).joined(separator: ":")
        return "\(month) \(twoDigits(time.tm_mday)) \(clockText) \(utc ? "UTC " : "")\(Int(time.tm_year) + 1900)"
    }

    static var now: Int { Glibc.time(nil) }

    private static func twoDigits(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
