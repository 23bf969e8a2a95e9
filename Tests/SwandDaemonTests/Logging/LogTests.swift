import IKESA
import Testing

@testable import SwandDaemon

/// Keeps what it gets.
private final class Memory: LogSink {
    var levels: LogLevels
    var lines: [String] = []
    init(_ levels: LogLevels) { self.levels = levels }
    func write(_ line: LogLine, at time: WallTime) { lines.append(line.text) }
}

@Suite("The log")
struct LogTests {
    let line = LogLine(group: .ike, level: 1, text: "IKE_SA gw[1] established", ikeName: "gw", uniqueID: 1)
    /// 2001-09-09 01:46:40 UTC
    let time = WallTime(seconds: 1_000_000_000, microseconds: 4_056)

    @Test("a line has charon's form")
    func plain() {
        #expect(LogFormat().render(line, at: time) == "00[IKE] IKE_SA gw[1] established\n")
    }

    @Test("time, its fraction, the SA's name and the level are added when asked for")
    func decorated() {
        var format = LogFormat()
        format.timeFormat = "%Y"
        format.ikeName = true
        format.logLevel = true
        #expect(format.render(line, at: time) == "2001 00[IKE1] <gw|1> IKE_SA gw[1] established\n")
        format.precision = .milliseconds
        #expect(format.render(line, at: time).hasPrefix("2001.004 "))
        format.precision = .microseconds
        #expect(format.render(line, at: time).hasPrefix("2001.004056 "))
    }

    @Test("each line of a text gets the head")
    func severalLines() {
        let line = LogLine(group: .cfg, level: 1, text: "a\nb")
        #expect(LogFormat().render(line, at: time) == "00[CFG] a\n00[CFG] b\n")
    }

    @Test("control characters do not reach a terminal, and a line break of a stranger gets a head of its own")
    func controlCharacters() {
        let line = LogLine(group: .chd, level: 1, text: "a\u{1b}[2Jb\r\nc\td\u{7f}")
        #expect(LogFormat().render(line, at: time) == "00[CHD] a?[2Jb?\n00[CHD] c\td?\n")
    }

    @Test("JSON is one object a line, with everything escaped")
    func json() {
        var format = LogFormat()
        format.json = true
        let line = LogLine(group: .net, level: 2, text: "a\"b\\c\n\u{1}", ikeName: "gw", uniqueID: 9)
        #expect(
            format.render(line, at: time)
                == #"{"thread":0,"group":"NET","level":2,"ikesa-uniqueid":9,"ikesa-name":"gw","msg":"a\"b\\c\n\u0001"}"#
                + "\n")
    }

    @Test("a sink gets the groups and levels it wants, and the hub wants what any sink does")
    func levels() {
        let hub = LogHub()
        var ike = LogLevels(all: -1)
        ike[.ike] = 2
        let first = Memory(ike)
        let second = Memory(LogLevels(all: 0))
        var announced: LogLevels?
        hub.levelsChanged = { announced = $0 }
        hub.add(first)
        hub.add(second)
        #expect(announced?[.ike] == 2)
        #expect(announced?[.net] == 0)
        hub.log(.ike, 2, "detail")
        hub.log(.net, 0, "audit")
        hub.log(.net, 1, "unwanted")
        #expect(first.lines == ["detail"])
        #expect(second.lines == ["audit"])
        hub.remove(first)
        #expect(hub.levels[.ike] == 0)
    }

    @Test("text that nobody wants is not built")
    func laziness() {
        let hub = LogHub()
        hub.add(Memory(LogLevels(all: 0)))
        func text() -> String {
            Issue.record("the text was built")
            return ""
        }
        hub.log(.ike, 1, text())
    }

    @Test("the journal gets structured fields")
    func journal() {
        let fields = JournalSink.fields(line, text: "x", identifier: "swand")
        #expect(
            fields == [
                "MESSAGE=00[IKE] x", "PRIORITY=6", "SYSLOG_IDENTIFIER=swand", "LEVEL=1", "GROUP=IKE", "THREAD=0",
                "IKE_SA_UNIQUE_ID=1", "IKE_SA_NAME=gw",
            ])
    }
}
