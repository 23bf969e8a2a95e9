package import IPsecModel

/// One input being worked on: the time it arrived and the effects collected so far.
package struct Turn {
    package let now: Instant
    package var effects: Effects

    package init(now: Instant, effects: Effects) {
        self.now = now
        self.effects = effects
    }
}
