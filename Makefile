# make            release binaries of swand, swanctl and ipsec in .build/release
# make demo       two gateways, a tunnel and traffic through it, on this machine (root)
# make test       all tests: units, exchanges, simulation, the lab with real peers (root)
# make install    DESTDIR and PREFIX as usual

PREFIX ?= /usr
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
SWIFT ?= swift
SEEDS ?= 2000
INSTALL ?= install

release = .build/release

.PHONY: all deps demo test unit lab bench fuzz simulate check-imports install uninstall clean

all:
	$(SWIFT) build -c release --static-swift-stdlib

# What the build needs beside Swift; the lab installs its own needs when it runs.
deps:
	Tests/Lab/install.sh build

demo: deps
	@$(MAKE) --no-print-directory -s all
	@Tests/Lab/demo

test:
	Tests/Lab/test-all

unit:
	$(SWIFT) test

lab: all
	Tests/Lab/run $(SCENARIOS)

# Seeds of the simulated network, a number of them or a range: make simulate SEEDS=500-600. A failing one is printed.
simulate:
	SIMULATION_SEEDS=$(SEEDS) $(SWIFT) test --filter SimulationTests

bench:
	Benchmarks/run

fuzz:
	Fuzz/run

# Imports point down only: the compiler refuses what Package.swift does not declare.
check-imports:
	$(SWIFT) build --explicit-target-dependency-import-check error

install:
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSCONFDIR)
	$(INSTALL) -m 755 $(release)/swand $(release)/swanctl $(release)/ipsec $(DESTDIR)$(PREFIX)/sbin
	sed 's|/usr/sbin/|$(PREFIX)/sbin/|g' systemd/swand.service >$(DESTDIR)$(UNITDIR)/swand.service
	chmod 644 $(DESTDIR)$(UNITDIR)/swand.service
	@# An administrator's file is never replaced.
	[ -e $(DESTDIR)$(SYSCONFDIR)/swand.conf ] || $(INSTALL) -m 644 conf/swand.conf $(DESTDIR)$(SYSCONFDIR)/swand.conf
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/share/doc/swand
	cp -R conf/. $(DESTDIR)$(PREFIX)/share/doc/swand
	for page in docs/man/*.[158]; do \
		[ -e "$$page" ] || continue; \
		$(INSTALL) -D -m 644 "$$page" "$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}" || exit 1; \
	done

uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/sbin/,swand swanctl ipsec) $(DESTDIR)$(UNITDIR)/swand.service
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/swand

clean:
	$(SWIFT) package clean
	rm -rf Tests/Lab/.cache/results
